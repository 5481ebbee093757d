"""The attempt is gone: the workflow waits until the user wants another."""

from dataclasses import replace

import pytest

from reconnect.domain.errors import AnnouncementFailed
from reconnect.domain.session import Status
from tests.fakes.builders import SESSION_ID, causes
from tests.fakes.clock import Clock
from tests.fakes.events import FakeEvents
from tests.fakes.sessions import FakeSessions
from tests.unit.domain.connecting import World


@pytest.fixture
def world(sessions: FakeSessions, events: FakeEvents, clock: Clock) -> World:
    world = World(sessions, events, clock)
    world.holding(Status.AUTHORIZING)
    return world


def test_a_dead_attempt_takes_its_url_with_it_and_waits_for_a_click(world: World) -> None:
    world.ask()

    world.step.await_click(SESSION_ID, "token-2")

    session = world.session
    assert session.status is Status.AWAITING_CLICK
    assert (session.task_token, session.connect_url) == ("token-2", None)
    assert causes(session)[-1] == "attempt_gone"
    assert world.events.types == ["ReconnectRequired", "ReconnectRequired"]


def test_a_wait_for_a_click_that_goes_on_after_a_vain_redirect_is_not_announced_twice(
    world: World, sessions: FakeSessions
) -> None:
    world.step.await_click(SESSION_ID, "token-1")
    sessions.save(replace(world.session, status=Status.AUTHORIZING, task_token=None))

    world.step.await_click(SESSION_ID, "token-2")

    assert world.session.task_token == "token-2"
    assert len(world.events.announced) == 1


def test_a_click_that_the_bus_did_not_hear_of_is_announced_when_the_step_runs_again(world: World) -> None:
    world.events.refusals = 1
    with pytest.raises(AnnouncementFailed):
        world.step.await_click(SESSION_ID, "token-1")

    world.step.await_click(SESSION_ID, "token-2")

    assert world.events.types == ["ReconnectRequired"]
