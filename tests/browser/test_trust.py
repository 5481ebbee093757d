"""What the page trusts, loads and reveals, in a real browser with the real headers."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.browser.support import Person, a_question
from tests.system.support import a_login, wait_until

Arrive = Callable[..., Person]

# Counts the messages that reach the page, after the page's own listener has had each.
_COUNT_MESSAGES = "window.arrived = 0; window.addEventListener('message', () => { window.arrived += 1; })"
_REDIRECT = "{step: 'REDIRECT'}"


@pytest.fixture
def asked(slow_backstop: Service) -> Snapshot:
    return a_question(slow_backstop)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["connects_origin", "another_origin"])
def test_only_messages_from_connects_own_frame_are_evidence(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive, host: str
) -> None:
    person = a_person().opens(asked["link"])
    ours = person.page
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()
    # A window that was opened from ours may write to it; even a page of Connect's origin is not the one in the frame.
    with ours.expect_popup() as opened:
        ours.evaluate("url => { window.open(url); }", f"{slow_backstop.simulator.url.replace('127.0.0.1', host)}/v2/")
    stranger = opened.value
    ours.evaluate(_COUNT_MESSAGES)

    stranger.evaluate(f"opener.postMessage({_REDIRECT}, '*')")
    ours.evaluate(f"window.postMessage({_REDIRECT}, '*')")
    ours.wait_for_function("window.arrived === 2")
    person.connect.locator("body").evaluate("() => parent.postMessage({flinksCode: 'RETRY_LATER'}, '*')")
    ours.wait_for_function("window.arrived === 3")

    # Messages arrive in order: if the first two counted, they would be in this list.
    assert person.sent("/events") == [{"page": "opened"}, {"flinksCode": "RETRY_LATER"}]
    assert slow_backstop.api.read_session(asked["sessionId"])["status"] == "AWAITING_USER"


def test_whoever_opened_our_page_in_a_window_cannot_move_it(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive
) -> None:
    person = a_person()
    stranger = person.opens(f"{slow_backstop.simulator.url}/v2/").page
    with person.context.expect_page() as opened:
        stranger.evaluate("link => { window.ours = window.open(link); }", asked["link"])
    person.page = opened.value
    person.sees("Confirm it's you")

    assert stranger.evaluate("ours.closed")
    stranger.evaluate("ours.location = 'about:blank'")
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()


def test_a_click_inside_connects_frame_cannot_move_our_page(asked: Snapshot, a_person: Arrive) -> None:
    person = a_person().opens(asked["link"])
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()
    _add_link(person, "Elsewhere", "_top")

    with person.page.expect_console_message(lambda message: "allow-top-navigation" in message.text):
        person.connect.get_by_role("link", name="Elsewhere").click()

    person.answers()
    person.sees("All done, thank you")
    assert person.page.url == asked["link"]


def test_connect_may_open_a_banks_window_that_is_not_confined(asked: Snapshot, a_person: Arrive) -> None:
    person = a_person().opens(asked["link"])
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()
    _add_link(person, "The bank's own page", "_blank")

    with person.context.expect_page() as opened:
        person.connect.get_by_role("link", name="The bank's own page").click()

    bank = opened.value
    expect(bank.get_by_text("Not there")).to_be_visible()
    # A confined window asks nobody, and answers itself with no.
    bank.on("dialog", lambda dialog: dialog.accept())
    assert bank.evaluate("confirm('Sign in?')")
    assert bank.evaluate("opener !== null")


def test_only_connect_may_be_framed(slow_backstop: Service, asked: Snapshot, a_person: Arrive) -> None:
    person = a_person().opens(asked["link"])
    person.page.evaluate(
        "window.refused = []; document.addEventListener('securitypolicyviolation', "
        "event => { window.refused.push([event.effectiveDirective, event.blockedURI]); })"
    )
    # Another name for the same machine is another origin; the redirect endpoint is our own.
    strangers = [slow_backstop.simulator.url.replace("127.0.0.1", "localhost"), slow_backstop.api.url]

    for stranger in strangers:
        _add_frame(person.page, f"{stranger}/redirect/x")
    person.page.wait_for_function("window.refused.length === 2")

    refused = person.page.evaluate("window.refused")
    assert {directive for directive, _ in refused} == {"frame-src"}
    assert [uri.startswith(stranger) for (_, uri), stranger in zip(refused, strangers, strict=True)] == [True, True]
    assert not [each for each in person.requests if each.url.endswith("/redirect/x")]


def test_a_script_that_is_not_ours_does_not_run(asked: Snapshot, a_person: Arrive) -> None:
    person = a_person().opens(asked["link"])

    person.page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.intruder = true'; "
        "document.body.append(script); }"
    )

    assert person.page.evaluate("window.intruder") is None


@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (lambda link: f"{link[:-1]}x", "start again in your app."),
        (lambda link: link[:-20], "Open it from the original message."),
    ],
    ids=["forged", "truncated"],
)
def test_a_forged_link_is_answered_kindly(
    asked: Snapshot, a_person: Arrive, spoil: Callable[[str], str], advice: str
) -> None:
    person = a_person().opens(spoil(asked["link"]))

    person.reads(advice)
    expect(person.page.get_by_role("button")).to_have_count(0)


def test_our_requests_contain_no_id_of_flinks(slow_backstop: Service, a_person: Arrive) -> None:
    login_id = a_login(slow_backstop, "Greatday")
    session_id = str(slow_backstop.api.open_session(loginId=login_id).body["sessionId"])
    asked = wait_until(slow_backstop, session_id, "AWAITING_USER")
    connect = parse_qs(urlsplit(asked["connectUrl"]).query)
    person = a_person().opens(asked["link"])
    person.taps("Continue to FlinksCapital")
    person.answers()
    person.sees("All done, thank you")

    ours = [each.url for each in person.requests if each.url.startswith(slow_backstop.engine.endpoint_url)]
    sent = "\n".join([*ours, *(each.post_data or "" for each in person.requests if each.url in ours)])
    assert {urlsplit(url).path.rsplit("/", 1)[1] for url in ours[1:]} == {"attempts", "events", "status"}
    assert not [each for each in (login_id, *connect["requestId"]) if each in sent]
    theirs = [f"{each.url} {each.headers}" for each in person.requests if each.url not in ours]
    assert theirs
    assert not [each for each in theirs if asked["link"].rsplit("/", 1)[1] in each]


def test_everything_the_page_loads_from_us_weighs_less_than_60_kb(
    slow_backstop: Service, asked: Snapshot, a_person: Arrive
) -> None:
    person = a_person()
    with person.page.expect_response("**/status?*"):
        person.opens(asked["link"])

    sizes = [each.sizes() for each in person.requests if each.url.startswith(slow_backstop.engine.endpoint_url)]

    assert len(sizes) == 3
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 60_000


def _add_link(person: Person, text: str, target: str) -> None:
    """Add a link to Connect's page in the frame, which leads to a page of a bank."""
    person.context.route("https://bank.example/**", lambda route: route.fulfill(body="Not there"))
    person.connect.locator("body").evaluate(
        "(body, [text, target]) => { const link = document.createElement('a'); link.textContent = text; "
        "link.rel = 'opener'; link.target = target; link.href = 'https://bank.example/'; body.append(link); }",
        [text, target],
    )


def _add_frame(page: Page, url: str) -> None:
    page.evaluate(
        "url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }", url
    )
