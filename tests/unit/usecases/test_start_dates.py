"""The date of the previous data is read before a live start, and stored with the attempt for its proof."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Attempt
from reconnect.model.budget import Place
from reconnect.model.outcomes import Outcome
from reconnect.model.session import Status
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


STORED = a_reply(401, "TOO_MANY_REQUESTS")


def refuse(world: World, number: int, times: int) -> list[str]:
    """The outcomes of a start and its repeats, each as soon as its wait is over."""
    outcomes = []
    for _ in range(times):
        step = world.service.start_authorize(SESSION_ID, number, 0)
        world.clock.turn(seconds=step.wait_seconds)
        outcomes.append(step.outcome)
    return outcomes


@pytest.mark.parametrize(
    ("status", "number", "stored"),
    [
        (Status.STARTING, 1, {"cached_authorize": STORED}),
        (Status.AWAITING_CLICK, 2, {"cached_authorize": STORED, "read_authorize": a_reply(401, "SESSION_NONEXISTENT")}),
        (Status.AWAITING_CLICK, 2, {"read_authorize": STORED}),
    ],
)
def test_a_refusal_that_flinks_repeats_for_one_login_does_not_hold_up_its_start(
    world: World, status: Status, number: int, stored: dict[str, Any]
) -> None:
    world.with_session(status)
    world.flinks = FakeFlinks(**stored)

    outcomes = refuse(world, number, times=31)

    assert outcomes == [Outcome.TRY_LATER] * 30 + [Outcome.PENDING]
    assert world.flinks.calls.count("start_authorize") == 1
    assert world.clock() - NOW < timedelta(minutes=8)


def test_a_session_that_was_long_in_line_waits_if_its_date_is_refused(world: World) -> None:
    """Its user may have answered, which only the date tells; a start would ask them again."""
    world.with_session(Status.AWAITING_CLICK, place=Place(0.0, NOW - timedelta(hours=1)))
    world.flinks = FakeFlinks(cached_authorize=[STORED, a_refreshed_reply(NOW + timedelta(seconds=1))])
    world.clock.turn(seconds=10)

    outcomes = refuse(world, 2, times=2)

    assert outcomes == [Outcome.TRY_LATER, Outcome.AUTHORIZED]
    assert world.flinks.count("start_authorize") == 0
