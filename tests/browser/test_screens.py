"""Every screen of the page in both languages: accessibility, small phones, dark mode, bad connections."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from devtools.screens import SCREENS, open_screen, photograph
from devtools.service import Service
from reconnect.model.languages import LANGUAGES
from reconnect.page.wording import STAGES
from tests.browser.support import Person, a_question, read_qr_code
from tests.summary import Figures

Arrive = Callable[..., Person]

_IMPACTS = ("critical", "serious", "moderate", "minor")
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
# Does not wait, but notes how long the page means to; its request time-outs stay as they are.
_AT_ONCE = """window.delays = new Promise((resolve) => {
  const wait = window.setTimeout;
  const delays = [];
  window.setTimeout = (run, delay = 0, ...rest) => {
    if (delay >= 10_000) return wait(run, delay, ...rest);
    if (delays.push(delay) === 6) resolve(delays);
    return wait(run, 0, ...rest);
  };
})"""


def test_every_stage_is_among_the_screens() -> None:
    assert set(STAGES) < set(SCREENS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_no_screen_violates_accessibility_rules(
    screens: str, a_person: Arrive, findings: Figures, screen: str, language: str
) -> None:
    page = a_person().page
    open_screen(page, screens, screen, language)
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")

    found = _examine(page)
    page.emulate_media(color_scheme="dark")
    found += _examine(page, only="color-contrast")

    counts = Counter(finding["impact"] for finding in found)
    findings.update({f"{screen}/{language}/{impact}": counts[impact] for impact in _IMPACTS})
    assert [_explain(finding) for finding in found] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_phone_neither_scrolls_sideways_nor_breaks_a_rule(
    screens: str, a_person: Arrive, language: str
) -> None:
    """320 pixels wide, as a window of 640 pixels is at a zoom of 200 %."""
    page = a_person(viewport={"width": 320, "height": 560}, is_mobile=True, has_touch=True).page

    for screen in SCREENS:
        open_screen(page, screens, screen, language)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, screen
        assert [_explain(finding) for finding in _examine(page)] == [], screen


def test_the_page_follows_the_dark_colour_scheme(screens: str, a_person: Arrive) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = a_person(color_scheme=scheme).opens(f"{screens}/en/question").page
        colours[scheme] = sum(map(int, re.findall(r"\d+", page.evaluate(_BACKGROUND))[:3]))

    assert colours["dark"] < 3 * 64 < 3 * 192 < colours["light"]


def test_only_a_computer_offers_to_continue_on_a_phone(screens: str, a_person: Arrive) -> None:
    desk = a_person().opens(f"{screens}/en/question")
    phone = a_person(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone.opens(f"{screens}/en/question")

    expect(desk.page.get_by_text("Continue on your phone")).to_be_visible()
    expect(phone.page.get_by_text("Continue on your phone")).to_be_hidden()


def test_the_qr_code_contains_the_link(slow_backstop: Service, a_person: Arrive) -> None:
    session = a_question(slow_backstop)
    person = a_person().opens(session["link"])

    person.page.get_by_text("Continue on your phone").click()

    code = person.page.get_by_role("img", name="QR code that opens this page on another device")
    assert read_qr_code(code.screenshot()) == session["link"]


def test_without_javascript_the_page_says_so_and_shows_no_button(screens: str, a_person: Arrive) -> None:
    person = a_person(java_script_enabled=False).opens(f"{screens}/en/question")

    expect(person.page.locator("noscript p")).to_be_visible()
    expect(person.page.locator("noscript p")).to_contain_text("This page needs JavaScript.")
    expect(person.page.get_by_role("button")).to_have_count(0)


def test_the_last_two_minutes_are_counted_down(screens: str, a_person: Arrive) -> None:
    person = a_person().opens(f"{screens}/en/hurry")

    person.reads("Running out of time? Nothing is lost.")
    person.reads(re.compile(r"^1:\d\d$"))


def test_during_a_pause_the_page_shows_the_wait_and_no_button(screens: str, a_person: Arrive) -> None:
    person = a_person().opens(f"{screens}/en/paused")

    person.reads("To avoid locking your account, please wait.")
    person.reads("You can try again in")
    expect(person.page.get_by_role("button")).to_have_count(0)


def test_a_lost_connection_is_shown_until_it_returns(screens: str, a_person: Arrive) -> None:
    person = a_person().opens(f"{screens}/en/contacting")
    trouble = person.page.locator("#trouble")

    person.context.set_offline(True)
    expect(trouble).to_have_text("Your connection is unstable. Nothing is lost; we are still trying.")
    person.context.set_offline(False)

    expect(trouble).to_be_hidden()


def test_a_failed_tap_can_be_repeated(screens: str, a_person: Arrive) -> None:
    person = a_person().opens(f"{screens}/en/question")
    person.context.route("**/attempts?*", lambda route: route.fulfill(status=503), times=1)

    person.taps("Continue to FlinksCapital")
    expect(person.page.locator("#trouble")).to_contain_text("please try again")
    person.taps("Continue to FlinksCapital")

    person.sees("Confirm it's you with FlinksCapital")
    expect(person.page.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This link has expired."), ("fr", "Ce lien n'est plus valide.")]
)
def test_a_link_that_ends_under_an_open_page_is_explained_in_its_language(
    screens: str, a_person: Arrive, language: str, words: str
) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=404, json={"title": "No such link", "detail": "The link has expired."})

    person = a_person()
    person.context.route("**/status?*", refuse)

    person.opens(f"{screens}/{language}/question")

    expect(person.page.locator("#trouble")).to_contain_text(words)


@pytest.mark.parametrize(("days", "name"), [(1, "Remind me in a day"), (3, "Remind me in three days")])
def test_a_reminder_is_chosen_with_the_keyboard_alone(screens: str, a_person: Arrive, days: int, name: str) -> None:
    person = a_person().opens(f"{screens}/en/expired")
    button = person.page.get_by_role("button", name=name)
    expect(button).to_be_visible()

    for _ in range(10):
        person.page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    person.page.keyboard.press("Enter")

    expect(person.page.get_by_role("status")).to_have_text("You will get a reminder.")
    assert person.sent("/events")[-1] == {"page": "remind_later", "days": days}


@pytest.mark.parametrize("screen", ["question", "paused", "done"])
def test_no_reminder_is_offered_on_other_screens(screens: str, a_person: Arrive, screen: str) -> None:
    person = a_person().opens(f"{screens}/en/{screen}")

    expect(person.page.locator("html.scripted")).to_be_attached()
    expect(person.page.locator("#later")).to_be_hidden()


def test_a_picture_is_taken_of_a_screen_in_both_languages(screens: str, browser: Browser, tmp_path: Path) -> None:
    pictures = list(photograph(browser, screens, tmp_path / "new", names=["done"]))

    assert [path.name for path in pictures] == ["done-en.png", "done-fr.png"]
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width == 780
            assert len(picture.getcolors() or []) > 2


def _examine(page: Page, only: str | None = None) -> list[dict[str, Any]]:
    """Return the violations that axe-core finds, leaving out the frame, which is Flinks' page."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
    if only:
        options["runOnly"] = [only]
    return list(Axe().run(page, options=options).response["violations"])


def _explain(finding: dict[str, Any]) -> str:
    return f"{finding['impact']}: {finding['help']}: {[node['html'] for node in finding['nodes']]}"


@pytest.mark.parametrize(
    ("screen", "delays"),
    [("checking", [400, 700, 1000, 1500, 3000, 3000]), ("question", [3000] * 6), ("paused", [6000] * 6)],
)
def test_the_page_polls_quickly_at_first_where_the_user_waits_for_us(
    browser: Browser, screens: str, screen: str, delays: list[int]
) -> None:
    with browser.new_context() as context:
        context.add_init_script(_AT_ONCE)
        page = context.new_page()
        # Each event that arrives brings a poll of its own.
        page.route("**/events?*", lambda _: None)
        open_screen(page, screens, screen, "en")

        assert page.evaluate("window.delays") == delays
