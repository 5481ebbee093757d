"""The events that Connect's pages send to their parent window, in both documented forms."""

import json

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser, WrongScreenError
from flinks_simulator.users import Challenge
from tests.unit.simulator.connecting import BACK, SITE, a_login, an_attempt, connect_url
from tests.unit.simulator.support import Clock


def test_a_reconnect_sends_its_steps_in_order(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True), redirectUrl=BACK))
    user.answer("Atlantis")
    user.answer_correctly()

    assert user.steps == [
        "APP_MOUNTED",
        "COMPONENT_LOAD_MFA",
        "SUBMIT_MFA",
        "INVALID_SECURITY_RESPONSE",
        "COMPONENT_LOAD_MFA_RETRY",
        "SUBMIT_MFA",
        "REDIRECT",
    ]


def test_the_standard_flow_sends_its_steps_in_order(user: SimulatedUser) -> None:
    user.open(connect_url(consentEnable="true", termsUrl="https://app.test/terms", accountSelectorEnable="true"))
    user.accept_consent()
    user.choose_institution()
    user.sign_in("greatday_nomfa", "Yesterday")
    user.sign_in("greatday_nomfa")
    user.select_accounts(user.choices[0])

    assert user.steps == [
        "APP_MOUNTED",
        "COMPONENT_LOAD_CONSENT",
        "COMPONENT_ACCEPT_TERMS",
        "COMPONENT_ACCEPT_CONSENT",
        "COMPONENT_LOAD_INSTITUTION_SELECTOR",
        "INSTITUTION_SELECTED",
        "COMPONENT_LOAD_CREDENTIAL",
        "SUBMIT_CREDENTIAL",
        "INVALID_PASSWORD",
        "COMPONENT_LOAD_CREDENTIAL_RETRY",
        "SUBMIT_CREDENTIAL",
        "COMPONENT_LOAD_ACCOUNT_SELECTION",
        "ACCOUNT_SELECTED",
        "REDIRECT",
    ]


def test_a_code_event_carries_request_id_code_and_institution(bank: Bank, user: SimulatedUser) -> None:
    request_id = an_attempt(bank, asks=True)
    user.open(connect_url(requestId=request_id))

    user.answer("Atlantis")

    expected = {"requestId": request_id, "flinksCode": "INVALID_SECURITY_RESPONSE", "institution": "FlinksCapital"}
    assert expected in user.events


@pytest.mark.parametrize(
    ("challenge", "kind"), [(Challenge.QUESTION, "QuestionAndAnswer"), (Challenge.CHOICES, "MultipleChoice")]
)
def test_a_challenge_event_names_its_kind(bank: Bank, user: SimulatedUser, challenge: Challenge, kind: str) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True, challenge=challenge)))

    assert user.events[-1] == {"step": "COMPONENT_LOAD_MFA", "institution": "FlinksCapital", "mfaTypes": [kind]}


def test_the_account_screen_counts_the_accounts(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank), accountSelectorEnable="true"))

    assert user.events[-1] == {
        "step": "COMPONENT_LOAD_ACCOUNT_SELECTION",
        "institution": "FlinksCapital",
        "totalAccounts": 3,
        "displayedAccounts": 2,
    }


def test_the_redirect_event_carries_the_url_and_the_ids(bank: Bank, user: SimulatedUser) -> None:
    login_id = a_login(bank)
    request_id = bank.start_attempt(login_id).request_id
    user.open(connect_url(requestId=request_id, redirectUrl=BACK, tag="TestTag"))

    assert user.events[-1] == {
        "step": "REDIRECT",
        "institution": "FlinksCapital",
        "url": user.redirect_url,
        "loginId": login_id,
        "requestId": request_id,
    }


def test_stringify_sends_every_event_as_json_text(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True), stringify="true", closeEnable="true"))
    user.answer("Atlantis")
    user.close()

    assert all(isinstance(each, str) for each in user.messages)
    assert json.loads(str(user.messages[0])) == {"step": "APP_MOUNTED"}
    assert user.steps[-1] == "COMPONENT_CLOSE_SESSION"


def test_the_close_button_only_sends_an_event(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True), closeEnable="true"))

    user.close()

    assert user.messages[-1] == {"step": "COMPONENT_CLOSE_SESSION", "institution": "FlinksCapital"}
    assert user.screen == "question"


def test_without_close_enable_there_is_no_close_button(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True)))

    with pytest.raises(WrongScreenError, match="no close button"):
        user.close()


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("/v2/?requestId=no-such-session", ["APP_MOUNTED"]),
        ("/v2/?authorizeToken=spent", ["APP_MOUNTED", "TOKEN_INVALID"]),
        ("/v2/Credential/99", ["APP_MOUNTED", "COMPONENT_LOAD_INSTITUTION_SELECTOR", "DISABLED_INSTITUTION"]),
        ("/v2/Credential/14", ["APP_MOUNTED", "COMPONENT_LOAD_CREDENTIAL"]),
    ],
)
def test_a_page_without_a_next_step_sends_documented_events(user: SimulatedUser, path: str, steps: list[str]) -> None:
    user.open(SITE + path)

    assert user.steps == steps


def test_a_refused_attempt_sends_its_code(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, refusal="NEW_ACCOUNT")))

    assert user.steps == ["APP_MOUNTED", "NEW_ACCOUNT"]


def test_declining_sends_its_event(user: SimulatedUser) -> None:
    user.open(connect_url(consentEnable="true"))

    user.deny_consent()

    assert user.steps[-1] == "COMPONENT_DENY_CONSENT"


def test_answering_too_late_sends_no_answer_event(bank: Bank, user: SimulatedUser, clock: Clock) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True)))
    clock.advance(minutes=8)

    user.answer_correctly()

    assert user.steps == ["APP_MOUNTED", "COMPONENT_LOAD_MFA"]
