"""How Connect redirects the browser, and how that can go wrong."""

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser, WrongScreenError
from flinks_simulator.connect.redirect import forge_login_id
from flinks_simulator.users import Redirect
from tests.unit.simulator.connecting import BACK, SITE, a_login, an_attempt, connect_url
from tests.unit.simulator.support import Clock

# An address of the simulator itself, so that the journal shows the redirect.
OURS = f"{SITE}/v2/Credential/99"


def open_success(user: SimulatedUser, bank: Bank, redirect: Redirect, **parameters: str) -> str:
    """Open Connect on an attempt that needs no answer, and return its LoginId."""
    login_id = a_login(bank, redirect=redirect)
    request_id = bank.start_attempt(login_id).request_id
    assert user.open(connect_url(requestId=request_id, **{"redirectUrl": BACK, **parameters})) == "success"
    return login_id


def test_the_redirect_keeps_the_integrators_query_and_adds_the_tag(bank: Bank, user: SimulatedUser) -> None:
    login_id = open_success(user, bank, Redirect.NORMAL, tag="order 66")

    assert user.redirect_url == f"{BACK}&loginId={login_id}&tag=order+66&institution=FlinksCapital"


def test_the_redirect_can_be_a_deep_link_into_an_app(bank: Bank, user: SimulatedUser) -> None:
    login_id = open_success(user, bank, Redirect.NORMAL, redirectUrl="myapp://callback")

    assert user.redirect_url == f"myapp://callback?loginId={login_id}&institution=FlinksCapital"


@pytest.mark.parametrize(
    "target", ["", "javascript:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x", "/here"]
)
def test_without_a_redirect_url_the_page_stays_and_sends_its_event(
    bank: Bank, user: SimulatedUser, target: str
) -> None:
    open_success(user, bank, Redirect.NORMAL, redirectUrl=target)

    assert user.redirect_url is None
    assert user.steps[-1] == "REDIRECT"
    assert "javascript" not in user.events[-1]["url"]


def test_with_js_redirect_the_event_alone_carries_the_url(bank: Bank, user: SimulatedUser) -> None:
    login_id = open_success(user, bank, Redirect.NORMAL, jsRedirect="true")

    assert user.redirect_url is None
    assert user.events[-1]["url"] == f"{BACK}&loginId={login_id}&institution=FlinksCapital"


def test_a_lost_redirect_leaves_no_trace_in_the_browser(bank: Bank, user: SimulatedUser) -> None:
    open_success(user, bank, Redirect.LOST)

    assert user.steps == ["APP_MOUNTED"]
    with pytest.raises(WrongScreenError, match="leads nowhere"):
        user.follow_redirect()


def test_a_late_redirect_comes_after_its_delay(bank: Bank, user: SimulatedUser, clock: Clock) -> None:
    login_id = open_success(user, bank, Redirect.LATE)
    assert user.redirect_url is None

    clock.advance(minutes=14)
    assert user.check_again() is None
    clock.advance(minutes=1)

    assert user.check_again() == f"{BACK}&loginId={login_id}&institution=FlinksCapital"
    assert user.steps == ["APP_MOUNTED", "REDIRECT"]


def test_a_doubled_redirect_reaches_the_integrator_twice(bank: Bank, user: SimulatedUser) -> None:
    open_success(user, bank, Redirect.TWICE, redirectUrl=OURS)

    user.follow_redirect()

    assert user.steps == ["APP_MOUNTED", "REDIRECT", "REDIRECT"]
    assert [entry.action for entry in bank.journal] == ["connect_open", *["connect_open_credentials"] * 2]


def test_a_forged_redirect_names_a_foreign_login(bank: Bank, user: SimulatedUser) -> None:
    login_id = open_success(user, bank, Redirect.FORGED)

    stranger = forge_login_id(login_id)
    assert user.redirect_url == f"{BACK}&loginId={stranger}&institution=FlinksCapital"
    assert stranger not in {each.login_id for each in bank.logins()}
    assert user.events[-1]["loginId"] == stranger


def test_selected_accounts_survive_a_late_redirect(bank: Bank, user: SimulatedUser, clock: Clock) -> None:
    request_id = an_attempt(bank, redirect=Redirect.LATE)
    user.open(connect_url(requestId=request_id, redirectUrl=BACK, accountSelectorEnable="true"))
    chosen = user.choices[0]
    user.select_accounts(chosen)
    clock.advance(minutes=15)

    assert f"accountId={chosen}" in str(user.check_again())
