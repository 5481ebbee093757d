"""The sweeper judges progress, not RUNNING: it settles a session that makes no progress, and no other."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.session import Actor, Status
from reconnect.usecases.evidence import Evidence
from tests.fakes.builders import SESSION_ID, a_refreshed_reply, a_reply, an_attempt, causes
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

EVIDENCE = Evidence("clicked", "clicked_again", output="click")
A_PAGE_OPENED = Evidence("link_opened", "link_opened", output=None)
FIFTEEN = 15
DAY = 24 * 60
FRESH = {"cached_authorize": a_refreshed_reply(NOW + timedelta(seconds=1)), "read_authorize": a_reply(200)}


def minutes_until_it_ends(world: World, at_most: int) -> int | None:
    """Run the sweeper every minute; return the minutes until the session ended, or None."""
    for minute in range(1, at_most + 1):
        world.clock.turn(minutes=1)
        world.service.sweep_sessions()
        if world.session.status.is_terminal:
            return minute
    return None


def leave_pending_evidence(world: World, status: Status) -> None:
    """Leave a session with evidence for a dead token, while its execution waits under another one."""
    world.due(status)
    world.workflow.waiting.clear()
    assert world.service.handle_evidence(SESSION_ID, lambda _: EVIDENCE).has_pending_evidence


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
@pytest.mark.parametrize(("script", "end"), [({}, Status.FAILED), (FRESH, Status.SUCCEEDED)], ids=["old", "fresh"])
def test_pending_evidence_of_a_live_execution_is_settled_in_15_minutes(
    world: World, status: Status, script: dict[str, Any], end: Status
) -> None:
    leave_pending_evidence(world, status)
    came_at = world.clock()
    world.flinks = FakeFlinks(**script)
    # The evidence comes between two sweeps.
    world.clock.turn(seconds=30)

    assert minutes_until_it_ends(world, DAY) is not None

    # A step that AWS throttles is repeated for ten minutes, and may still handle it.
    assert timedelta(minutes=10) < world.clock() - came_at <= timedelta(minutes=FIFTEEN)
    assert world.session.status is end
    assert world.login.session_id is None


def test_further_evidence_does_not_postpone_the_settlement(world: World) -> None:
    leave_pending_evidence(world, Status.AWAITING_CLICK)
    assert minutes_until_it_ends(world, 6) is None
    world.service.handle_evidence(SESSION_ID, lambda _: A_PAGE_OPENED)
    assert minutes_until_it_ends(world, 6) is None
    world.service.handle_evidence(SESSION_ID, lambda _: EVIDENCE)

    assert minutes_until_it_ends(world, FIFTEEN - 12) is not None
    assert causes(world.session)[1:4] == ["clicked", "link_opened", "clicked_again"]


def test_handled_evidence_does_not_settle_a_session(world: World) -> None:
    leave_pending_evidence(world, Status.AWAITING_CLICK)
    assert minutes_until_it_ends(world, 9) is None

    world.service.start_authorize(SESSION_ID, 2, 0)

    assert minutes_until_it_ends(world, FIFTEEN) is None
    assert world.session.attempt and world.session.attempt.number == 2


# The most minutes in each status: for all polls, waits and reads that the workflow makes there.
WORK = [(Status.STARTING, 12), (Status.AUTHORIZING, 24), (Status.AWAITING_USER, 42), (Status.FETCHING, 30)]


@pytest.mark.parametrize(("status", "own_waits"), WORK, ids=[status for status, _ in WORK])
def test_a_session_too_long_in_its_status_is_settled(world: World, status: Status, own_waits: int) -> None:
    world.due(status)

    minutes = minutes_until_it_ends(world, DAY)

    assert minutes and own_waits < minutes <= own_waits + 25
    assert world.session.failure and world.session.failure.code == "WORKFLOW_LOST"
    assert world.login.session_id is None


@pytest.mark.parametrize("status", [status for status, _ in WORK])
def test_a_session_that_makes_progress_is_not_settled(world: World, status: Status) -> None:
    world.due(status)

    for _ in range(DAY // 20):
        assert minutes_until_it_ends(world, 20) is None
        moved = world.session.note(at=world.clock(), actor=Actor.BANK, cause="OPERATION_PENDING")
        world.sessions.save(moved)

    assert (world.session.status, world.counted) == (status, [])


def test_a_wait_for_a_click_lasts_until_the_link_expires(world: World) -> None:
    session = world.due(Status.AWAITING_CLICK, attempt=an_attempt())
    lifetime = int((session.link_expires_at - NOW).total_seconds() // 60)

    assert minutes_until_it_ends(world, lifetime) is None
    assert minutes_until_it_ends(world, 5) is not None
    assert world.session.status is Status.EXPIRED
