"""The end user's page: it starts nothing by itself; a click starts an attempt or opens Connect."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.brand import Brand
from reconnect.model.budget import Place
from reconnect.model.errors import FlinksUnavailable, SessionNotFound, StateInvalid
from reconnect.model.failures import Failure
from reconnect.model.languages import Languages
from reconnect.model.observations import Observation, record_observations
from reconnect.model.outcomes import RULES
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.model.signing import Link
from reconnect.usecases.connect_page import ConnectPage
from tests.fakes.builders import (
    CONNECT_URL,
    LOGIN_ID,
    REQUEST_ID,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    a_reply,
    a_session,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit import world as unit

END = NOW + timedelta(days=7)
LINK = Link(SESSION_ID, END).sign(SIGNING_KEY)
LIVE = [status for status in Status if status not in TERMINAL]
_SHOWN = (
    *("stage", "heading", "sentence", "next", "secondsLeft"),
    *("nextAllowedAt", "waitReason", "returnUrl", "institution", "bankUrl", "unfinished", "remindDays"),
)
NEGATIVE = [{"step": "COMPONENT_DENY_TERMS"}, *({"flinksCode": code} for code in sorted(RULES))]


class World(unit.World):
    """The page, over the store's one session."""

    brand = Brand()

    @property
    def page(self) -> ConnectPage:
        return replace(self.service.connect_page, brand=self.brand)

    def view(self, status: Status, **changes: Any) -> dict[str, Any]:
        return self.page.view(a_session(status, **changes))


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    return World(clock=clock, sessions=sessions.with_session(a_session(Status.AWAITING_USER)), counted=counted)


