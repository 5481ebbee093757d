"""A request from the bus: it opens, joins, or waits in the queue and is taken by itself once its login may be asked."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.model.errors import (
    AttemptOpen,
    CoolingDown,
    IdempotencyConflict,
    InvalidRequest,
    LockoutGuarded,
    RequestNotKept,
    TooSoon,
)
from reconnect.model.login import Login
from reconnect.model.session import Status
from reconnect.usecases.open_session import Opened
from reconnect.usecases.take_request import NotOpened
from tests.fakes.builders import LOGIN_ID, SESSION_ID
from tests.fakes.clock import NOW
from tests.fakes.delay_queue import LONGEST_DELAY
from tests.fakes.sessions import FakeLogins
from tests.unit.world import World

EVENT = {"id": "an-event", "source": "lending", "detail": {"loginId": LOGIN_ID, "correlationId": "order-1"}}


def pause(world: World, **length: float) -> datetime:
    """Leave the login alone for so long from now on; returns the end of the pause."""
    end = world.clock() + timedelta(**length)
    world.logins.save(Login(login_id=LOGIN_ID, version=world.login.version, next_allowed_at=end))
    return end


def next_from_queue(world: World) -> list[Opened | NotOpened]:
    """Turn the clock until a message comes back, and take what does."""
    assert world.delay_queue.next_at is not None
    world.clock.now = world.delay_queue.next_at
    return [world.service.take_request(json.loads(body)) for body in world.delay_queue.take()]


def empty_the_queue(world: World) -> list[Opened | NotOpened]:
    """Let the queue deliver all that waits, until nothing does."""
    taken = []
    while world.delay_queue.waiting:
        taken += next_from_queue(world)
    return taken


def test_a_request_from_the_bus_opens_a_session_as_one_at_the_api_does(world: World) -> None:
    taken = world.service.take_request(EVENT)

    assert isinstance(taken, Opened)
    assert world.sessions.get(taken.session.session_id).correlation_ids == {"order-1"}
    assert world.delay_queue.waiting == []


@pytest.mark.parametrize("reason", [CoolingDown, LockoutGuarded, AttemptOpen])
def test_a_request_that_comes_too_soon_waits_whatever_the_reason(world: World, reason: type[TooSoon]) -> None:
    class Refusing:
        def __call__(self, *_: object, **__: object) -> Opened:
            raise reason(NOW + timedelta(seconds=40.5))

    take = replace(world.service.take_request, open=Refusing())  # type: ignore[arg-type]

    assert take(EVENT) == NotOpened(reason.code, NOW + timedelta(seconds=40.5))
    assert world.delay_queue.next_at == NOW + timedelta(seconds=41)


@given(seconds=st.floats(0.001, 24 * 3600))
@example(seconds=7 * 24 * 3600.0)
@example(seconds=900.0)
@example(seconds=901.0)
def test_a_request_is_taken_at_the_end_of_any_pause_by_itself(seconds: float) -> None:
    logins = FakeLogins()
    world = World(logins=logins)
    end = pause(world, seconds=seconds)
    world.service.take_request(EVENT)

    *waits, opened = empty_the_queue(world)

    assert isinstance(opened, Opened)
    assert end <= opened.session.created_at <= end + timedelta(seconds=1)
    assert opened.session.correlation_ids == {"order-1"}
    assert len(waits) <= (end - NOW) / LONGEST_DELAY, "it comes back a quarter of an hour later, or at the end"


def test_a_pause_that_grew_meanwhile_is_waited_for_to_its_new_end(world: World) -> None:
    pause(world, minutes=1)
    world.service.take_request(EVENT)
    end = pause(world, hours=1)

    *_, opened = empty_the_queue(world)

    assert isinstance(opened, Opened)
    assert opened.session.created_at == end


def test_a_login_that_is_busy_again_when_the_time_comes_is_joined(world: World) -> None:
    pause(world, minutes=1)
    world.service.take_request(EVENT)
    world.clock.turn(seconds=60)
    world.with_session(Status.AUTHORIZING)

    [taken] = next_from_queue(world)

    assert isinstance(taken, Opened)
    assert (taken.joined, taken.session.session_id) == (True, SESSION_ID)
    assert world.session.correlation_ids >= {"order-1"}


def test_an_event_delivered_twice_is_one_request_however_long_it_waits(world: World) -> None:
    pause(world, minutes=1)
    world.service.take_request(EVENT)
    world.service.take_request(EVENT)

    first, again = empty_the_queue(world)

    assert isinstance(first, Opened)
    assert isinstance(again, Opened)
    assert first.session.session_id == again.session.session_id
    assert len(world.sessions.all) == 1


def test_two_that_wait_for_one_login_are_served_by_one_session(world: World) -> None:
    pause(world, minutes=1)
    for number in range(2):
        world.service.take_request(
            {"id": f"event-{number}", "detail": {"loginId": LOGIN_ID, "correlationId": f"order-{number}"}}
        )

    empty_the_queue(world)

    [session] = world.sessions.all
    assert session.correlation_ids == {"order-0", "order-1"}


@pytest.mark.parametrize("pause_at_erasure", [timedelta(), timedelta(minutes=30)])
def test_a_login_erased_while_a_request_waits_starts_nothing(world: World, pause_at_erasure: timedelta) -> None:
    pause(world, minutes=20)
    world.service.take_request(EVENT)
    pause(world, seconds=pause_at_erasure.total_seconds())
    world.service.erase_login(LOGIN_ID)

    assert empty_the_queue(world) == [NotOpened("login_erased")]
    assert world.sessions.all == []


def test_an_erasure_in_the_middle_of_a_refusal_is_seen_the_next_time(world: World) -> None:
    end = pause(world, minutes=20)

    class ErasedMeanwhile:
        def __call__(self, *_: object, **__: object) -> Opened:
            world.service.erase_login(LOGIN_ID)
            raise CoolingDown(end)

    take = replace(world.service.take_request, open=ErasedMeanwhile())  # type: ignore[arg-type]
    take({**EVENT, "wasKnown": True})

    assert empty_the_queue(world) == [NotOpened("login_erased")]


def test_a_request_after_the_erasure_is_taken_after_the_pause(world: World) -> None:
    pause(world, minutes=1)
    world.service.erase_login(LOGIN_ID)
    world.service.take_request(EVENT)

    [taken] = empty_the_queue(world)

    assert isinstance(taken, Opened)


def test_what_can_never_be_taken_is_raised_and_does_not_wait(world: World) -> None:
    pause(world, minutes=1)
    world.service.take_request(EVENT)

    with pytest.raises(InvalidRequest):
        world.service.take_request({"id": "another", "detail": {"loginId": "nonsense"}})
    with pytest.raises(IdempotencyConflict):
        world.service.take_request({"id": EVENT["id"], "detail": {"loginId": LOGIN_ID}})

    assert len(world.delay_queue.waiting) == 1


def test_a_request_that_cannot_be_queued_is_not_answered_as_waiting(world: World) -> None:
    pause(world, minutes=1)
    world.delay_queue.is_down = True

    with pytest.raises(RequestNotKept):
        world.service.take_request(EVENT)
