"""Each session's end is counted once, with who must act next, and with how long people waited."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from reconnect.model.failures import Failure, Owner
from reconnect.model.reasons import Reason
from reconnect.model.session import TERMINAL, Actor, Session, Status, TimelineEntry
from reconnect.usecases.count_end import CountEnd
from tests.fakes.builders import SESSION_ID, a_receipt, a_session
from tests.fakes.clock import NOW
from tests.unit.world import World


@dataclass
class Counted:
    """The port `count` with dimensions, and the port `measure`."""

    counts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, name: str, **dimensions: str) -> None:
        self.counts.append((name, dimensions))

    def measure(self, name: str, seconds: float, **_facts: str) -> None:
        self.seconds[name] = seconds


def ended(session: Session, before: Status = Status.FETCHING) -> Counted:
    """What is counted when a session ends like this one."""
    counted = Counted()
    live = a_session(before)
    CountEnd(count=counted.count, measure=counted.measure).once(lambda decide: decide(live), lambda _: session)
    return counted


def answered(*, noticed_after: int) -> Session:
    """A session whose user answered a minute after the question; so long after that the service knew it."""
    entries = (
        TimelineEntry(NOW, Actor.BANK, "challenge_shown", Status.AWAITING_USER),
        TimelineEntry(NOW + timedelta(seconds=60 + noticed_after), Actor.SERVICE, "authorized", Status.FETCHING),
        TimelineEntry(NOW + timedelta(hours=1), Actor.SERVICE, "ACCOUNTS_FRESH", Status.SUCCEEDED),
    )
    receipt = a_receipt(last_refresh=NOW + timedelta(seconds=60))
    return a_session(Status.SUCCEEDED, created_at=NOW - timedelta(seconds=9), timeline=entries, receipt=receipt)


@pytest.mark.parametrize("owner", Owner)
def test_an_end_is_counted_in_all_and_by_status_and_owner(owner: Owner) -> None:
    counted = ended(a_session(Status.FAILED, failure=Failure("A_CODE", owner, "our_fault")))

    assert counted.counts == [("SessionClosed", {}), ("SessionClosed", {"status": "FAILED", "owner": owner})]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_session_that_has_ended_already_is_not_counted_again(status: Status) -> None:
    assert ended(a_session(status), before=status) == Counted()


def test_a_session_that_goes_on_is_not_counted() -> None:
    assert ended(a_session(Status.AWAITING_USER)) == Counted()


def test_every_way_to_end_a_session_counts_it_once(world: World) -> None:
    for reason in (Reason.CANCELLED, Reason.BANK_TOO_SLOW, "SomeCrash"):
        for finish in (world.service.stop_session, world.service.close_session):
            world.with_session(Status.FETCHING)
            world.counted.clear()
            finish(SESSION_ID, reason)
            finish(SESSION_ID, reason)
            assert world.counted.count("SessionClosed") == 2, (reason, finish)


@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (59, False), (60, False), (61, True), (3000, True)])
def test_an_answer_is_late_if_it_was_noticed_after_more_than_a_minute(seconds: int, *, is_late: bool) -> None:
    counted = ended(answered(noticed_after=seconds))

    assert counted.seconds == {"VerdictSeconds": 9, "AnswerSeconds": seconds}
    assert (("AnswerLate", {}) in counted.counts) is is_late


def test_flinks_clock_ahead_of_ours_is_no_negative_wait() -> None:
    assert ended(answered(noticed_after=-5)).seconds["AnswerSeconds"] == 0


def test_a_session_without_a_question_has_a_verdict_and_no_answer() -> None:
    end = TimelineEntry(NOW + timedelta(seconds=12), Actor.SERVICE, "ACCOUNTS_FRESH", Status.SUCCEEDED)

    assert ended(a_session(Status.SUCCEEDED, timeline=(end,), receipt=a_receipt())).seconds == {"VerdictSeconds": 12}
