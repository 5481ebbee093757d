"""Connect from the start: consent, the list of banks, credentials, accounts."""

import pytest
from flask.testing import FlaskClient

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser, WrongScreenError
from flinks_simulator.users import LOGINS
from tests.unit.simulator.connecting import BACK, SITE, a_login, an_attempt, connect_url
from tests.unit.simulator.support import Clock, Customer

CREDENTIALS = "/v2/Credential/14"


def test_the_standard_flow_leads_from_consent_to_success(user: SimulatedUser) -> None:
    screens = [user.open(connect_url(consentEnable="true", accountSelectorEnable="true", redirectUrl=BACK))]
    for act in (
        user.accept_consent,
        user.choose_institution,
        lambda: user.sign_in("Greatday"),
        user.answer_correctly,
        lambda: user.select_accounts(user.choices[0]),
    ):
        act()
        screens.append(user.screen)

    assert screens == ["consent", "institutions", "credentials", "question", "accounts", "success"]
    assert user.redirect_url and f"loginId={LOGINS['Greatday']}" in user.redirect_url


def test_consent_comes_before_the_question_of_a_live_attempt(bank: Bank, user: SimulatedUser) -> None:
    assert user.open(connect_url(requestId=an_attempt(bank, asks=True), consentEnable="true")) == "consent"

    user.accept_consent()

    assert user.screen == "question"


def test_consent_comes_before_the_credentials_of_a_preselected_bank(user: SimulatedUser) -> None:
    user.open(connect_url(CREDENTIALS, consentEnable="true"))

    user.accept_consent()

    assert user.screen == "credentials"


def test_a_user_who_declines_shares_nothing_and_may_reconsider(user: SimulatedUser, client: FlaskClient) -> None:
    url = connect_url(consentEnable="true")
    user.open(url)

    user.deny_consent()

    assert user.screen == "declined"
    assert user.redirect_url is None
    assert 'data-screen="consent"' in client.post(url, data={"step": "consent"}).text


def test_consent_names_the_customer_and_links_to_the_terms(client: FlaskClient) -> None:
    page = client.get(
        connect_url(consentEnable="true", customerName="Maple & Co", termsUrl="https://maple.test/t")
    ).text

    assert "Maple &amp; Co" in page
    assert 'href="https://maple.test/t"' in page
    assert "href=" not in client.get(connect_url(consentEnable="true", termsUrl="javascript://x")).text


def test_without_a_request_id_the_user_chooses_a_bank(user: SimulatedUser) -> None:
    assert user.open(connect_url()) == "institutions"
    assert user.choices == ["14", "99"]

    user.choose_institution()

    assert user.screen == "credentials"


def test_a_closed_bank_sends_the_user_back_to_the_list(user: SimulatedUser) -> None:
    user.open(connect_url())

    user.choose_institution(99)

    assert user.screen == "institutions"
    assert "cannot be reached" in user.problem


@pytest.mark.parametrize(("institution", "problem"), [("99", True), ("77", False), ("x", False)])
def test_a_preselected_bank_that_cannot_be_used_leads_to_the_list(
    user: SimulatedUser, institution: str, problem: bool
) -> None:
    assert user.open(f"{SITE}/v2/Credential/{institution}") == "institutions"
    assert bool(user.problem) == problem


def test_the_button_back_to_the_list_can_be_hidden(user: SimulatedUser) -> None:
    user.open(connect_url(CREDENTIALS))
    user.go_back()
    assert user.screen == "institutions"

    user.open(connect_url(CREDENTIALS, backEnable="false"))
    with pytest.raises(WrongScreenError):
        user.go_back()


def test_signing_in_makes_a_live_attempt_and_redirects(
    customer: Customer, user: SimulatedUser, bank: Bank, clock: Clock
) -> None:
    login = bank.find_login(bank.add_login("greatday_nomfa"))
    assert user.open(connect_url(CREDENTIALS, redirectUrl=BACK)) == "credentials"
    clock.advance(minutes=1)

    assert user.sign_in(login.username) == f"{BACK}&loginId={login.login_id}&institution=FlinksCapital"
    assert customer.read_last_refresh(login.login_id) == clock.now.replace(tzinfo=None).isoformat()


