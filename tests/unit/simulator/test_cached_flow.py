"""The cached flow: what it repeats, how old its data is, and the 202 before the accounts."""

import pytest
from werkzeug.test import TestResponse

from flinks_simulator.browser import SimulatedUser
from flinks_simulator.users import LOGINS
from tests.unit.simulator.support import Clock, Customer

GREATDAY = LOGINS["Greatday"]
NO_MFA = LOGINS["greatday_nomfa"]


def finish_attempt(customer: Customer, login_id: str) -> str:
    request_id: str = customer.start(login_id).get_json()["RequestId"]
    customer.poll(request_id)
    assert customer.poll(request_id).status_code == 200
    return request_id


def read_detail(customer: Customer, request_id: str) -> TestResponse:
    customer.post("GetAccountsDetail", {"RequestId": request_id})
    customer.get(f"GetAccountsDetailAsync/{request_id}")
    return customer.get(f"GetAccountsDetailAsync/{request_id}")


def test_before_any_live_attempt_the_cache_returns_200_with_old_data(customer: Customer, clock: Clock) -> None:
    reply = customer.authorize(GREATDAY, cached=True)

    assert reply.status_code == 200
    assert reply.get_json()["Login"]["LastRefresh"] < clock.now.replace(tzinfo=None).isoformat()


def test_after_an_unanswered_question_only_old_data_is_readable(customer: Customer) -> None:
    before = customer.read_last_refresh(GREATDAY)
    customer.start_until_asked(GREATDAY)

    cached = customer.authorize(GREATDAY, cached=True)
    detail = read_detail(customer, cached.get_json()["RequestId"])

    assert (cached.status_code, cached.get_json()["FlinksCode"]) == (401, "QUESTION_NOT_FOUND")
    assert detail.status_code == 200
    assert detail.get_json()["Login"]["LastRefresh"] == before


def test_the_cache_answers_200_again_once_the_question_is_answered(customer: Customer, user: SimulatedUser) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    user.open(customer.connect_url(request_id))
    user.answer_correctly()

    assert customer.authorize(GREATDAY, cached=True).status_code == 200


def test_last_refresh_changes_only_when_a_live_attempt_succeeds(
    customer: Customer, user: SimulatedUser, clock: Clock
) -> None:
    before = customer.read_last_refresh(GREATDAY)

    request_id = customer.start_until_asked(GREATDAY)
    assert customer.read_last_refresh(GREATDAY) == before

    user.open(customer.connect_url(request_id))
    user.answer("Atlantis")
    assert customer.read_last_refresh(GREATDAY) == before

    clock.advance(minutes=2)
    user.answer_correctly()
    assert customer.read_last_refresh(GREATDAY) == clock.now.replace(tzinfo=None).isoformat()


def test_the_first_detail_call_returns_202_with_the_url_to_poll(customer: Customer) -> None:
    request_id = finish_attempt(customer, NO_MFA)

    reply = customer.post("GetAccountsDetail", {"RequestId": request_id})

    assert reply.status_code == 202
    assert reply.get_json()["FlinksCode"] == "OPERATION_PENDING"
    assert reply.get_json()["Links"][0]["example"] == f"/GetAccountsDetailAsync/{request_id}"


def test_detail_arrives_after_one_more_202(customer: Customer) -> None:
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
    customer.post("GetAccountsDetail", {"RequestId": request_id})

    replies = [customer.get(f"GetAccountsDetailAsync/{request_id}") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [202, 200]
    assert replies[-1].get_json()["Accounts"]


def test_the_asynchronous_200_equals_the_synchronous_one(customer: Customer) -> None:
    request_id = finish_attempt(customer, NO_MFA)

    asynchronous = read_detail(customer, request_id).get_json()

    assert customer.post("GetAccountsDetail", {"RequestId": request_id}).get_json() == asynchronous


def test_the_summary_is_ready_at_once_in_both_forms(customer: Customer) -> None:
    request_id = finish_attempt(customer, NO_MFA)

    by_body = customer.post("GetAccountsSummary", {"RequestId": request_id})
    by_path = customer.get(f"GetAccountsSummaryAsync/{request_id}")

    assert by_body.status_code == by_path.status_code == 200
    assert by_body.get_json() == by_path.get_json()


def test_accounts_cannot_be_read_before_the_question_is_answered(customer: Customer) -> None:
    request_id = customer.start_until_asked(GREATDAY)

    assert customer.post("GetAccountsDetail", {"RequestId": request_id}).get_json()["FlinksCode"] == "UNAUTHORIZED"


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 400)])
def test_a_data_session_expires_after_thirty_idle_minutes(
    customer: Customer, clock: Clock, minutes: int, status: int
) -> None:
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
    clock.advance(minutes=minutes)

    assert customer.post("GetAccountsSummary", {"RequestId": request_id}).status_code == status


def test_reading_renews_the_thirty_minutes(customer: Customer, clock: Clock) -> None:
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]

    for _ in range(3):
        clock.advance(minutes=29)
        assert customer.post("GetAccountsSummary", {"RequestId": request_id}).status_code == 200


def test_an_attempt_that_expired_unanswered_reads_no_data(customer: Customer, clock: Clock) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    clock.advance(minutes=8)

    reply = customer.post("GetAccountsSummary", {"RequestId": request_id})

    assert reply.get_json()["FlinksCode"] == "SESSION_NONEXISTENT"
