"""The user returns from Connect: evidence, which wakes the waiting workflow."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import SessionNotFound, StateInvalid
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.model.signing import Link, RedirectState
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, TASK_TOKEN, a_session, an_attempt, causes
from tests.fakes.clock import NOW
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.unit.world import World

OTHER_LOGIN = "0" * 8 + LOGIN_ID[8:]
# Endings that a late answer can correct, and endings that it cannot.
DOUBTFUL = [Status.STALE, Status.EXPIRED, Status.FAILED]
doubtful = pytest.mark.parametrize("status", DOUBTFUL)
settled = pytest.mark.parametrize("status", sorted(TERMINAL - set(DOUBTFUL)))


def a_state(attempt: int = 1, until: datetime = NOW + timedelta(days=7), key: bytes = SIGNING_KEY) -> str:
    return RedirectState(SESSION_ID, attempt, until).sign(key)


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AWAITING_USER)
    return world


def come_back(world: World, state: str | None = None, login_id: str | None = LOGIN_ID) -> Session:
    """One redirect from Connect to us."""
    return world.service.redirect_webhook(a_state() if state is None else state, login_id)


def give_up(world: World, state: str | None = None, login_id: str | None = None) -> Session:
    """One redirect with `error`: the user refused at an OAuth bank."""
    return world.service.redirect_webhook(a_state() if state is None else state, login_id, is_unfinished=True)


@pytest.mark.parametrize("login_id", [LOGIN_ID, OTHER_LOGIN, None])
def test_a_refusal_at_the_bank_is_noted_and_answers_nothing(world: World, login_id: str | None) -> None:
    before = world.session
    world.clock.turn(seconds=5)

    for _ in range(3):
        give_up(world, login_id=login_id)

    assert causes(world.session)[1:] == ["not_finished"], "reloading it does not fill the timeline"
    assert replace(world.session, timeline=before.timeline, version=before.version) == before
    assert world.workflow.woken == [], "the question stays open"
    assert world.service.connect_page.view(world.session)["unfinished"]


def test_a_second_refusal_is_shown_after_the_page_was_tried_again(world: World) -> None:
    page, link = world.service.connect_page, Link(SESSION_ID, NOW + timedelta(days=7)).sign(SIGNING_KEY)
    shown = []

    for click in ("first", "second"):
        world.clock.turn(seconds=20)
        page.begin(link, click=click)
        shown.append(page.view(world.session)["unfinished"])
        world.clock.turn(seconds=20)
        give_up(world)
        shown.append(page.view(world.session)["unfinished"])

    assert shown == [False, True, False, True]


def test_a_refusal_of_an_earlier_attempt_says_nothing_about_this_one(world: World) -> None:
    world.clock.turn(seconds=5)

    session = give_up(world, a_state(attempt=7))

    assert causes(session)[1:] == ["not_finished_late"]
    assert not world.service.connect_page.view(session)["unfinished"]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_refusal_after_the_end_changes_and_reads_nothing(world: World, status: Status) -> None:
    before = world.with_session(status)

    assert give_up(world) == before == world.session
    assert world.workflow.late_reads == []


def test_a_forged_refusal_changes_nothing(world: World) -> None:
    before = world.session

    with pytest.raises(StateInvalid):
        give_up(world, a_state(key=b"another key"))

    assert world.session == before


@pytest.mark.parametrize("login_id", [LOGIN_ID, LOGIN_ID.upper(), None])
def test_a_redirect_wakes_the_workflow(world: World, login_id: str | None) -> None:
    session = come_back(world, login_id=login_id)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert session == world.session
    assert (session.task_token, causes(session)[-1]) == (None, "redirected")
    assert world.counted == ["RedirectReceived"]


def test_a_redirect_decides_nothing_and_hides_the_answered_question(world: World) -> None:
    session = come_back(world)

    assert (session.status, session.connect_url) == (Status.AUTHORIZING, None)
    assert not session.has_pending_evidence


def test_a_second_redirect_wakes_nothing(world: World) -> None:
    come_back(world)

    come_back(world)

    assert len(world.workflow.woken) == 1


def test_reloading_the_page_does_not_grow_the_timeline(world: World) -> None:
    for _ in range(5):
        come_back(world)

    assert causes(world.session) == ["session_opened", "redirected", "redirected_again"]


def test_a_redirect_of_an_earlier_attempt_is_recognised_and_wakes(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK)

    session = come_back(world, a_state(attempt=7))

    assert causes(session)[-1] == "redirected_late"
    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


def test_a_redirect_after_the_wait_is_not_an_error(world: World) -> None:
    world.workflow.waiting.clear()

    assert causes(come_back(world))[-1] == "redirected"


def test_a_return_with_another_login_wakes_and_overwrites_nothing(world: World) -> None:
    for _ in range(3):
        come_back(world, login_id=OTHER_LOGIN)

    assert world.workflow.woken == []
    assert (world.session.login_id, world.session.task_token) == (LOGIN_ID, TASK_TOKEN)
    assert causes(world.session)[1:] == ["login_changed"]


@settled
def test_a_redirect_after_a_certain_ending_changes_nothing(world: World, status: Status) -> None:
    before = world.with_session(status)

    assert come_back(world) == before == world.session
    assert (world.workflow.woken, world.workflow.late_reads) == ([], [])


@doubtful
def test_a_redirect_after_the_end_starts_a_late_read(world: World, status: Status) -> None:
    before = world.with_session(status)

    session = come_back(world)

    assert world.workflow.late_reads == [(SESSION_ID, 1, timedelta())]
    assert (session.status, session.failure, world.workflow.woken) == (status, before.failure, [])
    assert causes(session)[1:] == ["redirected_after_end"]
    assert world.sessions.published == [], "only what is read then may be published"


@doubtful
def test_a_late_redirect_with_another_login_reads_nothing(world: World, status: Status) -> None:
    before = world.with_session(status)

    assert come_back(world, login_id=OTHER_LOGIN) == before == world.session
    assert world.workflow.late_reads == []


@pytest.mark.parametrize("login_id", [LOGIN_ID.upper(), None])
def test_a_late_redirect_counts_unless_it_names_another_login(world: World, login_id: str | None) -> None:
    world.with_session(Status.STALE)

    come_back(world, login_id=login_id)

    assert world.workflow.late_reads == [(SESSION_ID, 1, timedelta())]


@pytest.mark.parametrize(
    "state",
    [
        "",
        ".",
        "...",
        "not-a-state",
        a_state()[:-1],
        a_state() + "A",
        a_state().replace(".1.", ".2."),
        a_state(key=b"another key"),
        a_state(until=NOW - timedelta(seconds=1)),
        "Zoé.é",
    ],
)
def test_a_forged_state_changes_nothing(world: World, state: str) -> None:
    before = world.session

    with pytest.raises(StateInvalid):
        come_back(world, state)

    assert world.session == before
    assert world.workflow.woken == []


def test_a_state_of_an_erased_session_finds_nothing(world: World) -> None:
    with pytest.raises(SessionNotFound):
        come_back(world, RedirectState("gone", 1, NOW + timedelta(days=1)).sign(SIGNING_KEY))


def test_a_redirect_that_races_with_another_writer_wakes_once(world: World) -> None:
    world.sessions = ContestedSessions(races=3).with_session(a_session(Status.AWAITING_USER))

    come_back(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert causes(world.session) == ["session_opened", "redirected"]


def test_a_redirect_that_loses_the_race_against_the_end_changes_nothing(world: World) -> None:
    class CancelledFirst(FakeSessions):
        def save(self, session: Session) -> Session:
            now = self.get(SESSION_ID)
            if not now.status.is_terminal:
                super().save(world.end(now, "CANCELLED"))
            return super().save(session)

    world.sessions = CancelledFirst().with_session(a_session(Status.AWAITING_USER))

    assert come_back(world).status is Status.CANCELLED
    assert causes(world.session)[-1] == "CANCELLED"


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_a_wake_that_step_functions_refused_can_be_repeated(world: World, status: Status) -> None:
    world.with_session(status)
    world.workflow.is_down = True
    come_back(world)

    world.workflow.is_down = False
    come_back(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")], "the user's return would be lost until the link expires"


def test_a_redirect_with_another_login_quarantines_the_session_once(world: World) -> None:
    for _ in range(3):
        come_back(world, login_id=OTHER_LOGIN)

    assert world.session.quarantined
    assert world.sessions.event_types == ["LoginChanged"]
    assert OTHER_LOGIN not in str(world.sessions.published)


def test_the_right_login_still_counts_after_another_one(world: World) -> None:
    come_back(world, login_id=OTHER_LOGIN)

    come_back(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert not world.session.quarantined


def test_a_redirect_that_names_no_login_lifts_no_quarantine(world: World) -> None:
    come_back(world, login_id=OTHER_LOGIN)

    come_back(world, login_id=None)

    assert world.session.quarantined


def test_another_login_quarantines_again_after_a_quarantine_was_lifted(world: World) -> None:
    for login_id in (OTHER_LOGIN, OTHER_LOGIN, LOGIN_ID, OTHER_LOGIN, OTHER_LOGIN):
        come_back(world, login_id=login_id)

    assert world.session.quarantined
    assert world.sessions.event_types == ["LoginChanged"] * 2


@pytest.mark.parametrize("login_id", [LOGIN_ID, LOGIN_ID.upper(), None])
def test_a_redirect_with_the_sessions_own_login_publishes_nothing(world: World, login_id: str | None) -> None:
    come_back(world, login_id=login_id)

    assert (world.sessions.published, world.session.quarantined) == ([], False)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_another_login_on_an_ended_session_publishes_nothing(world: World, status: Status) -> None:
    world.with_session(status)

    come_back(world, login_id=OTHER_LOGIN)

    assert (world.sessions.published, world.sessions.saves) == ([], [])


def test_a_handled_redirect_wakes_nothing_while_a_click_is_due(world: World) -> None:
    come_back(world)
    gone = world.session.move(Status.AWAITING_CLICK, at=NOW, actor=Actor.BANK, cause="attempt_gone")
    world.sessions.save(replace(gone, task_token="token-2"))
    world.workflow.waiting.add("token-2")

    for _ in range(3):
        come_back(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (world.session.status, world.session.task_token) == (Status.AWAITING_CLICK, "token-2")
    assert causes(world.session)[-1] == "redirected_again"


def test_a_redirect_of_a_later_attempt_is_handled_like_the_first(world: World) -> None:
    come_back(world)
    later = replace(
        world.session,
        status=Status.AWAITING_CLICK,
        attempt=an_attempt(number=2, started_at=NOW + timedelta(minutes=10), asked=Ask.ANSWER),
        task_token="token-2",
    )
    world.sessions.save(later)
    world.workflow.waiting.add("token-2")
    world.clock.turn(minutes=20)

    come_back(world, a_state(attempt=2))

    assert world.workflow.woken == [(TASK_TOKEN, "redirect"), ("token-2", "redirect")]


def test_a_redirect_between_two_waits_is_kept_for_the_next_one(world: World) -> None:
    world.workflow.waiting.clear()

    assert come_back(world).has_pending_evidence


def test_a_link_to_the_page_is_not_a_redirect_state(world: World) -> None:
    with pytest.raises(StateInvalid):
        come_back(world, Link(SESSION_ID, NOW + timedelta(days=7)).sign(SIGNING_KEY))