def test_signing_in_can_lead_to_a_question(user: SimulatedUser, bank: Bank) -> None:
    login = bank.find_login(bank.add_login("Greatday"))
    user.open(connect_url(CREDENTIALS, redirectUrl=BACK))

    assert user.sign_in(login.username) is None
    assert user.screen == "question"
    assert user.answer_correctly() == f"{BACK}&loginId={login.login_id}&institution=FlinksCapital"


def test_signing_in_again_can_redirect_with_another_login_id(user: SimulatedUser, bank: Bank) -> None:
    login = bank.find_login(a_login(bank, credentials_gone=True, new_login_id_on_sign_in=True))
    user.open(connect_url(CREDENTIALS, redirectUrl=BACK))

    url = user.sign_in(login.username)

    assert url and "loginId=" in url
    assert login.login_id not in url


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("Greatday", "Yesterday", "INVALID_PASSWORD"),
        ("nobody", "Everyday", "INVALID_USERNAME"),
        ("test_disabled_account", "Everyday", "DISABLED_LOGIN"),
    ],
)
def test_a_refused_sign_in_shows_the_form_again_with_the_reason(
    user: SimulatedUser, username: str, password: str, code: str
) -> None:
    user.open(connect_url(CREDENTIALS))

    user.sign_in(username, password)

    assert user.screen == "credentials"
    assert code in user.problem


def test_signing_in_beside_an_open_attempt_is_refused(user: SimulatedUser, bank: Bank) -> None:
    login = bank.find_login(a_login(bank, asks=True))
    bank.start_attempt(login.login_id)
    user.open(connect_url(CREDENTIALS))

    user.sign_in(login.username)

    assert "CONCURRENT_SESSION" in user.problem


def test_one_account_is_selected_unless_several_are_allowed(user: SimulatedUser, bank: Bank) -> None:
    url = connect_url(requestId=an_attempt(bank), accountSelectorEnable="true", redirectUrl=BACK)
    user.open(url)
    first, second = user.choices

    assert f"accountId={first}&" in str(user.select_accounts(first, second))

    user.open(f"{url}&accountSelectorMultiple=true")
    assert f"accountId={first},{second}&" in str(user.select_accounts(first, second))


def test_only_operations_accounts_are_offered_by_default(user: SimulatedUser, bank: Bank) -> None:
    url = connect_url(requestId=an_attempt(bank), accountSelectorEnable="true")

    user.open(url)
    assert len(user.choices) == 2
    user.open(f"{url}&showAllAccounts=true")
    assert len(user.choices) == 3


def test_selecting_no_account_or_a_foreign_account_asks_again(user: SimulatedUser, bank: Bank) -> None:
    user.open(connect_url(requestId=an_attempt(bank), accountSelectorEnable="true", accountSelectorMultiple="true"))

    for selection in ([], ["a-strangers-account"]):
        user.select_accounts(*selection)
        assert (user.screen, user.problem) == ("accounts", "Choose at least one account.")


def test_resumed_accounts_skip_the_selector_and_are_in_the_redirect(user: SimulatedUser, bank: Bank) -> None:
    url = connect_url(requestId=an_attempt(bank), accountSelectorEnable="true", redirectUrl=BACK)
    user.open(url)
    account_id = user.choices[1]

    assert user.open(f"{url}&resumeSelectedAccounts={account_id},no-account-of-this-login") == "success"
    assert user.redirect_url and f"accountId={account_id}&" in user.redirect_url
    assert user.events[-1]["accountId"] == account_id


def test_resumed_accounts_are_the_only_ones_the_session_reads(
    customer: Customer, user: SimulatedUser, bank: Bank
) -> None:
    request_id = an_attempt(bank)
    user.open(connect_url(requestId=request_id, accountSelectorEnable="true"))
    account_id = user.choices[1]

    user.open(connect_url(requestId=request_id, resumeSelectedAccounts=account_id))

    accounts = customer.post("GetAccountsSummary", {"RequestId": request_id}).get_json()["Accounts"]
    assert [each["Id"] for each in accounts] == [account_id]


@pytest.mark.parametrize("step", ["answer", "accounts", "wait"])
def test_a_step_on_an_expired_session_shows_that_it_expired(client: FlaskClient, step: str) -> None:
    page = client.post(connect_url(requestId="no-such-session"), data={"step": step}).text

    assert 'data-screen="expired"' in page


def test_a_form_without_a_step_is_refused_with_a_sentence(client: FlaskClient) -> None:
    response = client.post("/v2/", data={"answer": "Montreal"})

    assert response.status_code == 400
    assert "names its step" in response.text
