"""One page goes through all banks of a person, in a real browser."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.browser.support import Person
from tests.system.support import open_session, wait_for_end, wait_until

Arrive = Callable[..., Person]


def parked(service: Service, user: str, **request: str) -> Snapshot:
    session_id = open_session(service, "Greatday", presence="absent", userRef=user, language="en", **request)
    return wait_until(service, session_id, "AWAITING_CLICK")


def test_a_person_answers_two_banks_one_after_the_other_with_one_link(slow_backstop: Service, a_person: Arrive) -> None:
    user = f"anna-{uuid4()}"
    first = parked(slow_backstop, user, returnUrl="https://app.example/back")
    second = parked(slow_backstop, user)
    person = a_person().opens(first["link"])

    person.reads("Next: FlinksCapital needs you, too.")
    person.taps("Start again")
    person.answers()
    following = person.page.get_by_role("link", name="Continue to FlinksCapital")
    expect(following).to_be_visible()
    expect(person.page.get_by_role("status")).to_have_text("Next: FlinksCapital needs you, too.")
    following.focus()
    person.page.keyboard.press("Enter")

    expect(person.page).to_have_url(re.compile(f"^{re.escape(second['link'])}\\?led=true"))
    person.taps("Start again")
    person.answers()
    person.sees("All done, thank you")
    for place in (person.page.locator("#last"), person.page.get_by_role("status")):
        expect(place).to_have_text("That was all. No other bank needs you.")
    expect(person.page.locator("#last")).to_be_visible()
    ended = [wait_for_end(slow_backstop, each["sessionId"]) for each in (first, second)]
    assert [each["status"] for each in ended] == ["SUCCEEDED", "SUCCEEDED"]
    assert [each.url for each in person.requests if "app.example" in each.url] == []
    visits = [{entry["cause"] for entry in each["timeline"]} & {"link_opened", "led_here"} for each in ended]
    assert visits == [{"link_opened"}, {"led_here"}]


def test_who_has_another_bank_to_go_to_is_not_sent_back_to_the_app(screens: str, a_person: Arrive) -> None:
    person = a_person().opens(f"{screens}/en/next_bank")

    # The page's own time until it goes to returnUrl, by its own clock.
    person.page.evaluate("new Promise((done) => setTimeout(done, 2500))")

    expect(person.page.get_by_role("link", name="Continue to Banque Laurentienne")).to_be_visible()
    expect(person.page.get_by_role("link", name="Return to Maple Budget")).to_be_visible()
    assert [each.url for each in person.requests if "app.example" in each.url] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Next: Banque Laurentienne needs you, too."),
        ("fr", "Ensuite\N{NO-BREAK SPACE}: Banque Laurentienne a aussi besoin de vous."),
    ],
)
def test_while_the_bank_asks_the_next_one_is_only_named(
    screens: str, a_person: Arrive, language: str, text: str
) -> None:
    person = a_person(java_script_enabled=False).opens(f"{screens}/{language}/next_bank_later")

    expect(person.page.locator("#next-text")).to_have_text(text)
    expect(person.page.locator("#next-text")).to_be_visible()
    expect(person.page.locator("#next-link")).to_be_hidden()


def test_without_javascript_a_link_leads_to_the_next_bank(screens: str, a_person: Arrive) -> None:
    person = a_person(java_script_enabled=False).opens(f"{screens}/fr/next_bank")

    person.page.get_by_role("link", name="Continuer vers Banque Laurentienne").click()

    expect(person.page).to_have_url(f"{screens}/fr/next_bank?led=true&lang=fr")
