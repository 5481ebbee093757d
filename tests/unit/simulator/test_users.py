"""Each special FlinksCapital user, and what all logins of one kind share."""

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.errors import BankError
from flinks_simulator.scenarios import SHIPPED
from flinks_simulator.users import ready_login_id
from tests.unit.simulator.support import Clock, Customer


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
        customer.poll(request_id)

        reply = customer.poll(request_id)

        assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, code)
        assert reply.get_json()["RequestId"] == request_id

    def test_a_synchronous_authorize_is_refused_at_once(self, customer: Customer, username: str, code: str) -> None:
        assert customer.authorize(ready_login_id(username), cached=False).get_json()["FlinksCode"] == code

    def test_the_cache_repeats_the_refusal(self, customer: Customer, username: str, code: str) -> None:
        customer.start_until_verdict(ready_login_id(username))

        assert customer.authorize(ready_login_id(username), cached=True).get_json()["FlinksCode"] == code

    def test_the_login_may_start_again(self, customer: Customer, username: str, code: str) -> None:
        assert customer.start_until_verdict(ready_login_id(username)).get_json()["FlinksCode"] == code

        assert customer.start(ready_login_id(username)).status_code == 202


@pytest.mark.parametrize(
    ("username", "code"), [("test_dispatched", "OPERATION_DISPATCHED"), ("test_pending", "OPERATION_PENDING")]
)
@pytest.mark.parametrize("part", ["Summary", "Detail"])
def test_slow_logins_answer_202_first_and_deliver_asynchronously(
    customer: Customer, username: str, code: str, part: str
) -> None:
    request_id = customer.start_until_verdict(ready_login_id(username)).get_json()["RequestId"]

    first = customer.post(f"GetAccounts{part}", {"RequestId": request_id})
    later = customer.get(f"GetAccounts{part}Async/{request_id}")
    while later.status_code == 202:
        assert later.get_json()["FlinksCode"] == "OPERATION_PENDING"
        later = customer.get(f"GetAccounts{part}Async/{request_id}")

    assert (first.status_code, first.get_json()["FlinksCode"]) == (202, code)
    assert later.status_code == 200


def test_fresh_credentials_cure_a_refused_password(customer: Customer, user: SimulatedUser, clock: Clock) -> None:
    customer.start_until_verdict(ready_login_id("sim_credentials"))
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
