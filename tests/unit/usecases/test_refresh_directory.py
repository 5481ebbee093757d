"""The directory of institutions is read once a day by the sweeper, and whatever goes wrong keeps the old copy."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import DirectoryTooLarge, FlinksReplyUnreadable, FlinksUnavailable, StoreUnavailable
from reconnect.model.institution import Directory, Listing
from reconnect.model.session import Status
from reconnect.runtime.service import Service
from reconnect.usecases.sweep_sessions import Swept
from tests.fakes.builders import a_reply
from tests.fakes.clock import NOW
from tests.fakes.directories import FakeDirectories
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

MAPLE = Listing(14, {"en": "Maple Bank", "fr": "Banque Érable"})
OLD = Directory(NOW - timedelta(days=1), {14: MAPLE})
MINUTE = timedelta(minutes=1)


def a_world(answer: Any = (MAPLE,), directory: Directory | None = OLD) -> World:
    return World(flinks=FakeFlinks(get_institutions=answer), directories=FakeDirectories(directory))


def sweep_for(world: World, minutes: int, service: Service | None = None) -> list[Swept]:
    """Sweep each minute, in one environment."""
    service = service or world.service
    swept = []
    for _ in range(minutes):
        swept.append(service.sweep_sessions())
        world.clock.turn(seconds=60)
    return swept


def test_a_first_sweep_reads_the_directory_and_a_day_passes_until_the_next() -> None:
    world = a_world(directory=None)

    sweep_for(world, 24 * 60)
    assert world.flinks.calls == ["get_institutions"]
    assert world.directories.directory == Directory(NOW, {14: MAPLE})

    sweep_for(world, 1)
    assert world.flinks.calls == ["get_institutions"] * 2


def test_a_copy_in_memory_costs_no_read_each_minute() -> None:
    world = a_world(directory=Directory(NOW, {14: MAPLE}))

    sweep_for(world, 24 * 60)

    assert (world.directories.reads, world.flinks.calls) == (1, [])


def test_environments_that_do_not_know_of_each_other_ask_once() -> None:
    world = a_world(a_reply(404))

    for _ in range(59):
        sweep_for(world, 1, world.service)

    assert world.flinks.calls == ["get_institutions"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (a_reply(401, "UNAUTHORIZED"), "UNAUTHORIZED"),
        (a_reply(404), "404"),
        (FlinksUnavailable("Institutions: ReadTimeout"), "FlinksUnavailable: Institutions: ReadTimeout"),
        (FlinksReplyUnreadable("Institutions: HTTP 404"), "FlinksReplyUnreadable: Institutions: HTTP 404"),
        ((), "NO_ENTRIES"),
    ],
)
def test_a_directory_that_cannot_be_read_keeps_the_old_one_and_says_why(answer: Any, why: str) -> None:
    world = a_world(answer)
    world.due(Status.FETCHING)

    (swept,) = sweep_for(world, 1)

    assert (swept.due, swept.failures) == (1, {}), "the sessions were settled"
    assert why in (swept.directory_failure or "")
    assert world.counted == ["DirectoryNotRefreshed"]
    assert world.directories.directory == OLD


def test_a_failure_is_tried_again_after_an_hour_and_reported_each_time() -> None:
    world = a_world([FlinksUnavailable("down"), FlinksUnavailable("down"), (MAPLE,)])

    swept = sweep_for(world, 121)

    assert [minute for minute, each in enumerate(swept) if each.directory_failure] == [0, 60]
    assert world.flinks.calls == ["get_institutions"] * 3
    assert world.directories.directory == Directory(NOW + 120 * MINUTE, {14: MAPLE})


@pytest.mark.parametrize("refusal", [DirectoryTooLarge("9000 institutions"), StoreUnavailable("PutItem")])
def test_a_directory_that_cannot_be_stored_is_reported(refusal: Exception) -> None:
    class Full(FakeDirectories):
        def save(self, _directory: Directory) -> None:
            raise refusal

    world = World(flinks=FakeFlinks(get_institutions=(MAPLE,)), directories=Full(OLD))

    (swept,) = sweep_for(world, 1)

    assert swept.directory_failure == f"{type(refusal).__name__}: {refusal}"
    assert world.counted == ["DirectoryNotRefreshed"]


def test_a_sweep_without_time_to_spare_leaves_the_directory_to_the_next() -> None:
    world = a_world()
    world.set(sweep_budget_seconds=0)

    assert sweep_for(world, 1)[0].directory_failure is None
    assert world.flinks.calls == []