def test_the_link_of_an_erased_session_finds_nothing(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.page.read(Link("gone", END).sign(SIGNING_KEY))


def test_each_load_of_connect_has_a_fresh_url_without_redirect(world: World) -> None:
    first, url = world.page.begin(LINK)
    assert first == world.session
    world.clock.turn(seconds=10)
    _, again = world.page.begin(LINK)

    begun = f"https://connect.test/v2/?requestId={REQUEST_ID}&authorizeToken=authorize-token"
    assert url == f"{begun}-1&tag={SESSION_ID}&language=en"
    assert again == f"{begun}-2&tag={SESSION_ID}&language=en"
    assert CONNECT_URL not in (url, again)


def test_two_devices_load_connect_with_a_token_each(world: World) -> None:
    clicks = [world.page.begin(LINK, Languages("en"), click)[1] for click in ("a", "a", "b", "b", None, None)]

    assert clicks[0] == clicks[1] != clicks[2] == clicks[3] != clicks[4] == clicks[5]
    assert world.flinks.calls == ["generate_authorize_token"] * 3


def test_the_record_keeps_no_connect_token_after_the_users_return(world: World) -> None:
    world.page.begin(LINK, click="a")
    loaded = world.session.load
    world.page.take_evidence(LINK, {"step": "REDIRECT"})

    assert loaded is not None
    assert loaded.token is not None
    assert (world.session.status, world.session.load) == (Status.AUTHORIZING, None)


def test_a_begin_does_not_change_the_question_or_its_wait(world: World) -> None:
    before = world.session

    world.page.begin(LINK)
    world.page.begin(LINK)

    after = world.session
    assert (after.status, after.task_token, after.connect_url) == (
        before.status,
        before.task_token,
        before.connect_url,
    )
    assert causes(after) == [*causes(before), "connect_opened"], "the timeline records that once"
    assert world.workflow.woken == []


def test_a_user_who_must_sign_in_begins_at_the_known_bank(world: World) -> None:
    world.with_session(Status.AWAITING_USER, attempt=an_attempt(asked=Ask.SIGN_IN, asked_at=NOW, institution_id=14))

    _, url = world.page.begin(LINK)

    assert url == f"https://connect.test/v2/Credential/14?authorizeToken=authorize-token-1&tag={SESSION_ID}&language=en"


@pytest.mark.parametrize(("named", "expected"), [(None, "fr"), ("en", "en")])
def test_connect_is_in_the_sessions_language_or_the_browsers(world: World, named: str | None, expected: str) -> None:
    world.with_session(Status.AWAITING_USER, attempt=an_attempt(asked=Ask.ANSWER, asked_at=NOW), language=named)

    _, url = world.page.begin(LINK, Languages("fr"))

    assert (url or "").endswith(f"&language={expected}")


def test_a_begin_that_flinks_refuses_can_be_tried_again(world: World) -> None:
    world.flinks = FakeFlinks(generate_authorize_token=a_reply(401, "TOO_MANY_REQUESTS"))

    with pytest.raises(FlinksUnavailable):
        world.page.begin(LINK)

    assert world.session.task_token == TASK_TOKEN


def test_a_click_after_a_lost_attempt_wakes_the_workflow(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK)

    session, url = world.page.begin(LINK)

    assert world.workflow.woken == [(TASK_TOKEN, "click")]
    assert (session.status, url) == (Status.AUTHORIZING, None)
    assert session.timeline[-1].cause == "clicked"
    assert world.flinks.calls == [], "the page starts nothing: the workflow does, once"


def test_many_clicks_begin_one_attempt(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK)

    for _ in range(5):
        world.page.begin(LINK)

    assert world.workflow.woken == [(TASK_TOKEN, "click")]


def test_two_clicks_at_once_begin_one_attempt(world: World, clock: Clock, counted: list[str]) -> None:
    class SecondTab(FakeSessions):
        def get(self, session_id: str) -> Session:
            session = super().get(session_id)
            if other_tab and session.status is Status.AWAITING_CLICK:
                other_tab.pop()(LINK)
            return session

    other_tab: list[Any] = []
    world = World(clock=clock, sessions=SecondTab().with_session(a_session(Status.AWAITING_CLICK)), counted=counted)
    other_tab.append(world.page.begin)

    world.page.begin(LINK)

    assert world.workflow.woken == [(TASK_TOKEN, "click")]


def test_a_click_that_step_functions_refused_can_be_repeated(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK)
    world.workflow.is_down = True
    session, _ = world.page.begin(LINK)
    world.workflow.is_down = False

    world.page.begin(LINK)

    assert session.status is Status.AWAITING_CLICK
    assert world.workflow.woken == [(TASK_TOKEN, "click")]


@pytest.mark.parametrize("status", [status for status in Status if not status.startswith("AWAITING")])
def test_nothing_can_begin_while_no_user_is_asked(world: World, status: Status) -> None:
    world.with_session(status)
    before = world.session

    assert world.page.begin(LINK) == (before, None)
    assert (world.session, world.flinks.calls) == (before, [])


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_connects_redirect_event_causes_a_poll(world: World, status: Status) -> None:
    world.with_session(status)

    session = world.page.take_evidence(LINK, {"step": "REDIRECT", "loginId": LOGIN_ID})

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (session.status, session.timeline[-1].cause) == (Status.AUTHORIZING, "page_redirected")


def test_connects_redirect_event_is_handled_once_while_a_click_is_due(world: World) -> None:
    world.page.take_evidence(LINK, {"step": "REDIRECT"})
    gone = world.session.move(Status.AWAITING_CLICK, at=NOW, actor=Actor.BANK, cause="attempt_gone")
    world.sessions.save(replace(gone, task_token="token-2"))
    world.workflow.waiting.add("token-2")

    world.page.take_evidence(LINK, {"step": "REDIRECT"})

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert world.session.task_token == "token-2"


@pytest.mark.parametrize("status", LIVE)
def test_no_negative_page_event_ends_or_wakes_anything(world: World, status: Status) -> None:
    world.with_session(status)
    before = world.session

    for event in NEGATIVE * 2:
        world.page.take_evidence(LINK, event)

    session = world.session
    assert replace(session, timeline=before.timeline, version=before.version) == before
    assert world.workflow.woken == []
    assert len(causes(session)) <= 2 + len(RULES), "each is recorded once"


def test_made_up_codes_of_a_browser_are_recorded_as_their_family(world: World) -> None:
    for number in range(3):
        world.page.take_evidence(LINK, {"flinksCode": f"INVALID_PASSWORD_{number}"})

    assert causes(world.session)[-1:] == ["connect_INVALID_PASSWORD"]
    assert len(causes(world.session)) == 2


@pytest.mark.parametrize(
    "event",
    [
        None,
        7,
        "REDIRECT",
        [],
        ["REDIRECT"],
        {},
        {"step": None},
        {"step": ["REDIRECT"]},
        {"flinksCode": "<script>"},
        {"flinksCode": 7},
        {"flinksCode": []},
        {"flinksCode": {"a": 1}},
        {"step": {}, "flinksCode": None},
    ],
)
def test_a_page_event_of_any_shape_is_accepted_and_never_quoted(world: World, event: Any) -> None:
    session = world.page.take_evidence(LINK, event)

    assert causes(session)[1:] == ["connect_event"]
    assert (session.task_token, world.workflow.woken) == (TASK_TOKEN, [])


@pytest.mark.parametrize("status", LIVE)
def test_an_opened_page_is_recorded_once_and_wakes_nothing(world: World, status: Status) -> None:
    world.with_session(status)
    before = world.session

    for _ in range(2):
        world.page.take_evidence(LINK, {"page": "opened"})

    assert causes(world.session) == [*causes(before), "link_opened"]
    assert replace(world.session, timeline=before.timeline, version=before.version) == before
    assert world.workflow.woken == []


def test_neither_opening_the_page_nor_a_poll_hides_the_check(world: World) -> None:
    world.page.take_evidence(LINK, {"step": "REDIRECT"})

    session = world.page.take_evidence(LINK, {"page": "opened"})

    assert causes(session)[-1] == "link_opened"
    assert world.page.view(session)["stage"] == "checking"
    assert world.page.view(record_observations(session, (Observation(NOW, "ACCOUNTS_STALE"),)))["stage"] == "checking"


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED])
def test_a_page_event_after_a_certain_ending_changes_nothing(world: World, status: Status) -> None:
    world.with_session(status)

    world.page.take_evidence(LINK, {"step": "REDIRECT"})

    assert (world.sessions.saves, world.workflow.late_reads) == ([], [])


