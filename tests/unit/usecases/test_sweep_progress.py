"""The sweeper judges progress, not RUNNING: what does not move is settled, and what moves or may wait is left alone."""

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
    """Let the sweeper run every minute; after how many the session had ended, if it had."""
    for minute in range(1, at_most + 1):
        world.clock.turn(minutes=1)
        world.service.sweep_sessions()
        if world.session.status.is_terminal:
            return minute
    return None


def has_pending_evidence(world: World, status: Status) -> None:
    """Evidence came under a dead token, and the execution waits under another one: it was not delivered."""
    world.due(status)
    world.workflow.waiting.clear()
    assert world.service.handle_evidence(SESSION_ID, lambda _: EVIDENCE).has_pending_evidence


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
@pytest.mark.parametrize(("script", "end"), [({}, Status.FAILED), (FRESH, Status.SUCCEEDED)], ids=["old", "fresh"])
def test_pending_evidence_of_a_live_execution_is_settled_in_15_minutes(
    world: World, status: Status, script: dict[str, Any], end: Status
) -> None:
    has_pending_evidence(world, status)
    came_at = world.clock()
    world.flinks = FakeFlinks(**script)
    # It comes between two sweeps.
    world.clock.turn(seconds=30)

    assert minutes_until_it_ends(world, DAY) is not None

    # A throttled step is retried for ten minutes, and may still take it.
    assert timedelta(minutes=10) < world.clock() - came_at <= timedelta(minutes=FIFTEEN)
    assert world.session.status is end
    assert world.login.session_id is None


def test_a_user_who_goes_on_loading_the_page_puts_that_off_no_further(world: World) -> None:
    has_pending_evidence(world, Status.AWAITING_CLICK)
    assert minutes_until_it_ends(world, 6) is None
    world.service.handle_evidence(SESSION_ID, lambda _: A_PAGE_OPENED)
    assert minutes_until_it_ends(world, 6) is None
    world.service.handle_evidence(SESSION_ID, lambda _: EVIDENCE)

    assert minutes_until_it_ends(world, FIFTEEN - 12) is not None
    assert causes(world.session)[1:4] == ["clicked", "link_opened", "clicked_again"]


def test_evidence_that_the_workflow_handled_settles_nothing(world: World) -> None:
    has_pending_evidence(world, Status.AWAITING_CLICK)
    assert minutes_until_it_ends(world, 9) is None

    world.service.start_authorize(SESSION_ID, 2, 0)

    assert minutes_until_it_ends(world, FIFTEEN) is None
    assert world.session.attempt and world.session.attempt.number == 2


# How long each may stay in minutes: for the polls, waits and readings that the workflow makes there at most.
WORK = [(Status.STARTING, 12), (Status.AUTHORIZING, 24), (Status.AWAITING_USER, 42), (Status.FETCHING, 30)]


@pytest.mark.parametrize(("status", "own_waits"), WORK, ids=[status for status, _ in WORK])
def test_a_session_beyond_all_waits_of_its_status_is_settled(world: World, status: Status, own_waits: int) -> None:
    world.due(status)

    minutes = minutes_until_it_ends(world, DAY)

    assert minutes and own_waits < minutes <= own_waits + 25
    assert world.session.failure and world.session.failure.code == "WORKFLOW_LOST"
    assert world.login.session_id is None


@pytest.mark.parametrize("status", [status for status, _ in WORK])
def test_a_session_that_moves_is_left_alone(world: World, status: Status) -> None:
    world.due(status)

    for _ in range(DAY // 20):
        assert minutes_until_it_ends(world, 20) is None
        moved = world.session.note(at=world.clock(), actor=Actor.BANK, cause="OPERATION_PENDING")
        world.sessions.save(moved)

    assert (world.session.status, world.counted) == (status, [])


def test_a_wait_for_a_click_without_evidence_lasts_until_the_links_end(world: World) -> None:
    session = world.due(Status.AWAITING_CLICK, attempt=an_attempt())
    lifetime = int((session.link_expires_at - NOW).total_seconds() // 60)

    assert minutes_until_it_ends(world, lifetime) is None
    assert minutes_until_it_ends(world, 5) is not None
    assert world.session.status is Status.EXPIRED
