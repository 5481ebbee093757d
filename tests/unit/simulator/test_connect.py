"""Connect on a live attempt: question, answer, time, tokens."""

import pytest
from flask.testing import FlaskClient

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser, WrongScreenError
from flinks_simulator.settings import Settings
from flinks_simulator.users import ANSWERS, CHOICES, LOGINS, Challenge
from tests.unit.simulator.connecting import BACK, SITE, an_attempt, connect_url
from tests.unit.simulator.support import Clock, Customer, open_browser

GREATDAY = LOGINS["Greatday"]
CREDENTIALS = "http://connect.test/v2/Credential/14"


@pytest.fixture
def request_id(customer: Customer) -> str:
    return customer.start_until_asked(GREATDAY)


def test_question_then_wrong_then_right_answer_leads_to_the_redirect_url(
    customer: Customer, user: SimulatedUser, request_id: str
) -> None:
    assert user.open(customer.connect_url(request_id, redirectUrl=BACK)) == "question"
    assert user.prompt == customer.poll(request_id).get_json()["SecurityChallenges"][0]["Prompt"]

    assert user.answer("Atlantis") is None
    assert user.screen == "question"
    assert customer.poll(request_id).status_code == 203

    assert user.answer_correctly() == f"{BACK}&loginId={GREATDAY}&institution=FlinksCapital"
    assert user.screen == "success"
    assert customer.poll(request_id).status_code == 200


def test_the_answer_may_be_written_in_any_letter_case(customer: Customer, user: SimulatedUser, request_id: str) -> None:
    user.open(customer.connect_url(request_id))

    user.answer(f"  {ANSWERS[user.prompt].upper()} ")

    assert user.screen == "success"


def test_an_answer_counts_even_when_the_redirect_is_never_followed(
    customer: Customer, user: SimulatedUser, request_id: str, bank: Bank
) -> None:
    user.open(customer.connect_url(request_id, redirectUrl="http://connect.test/simulator/logins"))

    user.answer_correctly()

    assert customer.authorize(GREATDAY, cached=True).status_code == 200
    assert [entry.path for entry in bank.journal if entry.method == "GET"] == ["/v2/"]


def test_following_the_redirect_makes_the_request_of_connect(
    customer: Customer, user: SimulatedUser, request_id: str
) -> None:
    user.open(customer.connect_url(request_id, redirectUrl="http://connect.test/simulator/logins"))
    user.answer_correctly()

    response = user.follow_redirect()

    assert response.url.endswith(f"/simulator/logins?loginId={GREATDAY}&institution=FlinksCapital")
    assert response.ok


@pytest.mark.parametrize(("language", "words"), [("fr", "Votre réponse"), ("en", "Your answer"), ("de", "Your answer")])
def test_the_page_is_in_the_requested_language(
    client: FlaskClient, customer: Customer, request_id: str, language: str, words: str
) -> None:
    page = client.get(customer.connect_url(request_id, language=language)).text

    assert words in page
    assert f'<html lang="{"fr" if language == "fr" else "en"}">' in page


def test_connect_opened_during_202_waits_for_the_question(customer: Customer, user: SimulatedUser) -> None:
    request_id = customer.start(GREATDAY).get_json()["RequestId"]

    assert user.open(customer.connect_url(request_id)) == "question"


def test_connect_on_a_refused_login_shows_the_reason(customer: Customer, user: SimulatedUser) -> None:
    request_id = customer.start(LOGINS["test_disabled_account"]).get_json()["RequestId"]

    assert user.open(customer.connect_url(request_id)) == "failed"
    assert "call your bank" in user.problem


def test_the_path_without_a_version_shows_the_same_pages(
    customer: Customer, user: SimulatedUser, request_id: str
) -> None:
    assert user.open(connect_url("/", requestId=request_id)) == "question"
    user.answer_correctly()
    assert user.screen == "success"
    assert user.open(f"{SITE}/Credential/14") == "credentials"
    assert customer.client.get("/simulator/logins").is_json
    assert customer.client.get("/nowhere").status_code == 404