def test_an_open_question_can_be_answered_an_hour_after_the_link(world: World) -> None:
    world.clock.now = END.replace(microsecond=0) + timedelta(hours=1)

    session = world.page.take_evidence(LINK, {"step": "REDIRECT"})

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert world.page.follow(LINK) == session, "and the page shows how it ends"


@pytest.mark.parametrize("call", [ConnectPage.begin, ConnectPage.read])
@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_an_expired_link_begins_nothing(world: World, status: Status, call: Any) -> None:
    world.with_session(status)
    world.clock.now = END + timedelta(seconds=1)

    with pytest.raises(StateInvalid):
        call(world.page, LINK)

    assert (world.sessions.saves, world.flinks.calls, world.workflow.woken) == ([], [], [])


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        (Status.STARTING, "contacting"),
        (Status.AUTHORIZING, "contacting"),
        (Status.AWAITING_USER, "question"),
        (Status.AWAITING_CLICK, "expired"),
        (Status.FETCHING, "checking"),
        (Status.SUCCEEDED, "done"),
        (Status.REPAIRED, "done"),
        (Status.STALE, "ended"),
        (Status.EXPIRED, "ended"),
        (Status.FAILED, "ended"),
        (Status.CANCELLED, "ended"),
    ],
)
def test_each_status_has_a_stage_of_the_page(world: World, status: Status, stage: str) -> None:
    assert world.view(status)["stage"] == stage


def test_the_page_shows_that_the_user_must_sign_in(world: World) -> None:
    assert world.view(Status.AWAITING_USER, attempt=an_attempt(asked=Ask.SIGN_IN))["stage"] == "sign_in"


