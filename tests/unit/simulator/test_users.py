"""Each special FlinksCapital user and each fault, as a caller meets it."""

import threading

import pytest
from werkzeug.test import TestResponse

from local.simulator.app import create_app
from local.simulator.bank import Bank
from local.simulator.browser import SimulatedUser
from local.simulator.errors import BankError
from local.simulator.scenarios import SHIPPED
from local.simulator.users import ready_login_id
from tests.unit.simulator.support import Clock, Customer


def look_until_verdict(customer: Customer, username: str) -> TestResponse:
    request_id = customer.start(ready_login_id(username)).get_json()["RequestId"]
    reply = customer.look(request_id)
    while reply.status_code == 202:
        reply = customer.look(request_id)
    return reply


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("test_disabled_account", "DISABLED_LOGIN"),
        ("test_service_unavailable", "RETRY_LATER"),
        ("sim_credentials", "INVALID_PASSWORD"),
    ],
)
class TestRefusedByTheBank:
    def test_the_refusal_comes_when_polled(self, customer: Customer, username: str, code: str) -> None:
        assert customer.start(ready_login_id(username)).status_code == 202
        request_id = customer.bank.find_login(ready_login_id(username)).latest_attempt or ""
        customer.look(request_id)

        reply = customer.look(request_id)

        assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, code)
        assert reply.get_json()["RequestId"] == request_id

    def test_a_synchronous_authorize_is_refused_at_once(self, customer: Customer, username: str, code: str) -> None:
        assert customer.authorize(ready_login_id(username), cached=False).get_json()["FlinksCode"] == code

    def test_the_cache_repeats_the_refusal(self, customer: Customer, username: str, code: str) -> None:
        look_until_verdict(customer, username)

        assert customer.authorize(ready_login_id(username), cached=True).get_json()["FlinksCode"] == code

    def test_the_login_may_start_again(self, customer: Customer, username: str, code: str) -> None:
        assert look_until_verdict(customer, username).get_json()["FlinksCode"] == code

        assert customer.start(ready_login_id(username)).status_code == 202


@pytest.mark.parametrize(
    ("username", "code"), [("test_dispatched", "OPERATION_DISPATCHED"), ("test_pending", "OPERATION_PENDING")]
)
@pytest.mark.parametrize("part", ["Summary", "Detail"])
def test_slow_logins_answer_202_first_and_deliver_asynchronously(
    customer: Customer, username: str, code: str, part: str
) -> None:
    request_id = look_until_verdict(customer, username).get_json()["RequestId"]

    first = customer.post(f"GetAccounts{part}", {"RequestId": request_id})
    later = customer.get(f"GetAccounts{part}Async/{request_id}")
    while later.status_code == 202:
        assert later.get_json()["FlinksCode"] == "OPERATION_PENDING"
        later = customer.get(f"GetAccounts{part}Async/{request_id}")

    assert (first.status_code, first.get_json()["FlinksCode"]) == (202, code)
    assert later.status_code == 200


def test_a_server_error_on_start_is_a_500(customer: Customer) -> None:
    for reply in (
        customer.start(ready_login_id("sim_server_error")),
        customer.authorize(ready_login_id("sim_server_error"), cached=False),
    ):
        assert (reply.status_code, reply.get_json()["FlinksCode"]) == (500, "AGGREGATION_ERROR")


def test_an_html_page_can_come_where_json_was_expected(customer: Customer) -> None:
    reply = customer.start(ready_login_id("sim_html"))

    assert reply.status_code == 502
    assert reply.mimetype == "text/html"


def test_a_hanging_login_answers_only_when_the_simulator_stops(bank: Bank) -> None:
    stopping = threading.Event()
    customer = Customer(create_app(bank, stopping=stopping).test_client(), bank)
    replies: list[TestResponse] = []
    call = threading.Thread(target=lambda: replies.append(customer.start(ready_login_id("sim_hangs"))))

    call.start()
    call.join(timeout=0.05)
    assert call.is_alive()
    stopping.set()
    call.join(timeout=5)

    assert [reply.status_code for reply in replies] == [503]


def test_without_activation_only_the_synchronous_authorize_works(customer: Customer) -> None:
    refused = customer.start(ready_login_id("sim_not_activated"))

    assert refused.get_json()["FlinksCode"] == "METHOD_NOT_AVAILABLE"
    assert customer.authorize(ready_login_id("sim_not_activated"), cached=False).status_code == 200


def test_a_stale_login_succeeds_live_yet_its_last_refresh_never_moves(customer: Customer, clock: Clock) -> None:
    before = customer.read_last_refresh(ready_login_id("sim_stale"))
    clock.turn(hours=1)

    assert look_until_verdict(customer, "sim_stale").status_code == 200
    assert customer.read_last_refresh(ready_login_id("sim_stale")) == before


def test_fresh_credentials_cure_a_refused_password(customer: Customer, user: SimulatedUser, clock: Clock) -> None:
    look_until_verdict(customer, "sim_credentials")
    user.open("http://connect.test/v2/Credential/14?redirectUrl=https://app.test/back")

    url = user.sign_in("sim_credentials")

    assert url == f"https://app.test/back?loginId={ready_login_id('sim_credentials')}&institution=FlinksCapital"
    assert customer.authorize(ready_login_id("sim_credentials"), cached=True).status_code == 200
    assert customer.read_last_refresh(ready_login_id("sim_credentials")) == clock.now.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize("username", SHIPPED)
def test_an_added_login_behaves_like_its_user_under_its_own_name(bank: Bank, username: str) -> None:
    login = bank.find_login(bank.add_login(username))

    assert login.login_id not in map(ready_login_id, SHIPPED)
    assert login.username not in SHIPPED
    assert login.behaviour == bank.find_login(bank.login_id(username)).behaviour


def test_a_login_of_an_unknown_kind_cannot_be_added(bank: Bank) -> None:
    with pytest.raises(BankError, match="INVALID_USERNAME"):
        bank.add_login("nobody")
