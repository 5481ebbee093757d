"""Authorize and AuthorizeAsync with credentials, and the answers to the bank's question over the API."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import ANSWERS, LOGINS
from tests.unit.simulator.support import Clock, Customer, scenario

GREATDAY = LOGINS["Greatday"]
CALLS = ["Authorize", "AuthorizeAsync"]


def connect(customer: Customer, call: str = "Authorize", **fields: Any) -> TestResponse:
    body = {
        "Institution": "FlinksCapital",
        "Username": "Greatday",
        "Password": "Everyday",
        "MostRecentCached": False,
        "Save": True,
        **fields,
    }
    return customer.post(call, body, customer.bank.issue_token())


def answer(customer: Customer, call: str, request_id: str, responses: Any) -> TestResponse:
    body = {"RequestId": request_id, "SecurityResponses": responses}
    return customer.post(call, body, customer.bank.issue_token())


def ask(customer: Customer) -> tuple[str, str]:
    body = connect(customer).get_json()
    return body["RequestId"], body["SecurityChallenges"][0]["Prompt"]


def code(reply: TestResponse) -> tuple[int, str]:
    return reply.status_code, reply.get_json()["FlinksCode"]


def test_credentials_lead_to_the_question_and_its_answer_to_a_login(customer: Customer) -> None:
    request_id, prompt = ask(customer)

    reply = answer(customer, "Authorize", request_id, {prompt: [ANSWERS[prompt]]})

    assert reply.status_code == 200
    assert reply.get_json()["Login"]["Id"] == GREATDAY
    assert reply.get_json()["RequestId"] == request_id


def test_credentials_of_a_user_without_a_question_authorize_at_once(customer: Customer) -> None:
    reply = connect(customer, Username="greatday_nomfa", Tag="new")

    assert (reply.status_code, reply.get_json()["Tag"]) == (200, "new")


def test_an_asynchronous_connection_is_polled_answered_and_polled_again(customer: Customer) -> None:
    started = connect(customer, "AuthorizeAsync")
    request_id = started.get_json()["RequestId"]
    asked = customer.poll(request_id)
    prompt = asked.get_json()["SecurityChallenges"][0]["Prompt"]

    wrong = answer(customer, "AuthorizeAsync", request_id, {prompt: ["Atlantis"]})
    asked_again = customer.poll(request_id)
    right = answer(customer, "AuthorizeAsync", request_id, {prompt: [ANSWERS[prompt]]})

    statuses = [each.status_code for each in (started, asked, wrong, asked_again, right, customer.poll(request_id))]
    assert statuses == [202, 203, 202, 203, 202, 200]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Username": "nobody"}, (401, "INVALID_USERNAME")),
        ({"Password": "Yesterday"}, (401, "INVALID_PASSWORD")),
        ({"Username": "test_disabled_account"}, (401, "DISABLED_LOGIN")),
        ({"Institution": "Bank of Elsewhere"}, (401, "INVALID_REQUEST")),
        ({"Institution": None}, (401, "INVALID_REQUEST")),
        ({"Password": None}, (401, "INVALID_REQUEST")),
        ({"Language": "de"}, (401, "INVALID_REQUEST")),
        ({"Tag": 14}, (401, "INVALID_REQUEST")),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_credentials_that_are_refused_start_nothing(
    customer: Customer, call: str, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(connect(customer, call, **fields)) == expected
    assert customer.start(GREATDAY).status_code == 202


def test_a_connection_in_another_language_has_another_login_id(customer: Customer) -> None:
    english, french, again = (
        connect(customer, Username="greatday_nomfa", Language=each).get_json()["Login"]["Id"]
        for each in ("en", "fr", "fr")
    )

    assert english == LOGINS["greatday_nomfa"] != french == again


def test_a_second_connection_is_refused_while_the_first_waits_for_an_answer(customer: Customer) -> None:
    ask(customer)

    assert code(connect(customer)) == (401, "CONCURRENT_SESSION")


def test_a_wrong_answer_may_be_followed_by_the_right_one(customer: Customer) -> None:
    request_id, prompt = ask(customer)

    wrong = answer(customer, "Authorize", request_id, {prompt: ["Atlantis"]})

    assert code(wrong) == (401, "INVALID_SECURITY_RESPONSE")
    assert wrong.get_json()["RequestId"] == request_id
    assert answer(customer, "Authorize", request_id, {prompt: [ANSWERS[prompt]]}).status_code == 200


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ({"What is your favourite colour?": ["Blue"]}, "UNKNOWN_CHALLENGE_KEY"),
        ({}, "SECURITYRESPONSES_INCOMPLETE"),
        ({"PROMPT": []}, "SECURITYRESPONSES_INCOMPLETE"),
        ({"PROMPT": "Montreal"}, "INVALID_REQUEST"),
        ({"PROMPT": [14]}, "INVALID_REQUEST"),
        (["Montreal"], "INVALID_REQUEST"),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_malformed_answers_are_refused_and_the_question_stays(
    customer: Customer, call: str, responses: Any, expected: str
) -> None:
    request_id, prompt = ask(customer)
    if isinstance(responses, dict):
        responses = {prompt if key == "PROMPT" else key: value for key, value in responses.items()}

    assert code(answer(customer, call, request_id, responses)) == (401, expected)
    assert customer.poll(request_id).status_code == 203


def test_answering_an_authorized_attempt_is_refused(customer: Customer) -> None:
    request_id, prompt = ask(customer)
    answer(customer, "Authorize", request_id, {prompt: [ANSWERS[prompt]]})

    again = answer(customer, "Authorize", request_id, {prompt: [ANSWERS[prompt]]})

    assert code(again) == (401, "ALREADY_AUTHORIZED")


def test_an_answer_after_eight_idle_minutes_is_too_late(customer: Customer, clock: Clock) -> None:
    request_id, prompt = ask(customer)
    clock.advance(minutes=8)

    late = answer(customer, "Authorize", request_id, {prompt: [ANSWERS[prompt]]})

    assert code(late) == (400, "SESSION_NONEXISTENT")


@scenario("mfa_choices")
def test_choices_come_as_iterables_and_one_of_them_is_the_answer(customer: Customer, login_id: str) -> None:
    body = customer.authorize(login_id, cached=False).get_json()
    [asked] = body["SecurityChallenges"]

    statuses = [
        answer(customer, "Authorize", body["RequestId"], {asked["Prompt"]: [choice]}).status_code
        for choice in asked["Iterables"]
    ]

    assert statuses.count(200) == 1


def test_an_old_integration_may_omit_the_token_but_not_send_a_wrong_one(clock: Clock) -> None:
    bank = Bank(Settings(seed=7, require_authorize_token=False), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    body = {"LoginId": GREATDAY, "MostRecentCached": True}

    assert customer.post("Authorize", body).status_code == 200
    assert code(customer.post("Authorize", body, "spent")) == (401, "ACCESS_DENIED")


@pytest.mark.parametrize("call", CALLS)
def test_authorize_can_schedule_nightly_refreshes_for_older_clients(customer: Customer, call: str) -> None:
    connect(customer, call, Username="greatday_nomfa", ScheduleRefresh=True)

    cached = customer.authorize(LOGINS["greatday_nomfa"], cached=True).get_json()

    assert cached["Login"]["IsScheduledRefresh"] is True


def test_a_login_id_takes_precedence_over_credentials(customer: Customer) -> None:
    reply = connect(customer, LoginId=LOGINS["greatday_nomfa"], Password="of long ago")

    assert reply.get_json()["Login"]["Id"] == LOGINS["greatday_nomfa"]