@pytest.mark.parametrize("cause", ["redirected", "page_redirected"])
def test_the_page_shows_the_check_after_an_answer(world: World, cause: str) -> None:
    answered = a_session(Status.AUTHORIZING).note(at=NOW, actor=Actor.USER, cause=cause)

    assert world.page.view(answered)["stage"] == "checking"


@pytest.mark.parametrize(("seconds", "left"), [(0, 480), (479.5, 0), (481, 0), (9999, 0)])
def test_the_page_shows_how_long_the_question_stays_open(world: World, seconds: float, left: int) -> None:
    world.clock.turn(seconds=seconds)

    assert world.view(Status.AWAITING_USER)["secondsLeft"] == left


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.AWAITING_USER])
def test_no_countdown_runs_while_no_user_is_asked(world: World, status: Status) -> None:
    assert world.view(status)["secondsLeft"] is None


def test_the_page_names_the_bank_in_the_sessions_language(world: World) -> None:
    named = an_attempt(asked=Ask.ANSWER, asked_at=NOW, institution="FlinksCapital")

    view = world.view(Status.AWAITING_USER, attempt=named, language="fr")

    assert view["institution"] == "FlinksCapital"
    assert "vous demande de confirmer votre connexion avec FlinksCapital." in view["sentence"]


@pytest.mark.parametrize("status", Status)
def test_the_page_shows_no_id_of_flinks_and_no_token(world: World, status: Status) -> None:
    view = world.view(status)

    assert view.keys() == {*_SHOWN}
    assert not any(secret in str(view) for secret in (LOGIN_ID, REQUEST_ID, TASK_TOKEN, CONNECT_URL, SESSION_ID))


def test_a_click_starts_nothing_while_the_lockout_guard_holds(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK, next_allowed_at=NOW + timedelta(hours=1))
    before = world.session

    assert world.page.begin(LINK) == (before, None)
    assert (world.session, world.workflow.woken) == (before, [])


@pytest.mark.parametrize("minutes", [60, 61])
def test_a_click_begins_an_attempt_from_the_stated_time_on(world: World, minutes: int) -> None:
    world.with_session(Status.AWAITING_CLICK, next_allowed_at=NOW + timedelta(hours=1))
    world.clock.turn(minutes=minutes)

    world.page.begin(LINK)

    assert world.workflow.woken == [(TASK_TOKEN, "click")]


def test_the_page_shows_when_a_click_will_be_accepted(world: World) -> None:
    until = NOW + timedelta(hours=1)

    assert world.view(Status.AWAITING_CLICK, next_allowed_at=until)["nextAllowedAt"] == "2026-03-14T10:26:53.589793Z"
    assert world.view(Status.AWAITING_CLICK)["nextAllowedAt"] is None
    world.clock.turn(hours=1)
    assert world.view(Status.AWAITING_CLICK, next_allowed_at=until)["nextAllowedAt"] is None


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.AWAITING_CLICK])
def test_without_a_button_the_page_shows_no_next_time(world: World, status: Status) -> None:
    assert world.view(status, next_allowed_at=NOW + timedelta(hours=1))["nextAllowedAt"] is None


def test_an_open_question_can_be_answered_while_no_attempt_may_begin(world: World) -> None:
    world.with_session(Status.AWAITING_USER, next_allowed_at=NOW + timedelta(hours=1))

    assert world.page.begin(LINK)[1] is not None


@pytest.mark.parametrize("awaited", ["turn", "bank"])
@pytest.mark.parametrize(("seconds", "minutes"), [(90, 2), (60, 1), (5, 1), (-5, 1)])
def test_who_waits_for_a_turn_or_a_bank_reads_how_many_minutes_it_takes(
    world: World, seconds: int, minutes: int, awaited: str
) -> None:
    at = NOW + timedelta(seconds=seconds)
    waits: dict[str, Any] = {"place": Place(100.0, at)} if awaited == "turn" else {"bank_back_at": at}
    queued = a_session(Status.AUTHORIZING, **waits)

    assert f"in about {minutes} min" in world.page.view(queued)["sentence"]
    assert f"dans environ {minutes} min" in world.page.view(queued, Languages("fr"))["sentence"]
    assert world.page.view(queued)["stage"] == "contacting"


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [
        (Status.AWAITING_USER, False),
        (Status.AWAITING_CLICK, False),
        (Status.AUTHORIZING, False),
        (Status.FETCHING, True),
        (Status.SUCCEEDED, True),
        (Status.STALE, True),
    ],
)
def test_the_return_address_is_shown_once_the_user_may_go(world: World, status: Status, is_shown: bool) -> None:
    view = world.view(status, return_url="https://app.example/back")

    assert (view["returnUrl"], view["next"]) == (("https://app.example/back", "return") if is_shown else (None, None))


