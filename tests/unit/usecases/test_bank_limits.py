"""What a batch may have live at a bank: nothing while it is down, one probe, or what it has been taught to bear."""

from datetime import timedelta

import pytest

from reconnect.model.bank_health import BankHealth
from reconnect.model.errors import StoreUnavailable
from reconnect.model.institution import Institution
from reconnect.model.learned_cap import LearnedCap
from reconnect.model.session import Actor, Session, Status
from reconnect.usecases.bank_limits import BankLimits
from tests.fakes.bank_healths import FakeBankHealths
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.unit.world import World

MAPLE = Institution(14, "Maple Bank")
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def limits(world: World) -> BankLimits:
    return world.service.bank_limits


def _ended(cause: str = "done", institution: Institution = MAPLE) -> Session:
    session = a_session(Status.SUCCEEDED, known_institution=institution)
    return session.note(at=NOW, actor=Actor.BANK, cause=cause)


def test_a_bank_of_which_nothing_is_known_bears_what_is_asked_for(limits: BankLimits) -> None:
    limits.read(["14"])

    assert limits("14", 60, NOW) == 60


def test_a_bank_that_is_down_gets_nothing_and_then_one_probe(world: World, limits: BankLimits) -> None:
    world.bank_healths.save(BankHealth(key="14", opened_at=NOW, probe_at=NOW + FIVE_MINUTES))
    limits.read(["14", "2"])

    assert [limits("14", 60, NOW), limits("14", 60, NOW + FIVE_MINUTES), limits("2", 60, NOW)] == [0, 1, 60]
    assert limits("14", 60, NOW + FIVE_MINUTES, 7) == 8
    assert [limits.is_probe_due("14", at) for at in (NOW, NOW + FIVE_MINUTES)] == [False, True]
    assert not limits.is_probe_due("2", NOW)


@pytest.mark.parametrize("code", ["TOO_MANY_REQUESTS", "CONCURRENT_SESSION"])
def test_a_bank_that_refuses_some_as_too_many_bears_half_from_then_on(
    world: World, limits: BankLimits, code: str
) -> None:
    limits.read(["14", "2"])
    limits.learn([_ended(), _ended(code), _ended(institution=Institution(2, "Zag"))], {"14": 60, "2": 60}, NOW)

    assert (limits("14", 60, NOW), limits("14", 20, NOW), limits("2", 60, NOW)) == (30, 20, 60)
    assert world.bank_healths.learned(["14", "2"]) == [LearnedCap("14", 30, halved_at=NOW)]


def test_what_was_learned_is_known_to_the_next_tick(world: World, limits: BankLimits) -> None:
    world.bank_healths.save_learned(LearnedCap("14", 7))
    limits.read(["14"])
    assert limits("14", 60, NOW) == 7

    limits.read(["2"])
    assert limits("14", 60, NOW) == 60


class _Down(FakeBankHealths):
    def get_all(self, keys: object) -> list[BankHealth]:
        raise StoreUnavailable(f"BatchGetItem of {keys}")

    def save_learned(self, learned: LearnedCap) -> None:
        raise StoreUnavailable(f"PutItem of {learned.key}")


def test_a_store_that_is_down_stops_no_batch(world: World, counted: list[str]) -> None:
    world.bank_healths = _Down()
    limits = world.service.bank_limits
    limits.read(["14"])
    limits.learn([_ended("TOO_MANY_REQUESTS")], {"14": 60}, NOW)

    assert limits("14", 60, NOW) == 30
    assert counted.count("BankHealthUnknown") == 2
