"""The counters of endings by institution: each ending once, whatever the stream repeats, and no more than that."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import marshal
from reconnect.model.bank_health import BankHealth
from reconnect.model.errors import InstitutionNotFound, StoreUnavailable
from reconnect.model.institution import Institution
from reconnect.model.roll_up import RollUp
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.views.health_view import show_health
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.fakes.roll_ups import FakeRollUps
from tests.unit.rolling_up import count_twice
from tests.unit.world import World

MAPLE = Institution(14, "Maple Bank")


def an_ending(number: int = 0, status: Status = Status.SUCCEEDED, bank: Institution | None = MAPLE) -> Session:
    session = a_session(status, session_id=f"{number:032x}", known_institution=bank, created_at=NOW)
    return replace(session, timeline=(*session.timeline, TimelineEntry(NOW, Actor.SERVICE, "ended", status)))


def images(*sessions: Session) -> list[dict[str, Any]]:
    return [marshal(to_item(replace(session, version=3))) for session in sessions]


def tries(world: World, key: str = "14") -> int:
    return world.service.read_health(key).windows["24h"].tries


@pytest.mark.parametrize("seed", [1, 2])
def test_a_stream_that_repeats_and_fails_counts_each_ending_once(seed: int) -> None:
    found = count_twice(1_000, seed)

    assert found.off == 0
    # A bin's middle is at most 9.1 % off.
    assert found.times_off <= 0.1


def test_a_batch_of_one_bank_is_one_write() -> None:
    world = World()

    world.service.roll_up_endings(images(*map(an_ending, range(40))))

    assert (tries(world), world.roll_ups.writes) == (40, 1)


def test_a_batch_that_comes_again_is_neither_counted_nor_written() -> None:
    world = World()
    batch = images(*map(an_ending, range(5)))
    world.service.roll_up_endings(batch)

    world.clock.turn(minutes=10)
    world.service.roll_up_endings(batch)

    assert (tries(world), world.roll_ups.writes) == (5, 1)


def test_a_batch_that_fails_for_hours_is_counted_once() -> None:
    world = World()
    stuck = images(*map(an_ending, range(5)))

    for number in range(12):
        world.service.roll_up_endings(stuck)
        world.service.roll_up_endings(images(*(an_ending(1000 + 100 * number + each) for each in range(100))))
        world.clock.turn(minutes=20)

    assert tries(world) == 5 + 12 * 100


def test_a_live_session_is_not_counted() -> None:
    world = World()

    assert world.service.roll_up_endings(images(a_session(Status.AWAITING_USER, known_institution=MAPLE))) == []

    assert world.roll_ups.writes == 0


def test_an_ending_whose_bank_is_unknown_is_counted_as_such() -> None:
    world = World()

    world.service.roll_up_endings(images(an_ending(bank=None)))

    assert tries(world, "unknown") == 1


def test_an_unreadable_ending_is_named_and_holds_up_no_other() -> None:
    world = World()
    broken, whole = images(an_ending(1), an_ending(2))

    unreadable = world.service.roll_up_endings([{**broken, "status": {"S": "UNHEARD_OF"}}, whole])

    assert (len(unreadable), tries(world)) == (1, 1)


class _Contended(FakeRollUps):
    def save(self, _: RollUp) -> bool:
        return False


def test_counters_that_others_change_each_time_are_tried_again_later() -> None:
    world = World()
    world.roll_ups = _Contended()

    with pytest.raises(StoreUnavailable):
        world.service.roll_up_endings(images(an_ending()))


def test_below_twenty_tries_only_their_number_is_shown() -> None:
    world = World()
    world.service.roll_up_endings(images(*map(an_ending, range(19))))
    few = world.service.read_health("14").windows["7d"]

    world.service.roll_up_endings(images(an_ending(19)))
    enough = world.service.read_health("14").windows["7d"]

    assert (few.tries, few.funnel, few.owners, few.to_end) == (19, None, None, None)
    assert enough.tries == 20
    assert enough.funnel == {"asked": 0, "opened": 0, "clicked": 0, "answered": 0, "succeeded": 20}
    assert enough.owners == {"user": 0, "bank": 0, "us": 0, "nobody": 20}
    assert enough.to_end is not None


def test_an_ending_leaves_each_window_after_its_hours() -> None:
    world = World()
    world.service.roll_up_endings(images(an_ending()))

    shown = {}
    for hours in (23, 24, 167, 168, 719):
        world.clock.now = NOW + timedelta(hours=hours)
        shown[hours] = [health.tries for health in world.service.read_health("14").windows.values()]

    assert shown == {23: [1, 1, 1], 24: [0, 1, 1], 167: [0, 1, 1], 168: [0, 0, 1], 719: [0, 0, 1]}
    world.clock.now = NOW + timedelta(days=32)
    with pytest.raises(InstitutionNotFound):
        world.service.read_health("14")


def test_the_list_has_the_banks_with_the_most_tries_first() -> None:
    world = World()
    others = [an_ending(number, bank=Institution(2, "Other")) for number in range(100, 103)]
    world.service.roll_up_endings(images(*map(an_ending, range(2)), *others))

    listed = world.service.read_health.every("24h")

    assert [(each.key, each.windows["24h"].tries) for each in listed] == [("2", 3), ("14", 2)]


def test_an_institution_shows_whether_attempts_at_it_wait() -> None:
    world = World()
    world.service.roll_up_endings(images(*map(an_ending, range(2))))
    assert show_health(world.service.read_health("14"))["breaker"] == {
        "state": "closed",
        "since": None,
        "nextProbeAt": None,
    }

    world.bank_healths.save(BankHealth(key="14", opened_at=NOW, probe_at=NOW + timedelta(minutes=5)))

    down = {"state": "open", "since": "2026-03-14T09:26:53.589793Z", "nextProbeAt": "2026-03-14T09:31:53.589793Z"}
    assert show_health(world.service.read_health("14"))["breaker"] == down
    assert [show_health(each)["breaker"] for each in world.service.read_health.every("24h")] == [down]