def test_the_page_says_who_asks_and_which_bank_wants_to_know(world: World) -> None:
    world.brand = Brand(name="Maple Budget", name_french="Budget Érable")
    asked = a_session(
        Status.AWAITING_USER, attempt=an_attempt(asked=Ask.ANSWER, asked_at=NOW, institution="Desjardins")
    )

    assert "Maple Budget asks you to confirm your connection with Desjardins." in world.page.view(asked)["sentence"]
    assert "Budget Érable vous demande" in world.page.view(asked, Languages("fr"))["sentence"]


def test_without_names_the_page_speaks_of_your_app_and_your_bank(world: World) -> None:
    assert (
        "Your app asks you to confirm your connection with your bank." in world.view(Status.AWAITING_USER)["sentence"]
    )


def test_the_language_chosen_on_the_page_goes_before_the_sessions(world: World) -> None:
    session = a_session(Status.AWAITING_USER, language="fr")

    assert world.page.view(session, Languages("en"))["heading"] == "Confirmez votre identité"
    assert world.page.view(session, Languages("fr", chosen="en"))["heading"] == "Confirm it's you"


@pytest.mark.parametrize("code", sorted(RULES))
@pytest.mark.parametrize("brand", [Brand(), Brand(support_email="help@maple.example")])
@pytest.mark.parametrize("return_url", [None, "https://app.example"])
def test_every_ending_offers_one_thing_to_do_next(
    world: World, code: str, brand: Brand, return_url: str | None
) -> None:
    world.brand = brand
    failure = Failure(code, RULES[code].owner, RULES[code].sentence)

    view = world.view(Status.FAILED, failure=failure, return_url=return_url)

    possible = (
        {"close"} | ({"return", "retry"} if return_url else set()) | ({"contact"} if brand.support_url else set())
    )
    assert view["next"] in possible
    assert (view["next"] == "close") is (possible == {"close"})


def test_a_pause_is_counted_down_until_a_click_is_accepted(world: World) -> None:
    view = world.view(Status.AWAITING_CLICK, next_allowed_at=NOW + timedelta(minutes=12))

    assert (view["stage"], view["secondsLeft"]) == ("paused", 720)


def test_connect_in_its_own_tab_comes_back_by_a_redirect(world: World) -> None:
    _, url = world.page.begin(LINK, in_own_tab=True)

    assert "&redirectUrl=https%3A%2F%2Fapi.test%2Fredirect%2F" in (url or "").replace("?", "&")
    assert "&oauthWindowRedirect=true&" in (url or ""), "an OAuth bank signs in there as a full page"


def test_an_instance_that_wants_a_redirect_url_gets_one_in_the_frame_too(world: World) -> None:
    _, url = replace(world.page, has_frame_redirect=True).begin(LINK)

    assert "&redirectUrl=https%3A%2F%2Fapi.test%2Fredirect%2F" in (url or "").replace("?", "&")
    assert "&jsRedirect=true&" in (url or ""), "the frame itself stays"


@pytest.mark.parametrize("step", ["POPUP_OPENED", "POPUP_BLOCKED"])
def test_the_timeline_says_what_became_of_the_banks_window(world: World, step: str) -> None:
    for _ in range(2):
        world.page.take_evidence(LINK, {"step": step})

    assert causes(world.session)[1:] == [f"connect_{step}"]
    assert world.workflow.woken == []
