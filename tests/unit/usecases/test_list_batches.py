"""The list of batches: every batch is found again, page by page, and a cursor leads nowhere else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.batch_run import BatchStatus
from reconnect.model.errors import CursorInvalid
from reconnect.model.find_request import ListRequest
from reconnect.model.session import Status
from reconnect.model.signing import FixedKey
from reconnect.usecases.signed_cursors import read_cursor
from tests.fakes.builders import IDEMPOTENCY_KEY, SIGNING_KEY, a_session
from tests.fakes.clock import NOW
from tests.unit.batching import name_of
from tests.unit.world import World


def opened(world: World, number: int) -> list[str]:
    """Open so many batches, one a minute, and return their ids, the newest first."""
    ids = []
    for each in range(number):
        deadline = (world.clock() + timedelta(hours=6)).isoformat()
        order = {"deadline": deadline, "maxPerInstitution": 2, "loginIds": [name_of(each + 1)]}
        ids.append(world.service.open_batch(order, key=None).batch_id)
        world.clock.turn(minutes=1)
    return ids[::-1]


@given(number=st.sampled_from([0, 1, 24, 25, 26, 50, 51]))
def test_every_batch_is_listed_once_and_the_newest_first(number: int) -> None:
    world = World()
    ids = opened(world, number)

    found, cursor, pages = list[str](), None, 0
    while pages == 0 or cursor is not None:
        page = world.service.list_batches(cursor)
        found += [run.batch_id for run, _ in page.batches]
        cursor, pages = page.cursor, pages + 1

    assert found == ids
    assert pages <= number // 25 + 1


def test_a_batch_that_is_paused_is_listed_as_paused() -> None:
    world = World()
    [batch_id] = opened(world, 1)
    world.service.steer_batch.pause(batch_id)

    [(run, steering)] = world.service.list_batches(None).batches

    assert run.shown_status(steering) is BatchStatus.PAUSED


@given(cursor=st.text() | st.just(f"{'a' * 20}.{'b' * 43}"))
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        World().service.list_batches(cursor)


def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    for number in (1, 2):
        world.sessions.with_session(a_session(Status.STARTING, session_id=name_of(number)))
    cursor = world.service.list_sessions(ListRequest.parse({"limit": "1"}, NOW.date())).cursor

    assert cursor
    with pytest.raises(CursorInvalid):
        world.service.list_batches(cursor)


def test_who_lists_batches_has_no_key_that_signs_links(world: World) -> None:
    opened(world, 25)
    cursor = world.service.list_batches(None).cursor

    assert cursor
    assert read_cursor(FixedKey(lambda: IDEMPOTENCY_KEY), "batches", cursor)
    with pytest.raises(CursorInvalid):
        read_cursor(FixedKey(lambda: SIGNING_KEY), "batches", cursor)
