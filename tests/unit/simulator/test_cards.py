"""The calls about a stored connection: deletion, nightly refresh, stored answers."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import ANSWERS, LOGINS
from tests.unit.simulator.support import Clock, Customer

GREATDAY = LOGINS["Greatday"]
NO_MFA = LOGINS["greatday_nomfa"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"
ALL_ANSWERS = [{"Question": question, "Answer": answer} for question, answer in ANSWERS.items()]


class Desk:
    """Makes the calls about a card; the nightly status gets the right secret by default."""

    def __init__(self, customer: Customer) -> None:
        self._client: FlaskClient = customer.client
        self._base = customer.base
        self._secret = customer.bank.settings.api_secret

    def delete(self, login_id: str) -> TestResponse:
        return self._client.delete(f"{self._base}/DeleteCard/{login_id}")

    def schedule(self, **fields: Any) -> TestResponse:
        return self._client.patch(f"{self._base}/SetScheduledRefresh", json=fields)

    def answer(self, **fields: Any) -> TestResponse:
        return self._client.patch(f"{self._base}/AnswerMFAQuestions", json=fields)

    def read_nightly(self, secret: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self._secret if secret is None else secret}"}
        return self._client.get(f"{self._base}/GetNightlyRefreshStatus", headers=headers)


@pytest.fixture
def desk(customer: Customer) -> Desk:
    return Desk(customer)


def code(reply: TestResponse) -> tuple[int, str]:
    return reply.status_code, reply.get_json()["FlinksCode"]


def test_deleting_a_card_deletes_its_sessions(customer: Customer, desk: Desk) -> None:
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]

    assert desk.delete(NO_MFA).get_json()["HttpStatusCode"] == 200

    assert code(customer.authorize(NO_MFA, cached=True)) == (401, "INVALID_LOGIN")
    assert code(customer.start(NO_MFA)) == (401, "INVALID_LOGIN")
    assert code(desk.delete(NO_MFA)) == (401, "INVALID_LOGIN")
    assert code(customer.post("GetAccountsSummary", {"RequestId": request_id})) == (400, "SESSION_NONEXISTENT")


def test_a_card_with_an_open_attempt_is_in_use(customer: Customer, desk: Desk, clock: Clock) -> None:
    customer.start_until_asked(GREATDAY)
    assert code(desk.delete(GREATDAY)) == (400, "CARD_IN_USE")

    clock.advance(minutes=8)

    assert desk.delete(GREATDAY).status_code == 200


def test_deleting_one_card_leaves_the_others(customer: Customer, desk: Desk, bank: Bank) -> None:
    other = bank.add_login("greatday_nomfa")

    desk.delete(NO_MFA)

    assert customer.authorize(other, cached=True).status_code == 200


def test_a_scheduled_refresh_shows_in_the_login_until_it_is_turned_off(customer: Customer, desk: Desk) -> None:
    seen = []
    for is_activated in (True, False):
        assert desk.schedule(LoginId=NO_MFA, IsActivated=is_activated).status_code == 200
        seen.append(customer.authorize(NO_MFA, cached=True).get_json()["Login"]["IsScheduledRefresh"])

    assert seen == [True, False]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"LoginId": UNKNOWN, "IsActivated": True}, "INVALID_LOGIN"),
        ({"LoginId": NO_MFA}, "INVALID_REQUEST"),
        ({"LoginId": NO_MFA, "IsActivated": "yes"}, "INVALID_REQUEST"),
        ({"IsActivated": True}, "INVALID_REQUEST"),
    ],
)
def test_a_schedule_needs_a_login_and_a_boolean(desk: Desk, fields: dict[str, Any], expected: str) -> None:
    assert code(desk.schedule(**fields)) == (401, expected)


def test_the_questions_of_a_login_are_listed_if_it_has_any(customer: Customer) -> None:
    asked = customer.get(f"GetMFAQuestions/{GREATDAY}").get_json()
    unasked = customer.get(f"GetMFAQuestions/{NO_MFA}").get_json()

    assert asked == {"Message": "SUCCESS", "Questions": [{"Question": each} for each in ANSWERS]}
    assert unasked == {"Message": "SUCCESS", "Questions": []}
    assert code(customer.get(f"GetMFAQuestions/{UNKNOWN}")) == (401, "INVALID_LOGIN")


def test_stored_answers_let_a_live_attempt_succeed_without_the_user(customer: Customer, desk: Desk) -> None:
    reply = desk.answer(LoginId=GREATDAY, Questions=ALL_ANSWERS)

    assert reply.get_json() == {"Message": "Answers updated"}
    assert customer.authorize(GREATDAY, cached=False).status_code == 200


def test_a_wrong_stored_answer_leads_to_the_question(customer: Customer, desk: Desk) -> None:
    desk.answer(LoginId=GREATDAY, Questions=[each | {"Answer": "Atlantis"} for each in ALL_ANSWERS])

    assert customer.authorize(GREATDAY, cached=False).status_code == 203


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([{"Question": "What is your favourite colour?", "Answer": "Blue"}], "UNKNOWN_CHALLENGE_KEY"),
        ([{"Question": ALL_ANSWERS[0]["Question"]}], "INVALID_REQUEST"),
        (["Montreal"], "INVALID_REQUEST"),
        (None, "INVALID_REQUEST"),
    ],
)
def test_answers_need_known_questions(desk: Desk, questions: Any, expected: str) -> None:
    assert code(desk.answer(LoginId=GREATDAY, Questions=questions)) == (401, expected)


def test_the_nightly_status_lists_scheduled_logins_that_no_longer_refresh(customer: Customer, desk: Desk) -> None:
    names = ["Greatday", "greatday_nomfa", "test_disabled_account", "test_service_unavailable"]
    for name in names:
        desk.schedule(LoginId=LOGINS[name], IsActivated=True)
        customer.authorize(LOGINS[name], cached=False)

    body = desk.read_nightly().get_json()

    listed = {
        each["LoginId"]: (each["LastRefreshState"], each["LastRefreshErrorCode"]) for each in body["IneligibleCards"]
    }
    assert body["HttpStatusCode"] == 200
    assert listed == {
        GREATDAY: ("AnsweringSecurityChallenge", None),
        LOGINS["test_disabled_account"]: ("Failed", "DISABLED_LOGIN"),
    }


def test_a_login_without_a_refresh_for_a_week_is_listed_with_its_date(
    customer: Customer, desk: Desk, clock: Clock
) -> None:
    desk.schedule(LoginId=NO_MFA, IsActivated=True)
    customer.authorize(NO_MFA, cached=False)
    refreshed_at = clock.now.replace(tzinfo=None).isoformat()

    clock.advance(hours=7 * 24)
    assert desk.read_nightly().get_json()["IneligibleCards"] == []

    clock.advance(seconds=1)
    [listed] = desk.read_nightly().get_json()["IneligibleCards"]
    assert (listed["LoginId"], listed["LastRefreshDate"]) == (NO_MFA, refreshed_at)


@pytest.mark.parametrize("secret", ["", "wrong", "simulator-secret"])
def test_the_nightly_status_needs_the_api_secret(desk: Desk, secret: str) -> None:
    assert code(desk.read_nightly(secret)) == (401, "ACCESS_DENIED")


def test_a_required_api_key_is_required_for_cards_too(clock: Clock) -> None:
    bank = Bank(Settings(x_api_key="k"), clock)
    desk = Desk(Customer(create_app(bank).test_client(), bank))

    assert code(desk.delete(NO_MFA)) == (401, "ACCESS_DENIED")
    assert code(desk.schedule(LoginId=NO_MFA, IsActivated=True)) == (401, "ACCESS_DENIED")
