"""The operator's page in real Chromium: what it shows, the keyboard alone, accessibility, what no address names."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from reconnect.model.hash_chain import check
from reconnect_cli.console.server import serving
from reconnect_client import NoAnswer
from tests.browser.support import Person
from tests.fakes.builders import LOGIN_ID
from tests.fakes.console_api import (
    BATCH_ID,
    ENDED_ID,
    FAILED_ID,
    LATE_BATCH_ID,
    OF_THE_USER,
    USER_REF,
    WAITING_ID,
    ConsoleApi,
)
from tests.summary import Figures

Arrive = Callable[..., Person]
Open = Callable[..., Person]

RUNNING = "RUNNING, the night of the 14th, opened 2026-03-14 09:26:53 UTC"
_IMPACTS = ("critical", "serious", "moderate", "minor")
VIEWS = {
    "find": "Find a login",
    "waiting": "Waiting for their user",
    "live": "Live sessions",
    "ended": "Ended without data",
    "batches": "Batches",
    f"batch/{BATCH_ID}": "Batch",
    f"batch/{LATE_BATCH_ID}": "Batch",
    "institutions": "Institutions",
    f"session/{WAITING_ID}": "Session",
    f"session/{ENDED_ID}": "Session",
    f"session/{FAILED_ID}": "Session",
}


@pytest.fixture
def api() -> ConsoleApi:
    return ConsoleApi()


@pytest.fixture
def opens(a_person: Arrive, api: ConsoleApi) -> Iterator[Open]:
    """Return `opens(view)`: an operator whose console shows a view."""
    with ExitStack() as consoles:

        def open_console(view: str = "find", *, allows_actions: bool = False, **options: object) -> Person:
            console = consoles.enter_context(serving(api, allows_actions=allows_actions))
            person = a_person(**options).opens(console.address)
            go(person.page, view)
            return person

        yield open_console


def go(page: Page, view: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", f"#/{view}")
    expect(page.get_by_role("heading", level=2, name=VIEWS[view], exact=True)).to_be_visible()
    expect(page.get_by_role("status")).not_to_have_text("Asking the service …")


def find(person: Person, name: str, by: str = "LoginId") -> None:
    person.page.get_by_label("Find by").select_option(by)
    person.page.get_by_label("Its value").fill(name)
    person.page.get_by_role("button", name="Find").click()


def test_the_token_leaves_the_address_and_the_cookie_is_hidden(opens: Open) -> None:
    page = opens().page

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]+/#/find", page.url)
    assert page.evaluate("document.cookie") == ""
    assert [cookie["sameSite"] for cookie in page.context.cookies(page.url)] == ["Strict"]


def test_another_browser_cannot_use_the_address(a_person: Arrive, api: ConsoleApi) -> None:
    with serving(api, allows_actions=False) as console:
        a_person().opens(console.address).sees("Reconnect console")

        stranger = a_person().opens(console.address)

        expect(stranger.page.locator("body")).to_contain_text("was used already")


@pytest.mark.parametrize(("by", "name"), [("LoginId", LOGIN_ID), ("userRef", USER_REF)])
def test_an_operator_finds_a_login_and_no_address_names_it(opens: Open, by: str, name: str) -> None:
    operator = opens()

    find(operator, name, by)

    operator.reads("Turn: user; wait, nothing may be done yet")
    operator.reads("lockout_guard")
    operator.page.get_by_role("link", name="AWAITING_USER, Zag").click()
    operator.reads("has a question: the user can answer in Connect")
    operator.page.go_back()
    operator.reads("Turn: user; wait, nothing may be done yet")
    assert [request.url for request in operator.requests if name in request.url] == []


def test_an_unknown_login_is_said_and_can_be_corrected(opens: Open) -> None:
    operator = opens()

    find(operator, "user-0", "userRef")
    expect(operator.page.get_by_role("alert")).to_contain_text("No such login is known.")
    find(operator, USER_REF, "userRef")

    operator.reads("1 login found.")
    expect(operator.page.get_by_role("alert")).to_be_hidden()


def test_a_session_shows_its_timeline_drawn_and_as_a_list(opens: Open) -> None:
    page = opens(f"session/{WAITING_ID}").page

    expect(page.get_by_role("img", name="Timeline: 6 entries")).to_be_visible()
    expect(page.locator(".picture circle")).to_have_count(6)
    expect(page.locator(".timeline li")).to_have_count(6)
    expect(page.locator(".timeline li").last).to_contain_text("had the user sent the link again by user/support")
    expect(page.get_by_text("link ends")).to_be_visible()


def test_the_page_never_shows_the_users_own_addresses(opens: Open) -> None:
    operator = opens(f"session/{WAITING_ID}")

    assert [address for address in OF_THE_USER if address in operator.page.content()] == []


def test_a_list_grows_page_by_page_and_reading_goes_on_at_the_first_new_one(opens: Open) -> None:
    page = opens("waiting").page
    lines = page.locator("#listed > li")
    expect(lines).to_have_count(25)

    page.get_by_role("button", name="Show more").press("Enter")

    expect(lines).to_have_count(30)
    expect(lines.nth(25).get_by_role("link")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("30 sessions.")


def test_lists_are_filtered_by_bank_status_and_day(opens: Open, api: ConsoleApi) -> None:
    page = opens("live").page
    page.get_by_label("Status").select_option("FETCHING")
    page.get_by_label("Bank, as Flinks names it").fill("Zag")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("25 sessions, and there are more.")
    live = api.asked[-1]

    go(page, "ended")
    page.get_by_label("Day of the end (UTC)").fill("2026-03-14")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 session.")

    assert live == ("GET", "/sessions?institution=Zag&status=FETCHING&limit=25", None)
    assert api.asked[-1] == ("GET", "/sessions?institution=Zag&endedOn=2026-03-14&limit=25", None)


def test_the_evidence_that_is_downloaded_is_unchanged(opens: Open, api: ConsoleApi, tmp_path: Path) -> None:
    page = opens(f"session/{ENDED_ID}").page

    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the evidence").click()

    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == f"evidence-{ENDED_ID}.json"
    assert check(file.read_bytes()) == api.evidence(ENDED_ID)
    expect(page.get_by_role("status")).to_contain_text(api.evidence(ENDED_ID)["sha256"])


def test_institutions_and_batches_are_hidden_if_the_service_has_none(a_person: Arrive) -> None:
    with serving(ConsoleApi(has_institutions=False, has_batches=False), allows_actions=False) as console:
        page = a_person().opens(console.address).page
        page.wait_for_load_state("networkidle")

        expect(page.get_by_role("link", name="Live")).to_be_visible()
        expect(page.get_by_role("link", name="Institutions")).to_be_hidden()
        expect(page.get_by_role("link", name="Batches")).to_be_hidden()


def test_batches_are_listed_page_by_page_the_newest_first(opens: Open, api: ConsoleApi) -> None:
    page = opens("batches").page
    lines = page.locator("#batches > li")
    expect(page.get_by_role("status")).to_have_text("25 batches, and there are more.")
    expect(lines.first).to_contain_text("61")
    expect(lines.first.get_by_role("link")).to_have_text(RUNNING)

    page.get_by_role("button", name="Show more").press("Enter")

    expect(page.get_by_role("status")).to_have_text("30 batches.")
    expect(lines.nth(25).get_by_role("link")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    assert api.asked[-1] == ("GET", "/batches?cursor=25", None)


def test_a_batch_is_found_and_read_with_the_keyboard_alone(opens: Open) -> None:
    page = opens().page

    expect(page.get_by_role("link", name="Batches")).to_be_visible()
    press_until(page, "Batches")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Batches", exact=True)).to_be_focused()
    press_until(page, RUNNING)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Batch", exact=True)).to_be_focused()
    press_until(page, "Read again")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("The batch is RUNNING.")
    expect(page.get_by_role("heading", name="Batch", exact=True)).to_be_focused()


def test_a_batch_shows_each_bank_its_verdict_and_what_it_has_cost(opens: Open, api: ConsoleApi) -> None:
    page = opens(f"batch/{BATCH_ID}").page
    zag, unknown = page.locator("#batch .cards > li").all()

    for fact in ("queued35", "live6 of 60", "parked for their user3", "8 SUCCEEDED, 2 RETRY_LATER", "half open"):
        expect(zag).to_contain_text(fact)
    expect(unknown.get_by_role("heading")).to_have_text("bank not known yet")
    expect(page.locator("#batch")).to_contain_text("not known yet whether it is kept")
    expect(page.locator("#batch")).to_contain_text("0.01 US dollars")
    expect(page.locator("#batch")).to_contain_text("line 4: must be a Flinks LoginId")
    expect(page.locator("#batch").get_by_role("button")).to_have_text(["Read again"])

    go(page, f"batch/{LATE_BATCH_ID}")
    expect(page.locator("#batch")).to_contain_text("UTC, missed")
    expect(page.locator("#batch")).to_contain_text(f"reconnect batch report {LATE_BATCH_ID}")
    assert {method for method, _, _ in api.asked} == {"GET"}


def test_institutions_are_listed_with_what_the_service_counts(opens: Open, api: ConsoleApi) -> None:
    page = opens("institutions").page
    known, few = page.locator("#institutions > li").all()

    expect(known.get_by_role("heading")).to_have_text("Zag")
    expect(known).to_contain_text("28 (70 %)")
    expect(known).to_contain_text("half within 41.5 s, nine of ten within 1 h 30 min")
    expect(few.locator("dl")).to_have_text("tries3")
    page.get_by_label("Endings of the last").select_option("30d")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("2 institutions.")
    assert api.asked[-1] == ("GET", "/institutions?window=30d", None)


def test_a_console_that_only_reads_offers_no_action(opens: Open) -> None:
    page = opens(f"session/{WAITING_ID}").page

    expect(page.get_by_text("Read only.")).to_be_visible()
    expect(page.locator("#session").get_by_role("button")).to_have_text(["Read again", "Download the evidence"])


def test_an_action_is_sent_only_after_it_is_confirmed(opens: Open, api: ConsoleApi) -> None:
    page = opens(f"session/{WAITING_ID}", allows_actions=True).page
    cancel = page.get_by_role("button", name="Cancel the session")
    dialog = page.get_by_role("dialog")

    cancel.click()
    expect(dialog).to_contain_text("This cannot be undone.")
    dialog.get_by_role("button", name="Do nothing").click()
    expect(cancel).to_be_focused()
    assert [asked for asked in api.asked if asked[0] == "POST"] == []

    cancel.click()
    dialog.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_role("status")).to_have_text("The session was cancelled.")
    expect(cancel).to_have_count(0)
    assert [asked for asked in api.asked if asked[0] == "POST"] == [("POST", f"/sessions/{WAITING_ID}/cancel", None)]


def test_more_time_is_given_with_the_keyboard_alone(opens: Open, api: ConsoleApi) -> None:
    page = opens(f"session/{WAITING_ID}", allows_actions=True).page

    press_until(page, "Give more time")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Do nothing")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("500")
    press_until(page, "Give more time")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("The user has more time.")
    expect(page.get_by_role("heading", name="Session", exact=True)).to_be_focused()
    assert api.asked[-1] == ("POST", f"/sessions/{WAITING_ID}/extend", {"linkLifetimeHours": 500})


def test_a_login_is_found_and_its_session_opened_with_the_keyboard_alone(opens: Open) -> None:
    page = opens().page

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(LOGIN_ID)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 login found.")
    press_until(page, "AWAITING_USER, Zag")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Session", exact=True)).to_be_focused()


def test_a_console_that_was_stopped_is_said_and_nothing_is_lost(opens: Open) -> None:
    operator = opens(f"session/{WAITING_ID}")
    operator.context.set_offline(True)

    operator.taps("Read again")

    expect(operator.page.get_by_role("alert")).to_contain_text("Does `reconnect console` still run?")
    expect(operator.page.locator(".timeline li")).to_have_count(6)


def test_a_service_that_does_not_answer_is_said(opens: Open, api: ConsoleApi) -> None:
    operator = opens(f"session/{WAITING_ID}")
    api.problem = NoAnswer("The service does not answer. Is it still running?")

    operator.taps("Read again")

    expect(operator.page.get_by_role("alert")).to_have_text("The service does not answer. Is it still running?")


def test_what_an_api_says_is_text_and_never_html(opens: Open, api: ConsoleApi) -> None:
    operator = opens()
    api.problem = NoAnswer("<img src=x onerror=document.title='owned'>")

    find(operator, LOGIN_ID)

    expect(operator.page.get_by_role("alert")).to_contain_text("<img")
    assert operator.page.locator("main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_an_accessibility_finding(opens: Open, findings: Figures, view: str, scheme: str) -> None:
    operator = opens(view, allows_actions=True, color_scheme=scheme)
    if view == "find":
        find(operator, LOGIN_ID)
        operator.reads("1 login found.")

    found = examine(operator.page)
    if view == f"session/{WAITING_ID}":
        operator.taps("Give more time")
        found += examine(operator.page)

    counts = Counter(impact for impact, _ in found)
    screen = f"console {view.partition('/')[0]}"
    findings.update({f"{screen}/en/{impact}": counts[impact] for impact in _IMPACTS})
    assert found == []


@pytest.mark.parametrize("view", VIEWS)
def test_320_pixels_are_wide_enough(opens: Open, view: str) -> None:
    operator = opens(view, allows_actions=True, viewport={"width": 320, "height": 560}, is_mobile=True, has_touch=True)
    if view == "find":
        find(operator, LOGIN_ID)
        operator.reads("1 login found.")

    assert operator.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert examine(operator.page) == []


def press_until(page: Page, name: str) -> None:
    """Press Tab until the element with this text has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def examine(page: Page) -> list[tuple[str, str]]:
    """Return every finding of axe-core, of any severity: its impact, and what it is about."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["impact"], json.dumps([each["help"], [node["html"] for node in each["nodes"]]])) for each in found]
