"""The live attempt over the API: start, poll, verdict, collision, and expiry."""

from typing import Any

import pytest

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import ANSWERS, LOGINS
from tests.unit.simulator.support import Clock, Customer

GREATDAY = LOGINS["Greatday"]
NO_MFA = LOGINS["greatday_nomfa"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_a_start_answers_202_with_a_request_id(customer: Customer) -> None:
    reply = customer.start(GREATDAY)

    assert reply.status_code == 202
    body = reply.get_json()
    assert (body["HttpStatusCode"], body["FlinksCode"]) == (202, "OPERATION_PENDING")
    assert body["RequestId"]


def test_a_login_without_a_question_goes_from_202_to_200(customer: Customer) -> None:
    request_id = customer.start(NO_MFA).get_json()["RequestId"]

    statuses = [customer.poll(request_id).status_code for _ in range(3)]

    assert statuses == [202, 200, 200]


def test_a_login_with_a_question_goes_from_202_to_203(customer: Customer) -> None:
    request_id = customer.start_until_asked(GREATDAY)

    body = customer.poll(request_id).get_json()

    assert body["HttpStatusCode"] == 203
    assert body["RequestId"] == request_id
    assert [each["Prompt"] in ANSWERS for each in body["SecurityChallenges"]] == [True]
    assert "Login" not in body


@pytest.mark.parametrize("username", ["Greatday", "greatday_nomfa"])
def test_both_forms_of_the_status_call_return_the_same(customer: Customer, username: str) -> None:
    request_id = customer.start(LOGINS[username]).get_json()["RequestId"]
    customer.poll(request_id)

    by_body = customer.poll(request_id)
    by_path = customer.get(f"AuthorizeAsync/{request_id}")

    assert by_body.status_code == by_path.status_code != 202
    assert by_body.get_json() == by_path.get_json()


def test_either_form_of_the_status_call_advances_the_attempt(customer: Customer) -> None:
    request_id = customer.start(NO_MFA).get_json()["RequestId"]

    assert customer.get(f"AuthorizeAsync/{request_id}").status_code == 202
    assert customer.poll(request_id).status_code == 200


@pytest.mark.parametrize("polls", [0, 3])
def test_the_number_of_202_replies_is_a_setting(clock: Clock, polls: int) -> None:
    bank = Bank(Settings(pending_polls=polls), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    request_id = customer.start(NO_MFA).get_json()["RequestId"]

    statuses = [customer.poll(request_id).status_code for _ in range(polls + 1)]

    assert statuses == [202] * polls + [200]


def test_the_200_has_the_shape_of_authorize(customer: Customer, clock: Clock) -> None:
    request_id = customer.start(NO_MFA).get_json()["RequestId"]
    customer.poll(request_id)

    body = customer.poll(request_id).get_json()

    assert body["Login"] == {
        "Username": "greatday_nomfa",
        "IsScheduledRefresh": False,
        "LastRefresh": clock.now.replace(tzinfo=None).isoformat(),
        "Type": "Personal",
        "Id": NO_MFA,
    }
    assert (body["Institution"], body["InstitutionId"], body["RequestId"]) == (
        "FlinksCapital",
        14,
        request_id,
    )


def test_a_second_start_is_refused_while_the_first_attempt_is_open(customer: Customer) -> None:
    customer.start_until_asked(GREATDAY)

    second = customer.start(GREATDAY)

    assert (second.status_code, second.get_json()["FlinksCode"]) == (401, "CONCURRENT_SESSION")


def test_a_login_can_start_again_once_its_attempt_is_over(customer: Customer) -> None:
    request_id = customer.start(NO_MFA).get_json()["RequestId"]
    customer.poll(request_id)
    assert customer.poll(request_id).status_code == 200

    assert customer.start(NO_MFA).status_code == 202


def test_two_logins_of_one_kind_do_not_collide(customer: Customer, bank: Bank) -> None:
    customer.start_until_asked(GREATDAY)

    assert customer.start(bank.add_login("Greatday")).status_code == 202


def test_an_attempt_expires_after_eight_idle_minutes(customer: Customer, clock: Clock) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    clock.advance(minutes=8)

    reply = customer.poll(request_id)

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (400, "SESSION_NONEXISTENT")
    assert customer.start(GREATDAY).status_code == 202


def test_a_status_call_renews_the_eight_minutes(customer: Customer, clock: Clock) -> None:
    request_id = customer.start_until_asked(GREATDAY)

    for _ in range(3):
        clock.advance(minutes=7, seconds=59)
        assert customer.poll(request_id).status_code == 203


def test_status_calls_can_be_configured_not_to_renew(clock: Clock) -> None:
    bank = Bank(Settings(polls_renew=False), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    request_id = customer.start_until_asked(GREATDAY)

    clock.advance(minutes=5)
    assert customer.poll(request_id).status_code == 203
    clock.advance(minutes=5)
    assert customer.poll(request_id).status_code == 400


def test_an_unknown_request_id_is_a_nonexistent_session(customer: Customer) -> None:
    assert customer.poll(UNKNOWN).get_json()["FlinksCode"] == "SESSION_NONEXISTENT"


def test_an_unknown_login_is_invalid(customer: Customer) -> None:
    reply = customer.start(UNKNOWN)

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "INVALID_LOGIN")


def test_an_unknown_customer_is_invalid(customer: Customer) -> None:
    customer.base = f"/v3/{UNKNOWN}/BankingServices"

    assert customer.start(GREATDAY).get_json()["FlinksCode"] == "INVALID_LOGIN"


def test_field_names_are_read_in_any_letter_case(customer: Customer, bank: Bank) -> None:
    body = {"loginid": NO_MFA, "MOSTRECENTCACHED": False, "save": True}
    request_id = customer.post("AuthorizeAsync", body, bank.issue_token()).get_json()["RequestId"]

    assert customer.post("AuthorizeAsync", {"requestId": request_id}).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"LoginId": 14, "MostRecentCached": False, "Save": True},
        {"LoginId": NO_MFA, "MostRecentCached": True, "Save": True},
        {"LoginId": NO_MFA, "MostRecentCached": False},
        {"RequestId": 14},
    ],
)
def test_an_incomplete_start_is_an_invalid_request(customer: Customer, bank: Bank, body: Any) -> None:
    reply = customer.post("AuthorizeAsync", body, bank.issue_token())

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "INVALID_REQUEST")


def test_the_same_seed_gives_the_same_ids(clock: Clock) -> None:
    first, second = (Bank(Settings(seed=42), clock).issue_token() for _ in range(2))

    assert first == second


def test_the_same_seed_and_the_same_calls_give_the_same_replies(clock: Clock) -> None:
    def play() -> list[Any]:
        bank = Bank(Settings(seed=42), clock)
        customer = Customer(create_app(bank).test_client(), bank)
        verdict = customer.start_until_verdict(bank.add_login("Greatday")).get_json()
        cached = customer.authorize(bank.login_id("no_mfa"), cached=True).get_json()
        return [verdict, cached, customer.post("GetAccountsSummary", {"RequestId": cached["RequestId"]}).get_json()]

    assert play() == play()


@pytest.mark.parametrize(("username", "status"), [("Greatday", 203), ("greatday_nomfa", 200)])
def test_a_synchronous_authorize_gives_the_verdict_at_once(customer: Customer, username: str, status: int) -> None:
    reply = customer.authorize(LOGINS[username], cached=False)

    assert reply.status_code == status
    assert customer.poll(reply.get_json()["RequestId"]).status_code == status
