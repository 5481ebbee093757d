"""User journeys on the hosted page, in a real browser, against the deployed service."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from devtools.service import Service
from tests.browser.support import Person, a_question, in_each_browser
from tests.system.support import a_login, open_session, wait_for_end, wait_until

Arrive = Callable[..., Person]
pytestmark = in_each_browser


def test_a_user_who_answers_the_bank_on_the_page_is_done_in_a_moment(slow_backstop: Service, a_person: Arrive) -> None:
    session = a_question(slow_backstop)
    person = a_person().opens(session["link"])

    person.sees("Confirm it's you")
    person.taps("Continue to FlinksCapital")
    person.sees("Confirm it's you with FlinksCapital")
    person.answers()
    person.sees("All done, thank you")

    person.reads("You can close this page.")
    person.reported({"page": "opened"}, {"step": "REDIRECT"})
    ended = wait_for_end(slow_backstop, session["sessionId"])
    assert ended["status"] == "SUCCEEDED"
    causes = [entry["cause"] for entry in ended["timeline"] if entry["actor"] == "user"]
    assert causes == ["link_opened", "connect_opened", "page_redirected"], "the backend sees what the user did"


def test_a_question_that_expires_is_asked_again_after_one_tap(ageing: Service, a_person: Arrive) -> None:
    session = a_question(ageing)
    person = a_person().opens(session["link"])
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()
    ageing.simulator.clock.advance(minutes=9)
    person.sees("Time ran out")

    person.taps("Start again")
    person.sees("Confirm it's you with FlinksCapital")
    person.answers()
    person.sees("All done, thank you")

    causes = [entry["cause"] for entry in wait_for_end(ageing, session["sessionId"])["timeline"]]
    assert causes.count("clicked") == 1


def test_a_question_restarts_by_itself_after_time_ran_out_if_requested(ageing: Service, a_person: Arrive) -> None:
    session = a_question(ageing)
    person = a_person().opens(session["link"])
    person.taps("Continue to FlinksCapital")
    expect(person.question).to_be_visible()
    frame = person.page.locator("iframe")
    first = frame.get_attribute("src") or ""
    person.taps("Start again when time runs out")
    expect(person.page.get_by_role("status")).to_contain_text("We will start again")
    ageing.simulator.clock.advance(minutes=9)

    # The moment without a question may be too short to see; the next question has its own address.
    expect(frame).not_to_have_attribute("src", first)
    person.answers()
    person.sees("All done, thank you")

    causes = [entry["cause"] for entry in wait_for_end(ageing, session["sessionId"])["timeline"]]
    assert causes.count("clicked") == 1


def test_the_page_moves_on_although_no_redirect_reports_the_answer(service: Service, a_person: Arrive) -> None:
    person = a_person().opens(a_question(service, "redirect_lost")["link"])
    person.taps("Continue to FlinksCapital")
    person.answers()

    person.sees("All done, thank you")

    person.reported({"page": "opened"})


def test_a_user_who_closes_the_page_after_answering_finds_it_done(service: Service, a_person: Arrive) -> None:
    session = a_question(service, "redirect_lost")
    person = a_person().opens(session["link"])
    person.taps("Continue to FlinksCapital")
    # Not until Connect says that it is done: our page may find the answer first, and close Connect.
    flinks = service.simulator.url
    with person.page.expect_response(lambda reply: reply.request.method == "POST" and reply.url.startswith(flinks)):
        person.answers()
    person.page.close()

    ended = wait_for_end(service, session["sessionId"])

    assert ended["status"] == "SUCCEEDED"
    a_person().opens(session["link"]).sees("All done, thank you")


def test_a_wrong_answer_can_be_corrected(slow_backstop: Service, a_person: Arrive) -> None:
    person = a_person().opens(a_question(slow_backstop)["link"])
    person.taps("Continue to FlinksCapital")

    person.answers("Atlantis")
    expect(person.connect.get_by_role("alert")).to_contain_text("not accepted")
    person.sees("Confirm it's you with FlinksCapital")
    person.answers()

    person.sees("All done, thank you")


def test_two_devices_on_one_link_move_on_together(slow_backstop: Service, a_person: Arrive) -> None:
    session = a_question(slow_backstop)
    desk, phone = a_person().opens(session["link"]), a_person().opens(session["link"])
    desk.taps("Continue to FlinksCapital")
    expect(desk.question).to_be_visible()

    phone.taps("Continue to FlinksCapital")
    phone.answers()

    phone.sees("All done, thank you")
    desk.sees("All done, thank you")


def test_a_user_signs_in_again_when_the_bank_no_longer_accepts_the_sign_in(
    slow_backstop: Service, a_person: Arrive
) -> None:
    login_id = a_login(slow_backstop, "credentials_gone")
    session_id = str(slow_backstop.api.open_session(loginId=login_id).body["sessionId"])
    person = a_person().opens(wait_until(slow_backstop, session_id, "AWAITING_USER")["link"])

    person.sees("Sign in again to FlinksCapital")
    person.taps("Sign in")
    person.sees_connect_say("Sign in to your bank")
    person.signs_in(slow_backstop.simulator.bank.find_login(login_id).username)

    person.sees("All done, thank you")
    assert wait_for_end(slow_backstop, session_id)["status"] == "SUCCEEDED"


def test_the_keyboard_alone_is_enough(slow_backstop: Service, a_person: Arrive) -> None:
    person = a_person().opens(a_question(slow_backstop)["link"])
    keyboard = person.page.keyboard

    # The first stop is the language.
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(person.page.get_by_role("button", name="Continue to FlinksCapital")).to_be_focused()
    keyboard.press("Enter")
    expect(person.question).to_be_visible()
    _tab_to_the_answer(person)
    keyboard.type(person.right_answer())
    keyboard.press("Enter")

    person.sees("All done, thank you")
    expect(person.heading).to_be_focused()


def test_a_page_opened_while_contacting_the_bank_reaches_the_question(slow_backstop: Service, a_person: Arrive) -> None:
    session_id = open_session(slow_backstop, "slow_mfa")
    link = slow_backstop.api.read_session(session_id)["link"]

    a_person().opens(link).sees("Confirm it's you")


@pytest.mark.parametrize(
    ("username", "heading", "sentence"),
    [
        ("greatday_nomfa", "All done, thank you", "Your accounts are up to date."),
        ("test_disabled_account", "FlinksCapital has blocked this access", "Contact FlinksCapital to unblock it."),
    ],
)
def test_the_link_of_an_ended_session_shows_how_it_ended(
    service: Service, a_person: Arrive, username: str, heading: str, sentence: str
) -> None:
    session_id = open_session(service, username)
    link = service.api.read_session(session_id)["link"]
    wait_for_end(service, session_id)

    person = a_person().opens(link)

    person.sees(heading)
    person.reads(sentence)


def test_a_finished_page_goes_back_to_the_app(service: Service, a_person: Arrive) -> None:
    session_id = open_session(service, "greatday_nomfa", returnUrl="https://app.example/accounts")
    link = service.api.read_session(session_id)["link"]
    person = a_person()
    person.context.route("https://app.example/**", lambda route: route.fulfill(body="Welcome back"))

    person.opens(link or "")

    person.reads("Welcome back")


def _tab_to_the_answer(person: Person) -> None:
    """Press Tab until the answer's field has the focus."""
    field = person.connect.locator("[name=answer]")
    for _ in range(10):
        if field.evaluate("field => field === document.activeElement && document.hasFocus()"):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not reach the answer")