def test_a_wrong_answer_may_be_corrected_as_often_as_the_bank_allows(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True, wrong_answers=1)))

    user.answer("Atlantis")
    assert (user.screen, user.problem) == ("question", "That answer was not accepted. Please try again.")

    user.answer("Lemuria")
    assert user.screen == "failed"
    assert "takes no more" in user.problem


def test_a_choice_is_offered_as_a_list_and_can_be_corrected(bank: Bank, user: SimulatedUser) -> None:
    user.open(connect_url(requestId=an_attempt(bank, asks=True, challenge=Challenge.CHOICES), redirectUrl=BACK))
    assert user.screen == "question"
    assert user.choices == list(CHOICES)
    with pytest.raises(WrongScreenError, match="not offered"):
        user.choose("CASINO DE MONTREAL")

    assert user.choose(CHOICES[0]) is None
    assert user.answer_correctly()


def test_a_demonstration_shows_the_right_answer(client: FlaskClient, bank: Bank) -> None:
    request_id = an_attempt(bank, asks=True)

    hinted, plain = (client.get(connect_url(requestId=request_id, demo=demo)).text for demo in ("true", "false"))

    assert "The right answer is" in hinted
    assert "The right answer is" not in plain


def test_an_unknown_request_id_shows_the_expired_screen(customer: Customer, user: SimulatedUser) -> None:
    assert user.open(customer.connect_url("no-such-session")) == "expired"


def test_answering_after_eight_idle_minutes_is_too_late(
    customer: Customer, user: SimulatedUser, request_id: str, clock: Clock
) -> None:
    user.open(customer.connect_url(request_id, redirectUrl=BACK))
    clock.advance(minutes=8)

    assert user.answer_correctly() is None
    assert user.screen == "expired"
    assert customer.authorize(GREATDAY, cached=True).get_json()["FlinksCode"] == "QUESTION_NOT_FOUND"


def test_every_action_in_connect_renews_the_eight_minutes(
    customer: Customer, user: SimulatedUser, request_id: str, clock: Clock
) -> None:
    clock.advance(minutes=7)
    user.open(customer.connect_url(request_id))
    clock.advance(minutes=7)
    user.answer("Atlantis")
    clock.advance(minutes=7)
    user.answer_correctly()

    assert user.screen == "success"


def test_answering_twice_shows_success_twice(customer: Customer, user: SimulatedUser, request_id: str) -> None:
    url = customer.connect_url(request_id)
    user.open(url)
    user.answer_correctly()

    assert user.open(url) == "success"


def test_a_token_opens_connect_once_and_the_answer_needs_no_other(
    customer: Customer, user: SimulatedUser, request_id: str, bank: Bank
) -> None:
    url = customer.connect_url(request_id, authorizeToken=bank.issue_token())

    assert user.open(url) == "question"
    user.answer_correctly()
    assert user.screen == "success"
    assert user.open(url) == "token"


def test_the_form_does_not_carry_the_spent_token(
    client: FlaskClient, customer: Customer, request_id: str, bank: Bank
) -> None:
    token = bank.issue_token()

    page = client.get(customer.connect_url(request_id, authorizeToken=token)).text

    assert request_id in page
    assert token not in page


def test_an_expired_token_does_not_open_connect(
    client: FlaskClient, customer: Customer, request_id: str, bank: Bank, clock: Clock
) -> None:
    token = bank.issue_token()
    clock.advance(minutes=15)

    assert "TOKEN_INVALID" in client.get(customer.connect_url(request_id, authorizeToken=token)).text


def test_connect_can_be_configured_to_require_a_token(clock: Clock) -> None:
    bank = Bank(Settings(require_connect_token=True), clock)
    client = create_app(bank).test_client()
    customer = Customer(client, bank)
    request_id = customer.start_until_asked(GREATDAY)
    user = open_browser(client)

    assert user.open(customer.connect_url(request_id)) == "token"
    assert user.open(CREDENTIALS) == "token"
    assert user.open(customer.connect_url(request_id, authorizeToken=bank.issue_token())) == "question"


def test_a_user_cannot_answer_a_page_without_a_question(user: SimulatedUser) -> None:
    user.open(CREDENTIALS)

    with pytest.raises(WrongScreenError, match="credentials"):
        user.answer("Montreal")
    with pytest.raises(WrongScreenError, match="leads nowhere"):
        user.follow_redirect()
