"""Users of an OAuth bank: its own sign-in in a window or as a full page, approved, refused, blocked or left."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.browser.support import Person, a_question, in_each_browser
from tests.system.support import wait_for_end

Arrive = Callable[..., Person]
pytestmark = in_each_browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
# In a frame, window.open gives nothing, as where the browser or a WebView forbids it.
NO_WINDOWS = "if (window !== window.top) window.open = () => null"
_OPENED = "Continue in the window that has opened."
_BLOCKED = "Your browser blocked the window of FlinksCapital."


@pytest.fixture
def asked(slow_backstop: Service) -> Snapshot:
    return a_question(slow_backstop, "oauth")


@pytest.fixture
def phone(used_browser: Browser) -> dict[str, Any]:
    """A phone's screen and touch, which Playwright emulates in Chromium only."""
    if used_browser.browser_type.name == "firefox":
        pytest.skip("Playwright emulates no phone in Firefox")
    return PHONE


def _reaches_the_bank(person: Person, asked: Snapshot) -> None:
    person.opens(asked["link"])
    person.taps("Continue to FlinksCapital")
    person.sees_connect_say("Sign in at your bank")


def _opens_the_window(person: Person) -> Page:
    with person.context.expect_page() as opened:
        _asks_for_the_window(person)
    return opened.value


def _asks_for_the_window(person: Person) -> None:
    person.connect.get_by_role("button", name="Continue to your bank's site").click()


def _decides(bank: Page, decision: str) -> None:
    expect(bank.get_by_role("heading", level=1)).to_have_text("Let Flinks read your accounts?")
    bank.get_by_role("button", name=decision).click()


def _is_told(person: Person, text: str) -> None:
    expect(person.page.locator("#trouble")).to_contain_text(text)


def _ends_well(service: Service, asked: Snapshot) -> list[str]:
    """Return the causes of what the user did, after at most a minute of the service's own work."""
    ended = wait_for_end(service, asked["sessionId"])
    assert ended["status"] == "SUCCEEDED"
    timeline: list[dict[str, Any]] = ended["timeline"]
    user = [entry for entry in timeline if entry["actor"] == "user"]
    assert timeline[-1]["seconds"] - user[-1]["seconds"] < 60
    return [entry["cause"] for entry in user]


def test_a_user_approves_in_the_banks_window(slow_backstop: Service, asked: Snapshot, a_person: Arrive) -> None:
    person = a_person()
    _reaches_the_bank(person, asked)

    bank = _opens_the_window(person)
    _is_told(person, _OPENED)
    _decides(bank, "Approve")

    person.sees("All done, thank you")
    expect(person.page.locator("#trouble")).to_be_hidden()
    causes = _ends_well(slow_backstop, asked)
    assert causes == ["link_opened", "connect_opened", "connect_POPUP_OPENED", "page_redirected"]


def test_a_blocked_window_is_explained_and_a_tab_gets_the_user_there(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive
) -> None:
    person = a_person()
    person.context.add_init_script(NO_WINDOWS)
    _reaches_the_bank(person, asked)

    _asks_for_the_window(person)
    _is_told(person, _BLOCKED)
    with person.context.expect_page() as opened:
        person.taps("Open in a new tab")
    _is_told(person, "Continue in the new tab.")
    opened.value.get_by_role("button", name="Continue to your bank's site").click()
    _decides(opened.value, "Approve")

    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Thank you")
    person.sees("All done, thank you")
    assert "connect_POPUP_BLOCKED" in _ends_well(slow_backstop, asked)


def test_a_window_closed_half_way_can_be_opened_again(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive
) -> None:
    person = a_person()
    _reaches_the_bank(person, asked)

    bank = _opens_the_window(person)
    expect(bank.get_by_role("heading", level=1)).to_have_text("Let Flinks read your accounts?")
    bank.close()
    person.reads("Closed that window too early?")
    expect(person.connect.get_by_role("alert")).to_contain_text("You did not finish at your bank.")
    person.taps("Start again")
    person.sees_connect_say("Sign in at your bank")
    expect(person.connect.get_by_role("alert")).to_have_count(0)
    expect(person.page.locator("#trouble")).to_be_hidden()
    _decides(_opens_the_window(person), "Approve")

    person.sees("All done, thank you")
    _ends_well(slow_backstop, asked)


def test_a_phone_goes_to_the_bank_as_a_full_page_and_back(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive, phone: dict[str, Any]
) -> None:
    person = a_person(**phone)
    person.context.add_init_script(NO_WINDOWS)
    _reaches_the_bank(person, asked)

    _asks_for_the_window(person)
    _is_told(person, _BLOCKED)
    person.taps("Continue on this screen")
    person.page.get_by_role("button", name="Continue to your bank's site").click()
    _decides(person.page, "Approve")

    person.sees("All done, thank you")
    assert person.page.url == asked["link"]
    assert len(person.context.pages) == 1
    assert "redirected" in _ends_well(slow_backstop, asked)


def test_a_user_who_refuses_at_the_bank_can_try_again(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive
) -> None:
    _refuses_and_then_approves(slow_backstop, asked, a_person(), is_phone=False)


def test_a_refusal_on_a_phone_comes_back_to_our_page(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive, phone: dict[str, Any]
) -> None:
    _refuses_and_then_approves(slow_backstop, asked, a_person(**phone), is_phone=True)


def test_a_refusal_in_the_banks_window_is_explained(asked: Snapshot, a_person: Arrive) -> None:
    person = a_person()
    _reaches_the_bank(person, asked)

    _decides(_opens_the_window(person), "Refuse")

    expect(person.connect.get_by_role("alert")).to_contain_text("You did not finish at your bank.")
    expect(person.page.get_by_role("button", name="Start again")).to_be_visible()


def test_an_end_that_belongs_to_another_question_is_not_believed(asked: Snapshot, a_person: Arrive) -> None:
    person = a_person()
    _reaches_the_bank(person, asked)

    person.connect.locator("body").evaluate(
        "() => parent.postMessage({ step: 'REDIRECT', requestId: 'of-another-question' }, '*')"
    )

    _is_told(person, "That belonged to an earlier question.")
    person.reported({"page": "opened"})


def _refuses_and_then_approves(service: Service, asked: Snapshot, person: Person, *, is_phone: bool) -> None:
    person.context.add_init_script(NO_WINDOWS)
    _reaches_the_bank(person, asked)
    _asks_for_the_window(person)
    there = _goes_there(person, is_phone=is_phone)
    there.get_by_role("button", name="Continue to your bank's site").click()
    _decides(there, "Refuse")

    expect(there.get_by_role("heading", level=1)).to_have_text(re.compile("You did not finish at"))
    person.sees("You did not finish at FlinksCapital")
    person.taps("Try again")
    person.sees("Confirm it's you with FlinksCapital")
    _asks_for_the_window(person)
    there = _goes_there(person, is_phone=is_phone)
    there.get_by_role("button", name="Continue to your bank's site").click()
    _decides(there, "Approve")

    person.sees("All done, thank you")
    assert "not_finished" in _ends_well(service, asked)


def _goes_there(person: Person, *, is_phone: bool) -> Page:
    """Leave the frame for a page of Connect's own."""
    if is_phone:
        person.taps("Continue on this screen")
        return person.page
    with person.context.expect_page() as opened:
        person.taps("Open in a new tab")
    return opened.value
