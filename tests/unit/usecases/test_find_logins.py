"""The login's view: it says what opening a session would answer, and tells no erased login from an unknown one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import InvalidRequest, LoginNotFound, TooSoon
from reconnect.model.failures import Failure, Owner
from reconnect.model.find_request import FindRequest
from reconnect.model.login import Login
from reconnect.model.login_state import Action, FoundLogin, Turn
from reconnect.model.open_request import OpenRequest
from reconnect.model.session import Actor, Status, TimelineEntry
from reconnect.model.waits import WaitReason
from reconnect.views.login_view import show_login
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW
from tests.unit.world import World

LOGIN = FindRequest(login_id=LOGIN_ID)
OTHER_LOGIN = "6f8b4d2c-1a5e-4c9f-8d3b-7e2a1f0c9b88"
SOON = NOW + timedelta(minutes=8)
BLOCKS = [WaitReason.COOLDOWN, WaitReason.LOCKOUT_GUARD, WaitReason.OPEN_ATTEMPT]


@pytest.fixture
def world() -> World:
    return World()


def find(world: World, request: FindRequest = LOGIN) -> FoundLogin:
    [found] = world.service.find_logins(request)
    return found


def refusal_of(world: World) -> TooSoon | None:
    """Why a session cannot be opened now, if it cannot."""
    try:
        world.service.open_session(OpenRequest(LOGIN_ID))
    except TooSoon as refusal:
        return refusal
    return None


@given(
    status=st.sampled_from(Status),
    seconds=st.integers(-2, 2),
    reason=st.sampled_from(BLOCKS),
    is_settled=st.booleans(),
)
def test_what_blocks_a_login_is_what_opening_a_session_is_refused_for(
    status: Status, seconds: int, reason: WaitReason, *, is_settled: bool
) -> None:
    world, until = World(), NOW + timedelta(seconds=seconds)
    waits: dict[str, Any] = {"next_allowed_at": until, "wait_reason": reason} if status.is_terminal else {}
    session = world.with_session(status, **waits)
    if status.is_terminal:
        held = world.logins.save(world.login.hold(SESSION_ID))
        # Otherwise the function crashed that ended the session; whoever opens the next one settles it.
        _ = is_settled and world.logins.save(held.settle(session))

    found, refusal = find(world).state, refusal_of(world)

    refused = refusal and (refusal.code, refusal.next_allowed_at)
    if status.is_terminal:
        assert (found.blocked_by, found.until) == (refused or (None, None))
        assert (found.may is Action.OPEN) == (refusal is None)
    else:
        assert (refusal, found.may is Action.OPEN) == (None, False), "whoever opens a session joins the live one"


@pytest.mark.parametrize(
    ("status", "turn", "may"),
    [
        (Status.STARTING, Turn.US, Action.WAIT),
        (Status.AUTHORIZING, Turn.BANK, Action.WAIT),
        (Status.AWAITING_USER, Turn.USER, Action.REMIND),
        (Status.AWAITING_CLICK, Turn.USER, Action.REMIND),
        (Status.FETCHING, Turn.BANK, Action.WAIT),
        (Status.SUCCEEDED, Turn.NOBODY, Action.OPEN),
        (Status.REPAIRED, Turn.NOBODY, Action.OPEN),
        (Status.CANCELLED, Turn.CALLER, Action.OPEN),
        (Status.EXPIRED, Turn.CALLER, Action.OPEN),
    ],
)
def test_a_login_says_whose_turn_it_is_in_each_status(world: World, status: Status, turn: Turn, may: Action) -> None:
    world.with_session(status)
    world.logins.save(world.login.hold(SESSION_ID))

    assert (find(world).state.turn, find(world).state.may) == (turn, may)


@pytest.mark.parametrize(
    ("owner", "turn"),
    [(Owner.USER, Turn.USER), (Owner.BANK, Turn.BANK), (Owner.US, Turn.US), (Owner.NOBODY, Turn.CALLER)],
)
def test_after_a_failure_it_is_the_turn_of_its_owner(world: World, owner: Owner, turn: Turn) -> None:
    world.with_session(Status.FAILED, failure=Failure("A_CODE", owner, "our_fault"))
    world.logins.save(world.login.hold(SESSION_ID))

    assert find(world).state.turn is turn


def test_a_quarantined_session_is_for_its_caller_to_end(world: World) -> None:
    world.with_session(Status.AWAITING_USER, quarantined=True)

    state = find(world).state

    assert (state.turn, state.may, state.blocked_by) == (Turn.CALLER, Action.CANCEL, "quarantine")


def test_a_click_that_would_begin_nothing_is_shown_with_its_reason(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK, next_allowed_at=SOON, wait_reason=WaitReason.LOCKOUT_GUARD)

    state = find(world).state

    assert (state.may, state.blocked_by, state.until) == (Action.WAIT, WaitReason.LOCKOUT_GUARD, SOON)


def test_the_age_of_the_data_is_that_of_its_last_refresh(world: World) -> None:
    world.logins.save(Login(login_id=LOGIN_ID, last_refresh=NOW - timedelta(hours=2)))

    shown = show_login(find(world), NOW)

    assert (shown["lastRefresh"], shown["ageSeconds"]) == ("2026-03-14T07:26:53.589793Z", 7200)
    assert shown["sessions"] == []


def test_the_last_ten_sessions_are_shown_the_newest_first(world: World) -> None:
    login = world.login
    for number in range(12):
        world.sessions.with_session(a_session(Status.SUCCEEDED, session_id=f"session-{number:02}"))
        login = world.logins.save(login.hold(f"session-{number:02}"))

    shown = show_login(find(world), NOW)["sessions"]

    assert [each["sessionId"] for each in shown] == [f"session-{number:02}" for number in range(11, 1, -1)]


def test_a_login_that_the_release_before_wrote_is_found_with_two_sessions(world: World) -> None:
    for name in ("before", "live"):
        world.sessions.with_session(a_session(Status.SUCCEEDED, session_id=name))
    world.logins.save(Login(login_id=LOGIN_ID, session_id="live", last_session_id="before"))

    assert [session.session_id for session in find(world).sessions] == ["live", "before"]


@pytest.mark.parametrize(
    ("by", "joins"),
    [
        (FindRequest(user_ref="user-4711"), {"user_ref": "user-4711"}),
        (FindRequest(correlation_id="order-1"), {"correlation_id": "order-1"}),
    ],
)
@pytest.mark.parametrize("opener", [{}, {"user_ref": "user-1", "correlation_id": "order-0"}])
def test_a_login_is_found_by_the_names_of_all_its_callers(
    world: World, by: FindRequest, joins: dict[str, str], opener: dict[str, str]
) -> None:
    opened = world.service.open_session(OpenRequest(LOGIN_ID, **opener))  # type: ignore[arg-type]
    joined = world.service.open_session(OpenRequest(LOGIN_ID.upper(), **joins))  # type: ignore[arg-type]

    assert joined.joined
    assert [session.session_id for session in find(world, by).sessions] == [opened.session.session_id]


def test_a_users_logins_are_all_found(world: World) -> None:
    for login_id in (LOGIN_ID, OTHER_LOGIN):
        world.service.open_session(OpenRequest(login_id, user_ref="user-4711"))

    found = world.service.find_logins(FindRequest(user_ref="user-4711"))

    assert {each.login.login_id for each in found} == {LOGIN_ID, OTHER_LOGIN}


def test_a_users_name_and_a_purpose_of_the_same_text_are_different(world: World) -> None:
    world.service.open_session(OpenRequest(LOGIN_ID, user_ref="4711"))

    with pytest.raises(LoginNotFound):
        find(world, FindRequest(correlation_id="4711"))


@pytest.mark.parametrize(
    "by",
    [LOGIN, FindRequest(user_ref="user-4711"), FindRequest(correlation_id="order-1")],
    ids=["login", "user", "order"],
)
def test_an_erased_login_is_answered_like_one_that_never_was(world: World, by: FindRequest) -> None:
    with pytest.raises(LoginNotFound) as unknown:
        find(world, by)
    world.service.open_session(OpenRequest(LOGIN_ID, user_ref="user-4711", correlation_id="order-1"))
    world.logins.save(replace(world.login, next_allowed_at=SOON, wait_reason=WaitReason.OPEN_ATTEMPT))
    world.service.erase_login(LOGIN_ID)
    assert world.login.next_allowed_at == SOON

    with pytest.raises(LoginNotFound) as erased:
        find(world, by)

    assert str(erased.value) == str(unknown.value)


def test_the_users_name_itself_is_stored_nowhere(world: World) -> None:
    world.service.open_session(OpenRequest(LOGIN_ID, user_ref="anna@example.org"))

    assert "anna" not in repr((world.sessions.all, vars(world.references), world.login))


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (None, {"body"}),
        ({}, {"body"}),
        ({"loginId": None}, {"body"}),
        ({"loginId": LOGIN_ID, "userRef": "user-1"}, {"body"}),
        ({"loginId": "4711"}, {"loginId"}),
        ({"userRef": "two words"}, {"userRef"}),
        ({"userRef": "x" * 101}, {"userRef"}),
        ({"correlationId": 4711, "more": 1}, {"correlationId", "more"}),
    ],
)
def test_a_search_names_everything_that_is_wrong_with_it(body: object, faults: set[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        FindRequest.parse(body)

    assert refused.value.errors.keys() == faults


def test_a_wait_after_a_failure_of_the_users_is_the_users_turn(world: World) -> None:
    moved = TimelineEntry(NOW, Actor.SERVICE, "ended", Status.FAILED)
    world.with_session(Status.FAILED, next_allowed_at=SOON, wait_reason=WaitReason.LOCKOUT_GUARD, timeline=(moved,))
    world.logins.save(world.login.hold(SESSION_ID))

    assert (find(world).state.turn, find(world).state.may) == (Turn.USER, Action.WAIT)
