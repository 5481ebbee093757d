"""The date of the previous data is read before a live start, and stored with the attempt for its proof."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reconnect.model.outcomes import Outcome
from reconnect.model.session import Attempt, Status
from tests.fakes.builders import SESSION_ID, a_data_reply, a_refreshed_reply, a_reply, an_attempt
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

BEFORE = NOW - timedelta(seconds=8)
UNDATED: dict[str, Any] = {"cached_authorize": a_reply(200, request_id="r")}


def started(world: World, number: int = 1, **script: Any) -> Attempt:
    """The attempt that a start begins with this Flinks."""
    world.flinks = FakeFlinks(**script)
    world.service.start_authorize(SESSION_ID, number, 0)
    attempt = world.session.attempt
    assert attempt is not None
    return attempt


def test_the_previous_date_is_read_before_the_start_and_kept(world: World) -> None:
    world.with_session(Status.STARTING)

    attempt = started(world, cached_authorize=a_refreshed_reply(BEFORE))

    assert (attempt.refreshed_before, attempt.is_remembered) == (BEFORE, False)
    assert world.flinks.calls == ["cached_authorize", "generate_authorize_token", "start_authorize"]


def test_a_date_that_only_the_accounts_have_is_stored_too(world: World) -> None:
    world.with_session(Status.STARTING)

    attempt = started(world, **UNDATED, get_accounts_summary=a_data_reply(last_refresh=BEFORE))

    assert (attempt.refreshed_before, attempt.is_remembered) == (BEFORE, False)


@pytest.mark.parametrize("known", [None, BEFORE])
def test_without_a_date_from_flinks_the_logins_last_one_is_used(world: World, known: datetime | None) -> None:
    world.with_session(Status.STARTING, known_refresh=known)

    attempt = started(world, **UNDATED)

    assert (attempt.refreshed_before, attempt.is_remembered) == (known, known is not None)


def test_an_unanswered_question_is_not_proved_by_the_previous_success(world: World) -> None:
    world.with_session(Status.STARTING)
    before = a_refreshed_reply(BEFORE)

    started(world, cached_authorize=before)

    assert world.service.fetch_accounts(SESSION_ID, 0).outcome == "NOT_FRESH"
    assert world.session.status is Status.AUTHORIZING


def test_each_attempt_is_compared_with_the_date_before_it(world: World) -> None:
    last = an_attempt(refreshed_before=BEFORE)
    world.with_session(Status.AWAITING_CLICK, attempt=last)
    gone = {"read_authorize": a_reply(401, "SESSION_NONEXISTENT")}

    attempt = started(world, 2, cached_authorize=a_refreshed_reply(BEFORE), **gone)

    assert (attempt.number, attempt.refreshed_before) == (2, BEFORE)


def test_an_open_question_keeps_the_date_before_its_own_start(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK, attempt=an_attempt(refreshed_before=BEFORE))
    world.clock.turn(minutes=20)

    attempt = started(world, 2, cached_authorize=a_refreshed_reply(BEFORE), read_authorize=a_reply(203))

    assert (attempt.number, attempt.refreshed_before) == (2, BEFORE)
    assert world.flinks.count("start_authorize") == 0


def test_a_date_within_the_clock_skew_still_proves_the_answer(world: World) -> None:
    """Flinks' clock is ten minutes behind ours."""
    world.with_session(Status.AWAITING_CLICK, attempt=an_attempt(refreshed_before=NOW - timedelta(minutes=20)))
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW - timedelta(minutes=9)))

    assert world.service.start_authorize(SESSION_ID, 2, 0).outcome == Outcome.AUTHORIZED
    assert world.flinks.count("start_authorize") == 0


def test_a_cached_flow_that_is_refused_for_minutes_does_not_hold_up_the_start(world: World) -> None:
    world.with_session(Status.STARTING)
    world.flinks = FakeFlinks(cached_authorize=a_reply(401, "TOO_MANY_REQUESTS"))

    outcomes = []
    for _ in range(4):
        outcomes.append(world.service.start_authorize(SESSION_ID, 1, 0).outcome)
        world.clock.turn(minutes=2)

    assert outcomes == [Outcome.TRY_LATER, Outcome.TRY_LATER, Outcome.TRY_LATER, Outcome.PENDING]
    assert world.flinks.calls.count("start_authorize") == 1
