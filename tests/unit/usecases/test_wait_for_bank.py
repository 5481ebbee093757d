"""A session waits while its bank is down, and one of those that wait finds out whether it is back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.bank_health import BankHealth, BreakerState
from reconnect.model.errors import RecordUnreadable, SessionEnded, StoreUnavailable
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse
from reconnect.model.outcomes import FlinksReply, Outcome
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.step import Step
from tests.fakes.bank_healths import FakeBankHealths
from tests.fakes.builders import REQUEST_ID, SESSION_ID, a_data_reply, a_refreshed_reply, a_reply, an_attempt, causes
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

MAPLE = Institution(14, "Maple Bank")
ACCEPTED = a_reply(202, "OPERATION_PENDING", request_id=REQUEST_ID)
REFUSED = a_reply(401, "RETRY_LATER", request_id=REQUEST_ID)
GONE = a_reply(401, "SESSION_NONEXISTENT")
ASKED = a_reply(203, request_id=REQUEST_ID)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def opened(world: World) -> World:
    world.jitter = lambda: 0.0
    world.with_session(known_institution=MAPLE)
    return world


def _down(world: World, **changes: Any) -> BankHealth:
    """The bank's breaker opens now."""
    health = BankHealth(key="14", opened_at=world.clock(), probe_at=world.clock() + FIVE_MINUTES, **changes)
    assert world.bank_healths.save(health)
    return world.bank_healths.get("14")


def _start(world: World, flinks: FakeFlinks | None = None, *, attempt: int = 1, retries: int = 0) -> Step:
    world.flinks = flinks or FakeFlinks(start_authorize=ACCEPTED)
    return world.service.start_authorize(SESSION_ID, attempt, retries)


def _poll(world: World, reply: FlinksReply, *, retries: int = 0) -> Step:
    world.flinks = FakeFlinks(read_authorize=reply)
    return world.service.poll_authorize(SESSION_ID, 0, retries)


def _health(world: World) -> BankHealth:
    return world.bank_healths.get("14")


def test_an_ordinary_session_writes_nothing_for_its_banks_health(opened: World) -> None:
    opened.flinks = FakeFlinks(start_authorize=ACCEPTED, read_authorize=a_reply(200, request_id=REQUEST_ID))
    service = opened.service
    service.start_authorize(SESSION_ID, 1, 0)
    service.poll_authorize(SESSION_ID, 0, 0)

    assert (opened.bank_healths.reads, opened.bank_healths.writes) == (1, 0)
    assert [causes(session)[-1] for session in opened.sessions.saves] == ["authorize_started"] * 2


def test_whose_bank_is_down_waits_without_asking_flinks(opened: World) -> None:
    _down(opened)
    flinks = FakeFlinks()

    step = _start(opened, flinks)

    assert (step.outcome, step.code, step.wait_seconds) == (Outcome.TRY_LATER, "BANK_DOWN", 300)
    assert flinks.calls == []
    assert opened.session.timeline[-1] == TimelineEntry(NOW, Actor.SERVICE, "bank_down", Status.STARTING)
    assert opened.session.bank_back_at == NOW + timedelta(minutes=5, seconds=15)


def test_a_bank_that_only_flinks_names_makes_its_session_wait_before_the_start(world: World) -> None:
    world.with_session()
    _down(world)
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(institution_id=14))

    assert _start(world, flinks).code == "BANK_DOWN"
    assert flinks.count("generate_authorize_token") == flinks.count("start_authorize") == 0


def test_another_banks_trouble_is_nobody_elses(opened: World) -> None:
    _down(opened)
    opened.sessions.with_session(opened.session.told(Institution(2, "Zag")))
    flinks = FakeFlinks(get_accounts_summary=a_data_reply(institution_id=2), start_authorize=ACCEPTED)

    assert _start(opened, flinks).outcome == Outcome.PENDING


def test_a_wait_is_noted_once_and_moves_the_time_that_is_shown(opened: World) -> None:
    _down(opened)
    _start(opened)
    opened.clock.turn(minutes=4)

    _start(opened, attempt=2)

    assert causes(opened.session).count("bank_down") == 1
    assert opened.session.bank_back_at is not None
    assert opened.session.bank_back_at > NOW + FIVE_MINUTES


def test_when_a_probe_is_due_one_session_begins_and_the_next_one_waits(opened: World) -> None:
    _down(opened)
    opened.with_session(session_id="another", login_id="another", known_institution=MAPLE)
    opened.clock.turn(minutes=5)

    assert _start(opened).outcome == Outcome.PENDING
    assert _health(opened).state is BreakerState.HALF_OPEN
    assert opened.service.start_authorize("another", 1, 0).code == "BANK_DOWN"
    assert opened.session.bank_back_at is None


def test_a_probe_whose_step_runs_again_goes_on(opened: World) -> None:
    _down(opened)
    opened.clock.turn(minutes=5)
    throttled = FakeFlinks(start_authorize=a_reply(401, "TOO_MANY_REQUESTS"))

    assert _start(opened, throttled).code == "QUEUED"
    opened.clock.turn(seconds=10)
    assert _start(opened).outcome == Outcome.PENDING


def test_a_probe_that_gets_a_question_brings_the_bank_back(opened: World, counted: list[str]) -> None:
    _down(opened)
    opened.clock.turn(minutes=5)
    _start(opened)

    assert _poll(opened, ASKED).outcome == Outcome.MFA_REQUIRED
    assert _health(opened).state is BreakerState.CLOSED
    assert "BankBreakerClosed" in counted
    assert ("BankOutageSeconds", 300.0, {"institution": "14"}) in opened.measured


def test_attempts_that_a_bank_failed_while_it_was_down_cost_the_users_link_nothing(opened: World) -> None:
    _down(opened)
    used = LinkUse(NOW, attempts=5)
    clicked = opened.with_session(Status.AUTHORIZING, known_institution=MAPLE, link_use=used)
    opened.sessions.with_session(clicked.note(at=NOW, actor=Actor.USER, cause="clicked"))

    for _ in range(2):
        assert _poll(opened, REFUSED).code == "BANK_DOWN"

    assert opened.session.link_use == LinkUse(NOW, attempts=4)


@pytest.mark.parametrize("retries", [0, 3])
def test_a_session_whose_tries_are_used_up_waits_while_the_bank_is_down(opened: World, retries: int) -> None:
    _down(opened)
    opened.with_session(Status.AUTHORIZING, known_institution=MAPLE, attempt=an_attempt(number=4))

    step = _poll(opened, REFUSED, retries=retries)

    assert (step.outcome, step.code, step.observed) == (Outcome.TRY_LATER, "BANK_DOWN", "RETRY_LATER")
    assert causes(opened.session)[-1] == "bank_down"
    assert opened.session.attempt is not None
    assert opened.session.attempt.is_over


def test_six_refusals_of_several_sessions_open_the_breaker(opened: World, counted: list[str]) -> None:
    steps = []
    for number in range(6):
        session_id = f"session{number}"
        opened.clock.turn(seconds=10)
        opened.with_session(Status.AUTHORIZING, session_id=session_id, login_id=session_id, known_institution=MAPLE)
        opened.flinks = FakeFlinks(read_authorize=REFUSED)
        steps.append(opened.service.poll_authorize(session_id, 0, 0).code)

    assert steps == [*["RETRY_LATER"] * 5, "BANK_DOWN"]
    assert counted.count("BankBreakerOpened") == 1
    assert ("BankDetectionSeconds", 50.0, {"institution": "14"}) in opened.measured


def test_a_question_that_is_still_open_is_gone_on_with_although_the_bank_is_down(opened: World) -> None:
    opened.with_session(Status.AWAITING_CLICK, known_institution=MAPLE)
    _down(opened)

    assert _start(opened, FakeFlinks(read_authorize=ASKED), attempt=2).outcome == Outcome.MFA_REQUIRED


def test_evidence_is_looked_at_before_the_session_waits_and_then_no_more(opened: World) -> None:
    over = an_attempt(is_over=True, refreshed_before=NOW - timedelta(days=1))
    opened.with_session(Status.AUTHORIZING, known_institution=MAPLE, attempt=over, has_pending_evidence=True)
    _down(opened)
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW - timedelta(days=1)), read_authorize=GONE)

    assert _start(opened, flinks, attempt=2, retries=1).code == "BANK_DOWN"
    assert flinks.count("cached_authorize") == 1
    assert not opened.session.has_pending_evidence

    brought = FakeFlinks(cached_authorize=a_refreshed_reply(NOW))
    opened.with_session(Status.AUTHORIZING, known_institution=MAPLE, attempt=over, has_pending_evidence=True)
    assert _start(opened, brought, attempt=2, retries=1).outcome == Outcome.AUTHORIZED


def test_who_has_clicked_is_asked_for_nothing_while_the_bank_is_down(opened: World) -> None:
    opened.with_session(Status.AWAITING_CLICK, known_institution=MAPLE, attempt=an_attempt(is_over=True))
    _down(opened)

    assert _start(opened, FakeFlinks(read_authorize=GONE), attempt=2).code == "BANK_DOWN"
    assert opened.session.status is Status.AUTHORIZING


def test_a_session_waits_until_its_link_ends_and_then_fails_because_of_the_bank(opened: World) -> None:
    _down(opened)
    opened.sessions.with_session(_with_link_until(opened.session, minutes=2))

    assert _start(opened).wait_seconds == 120
    opened.clock.turn(minutes=2)
    step = _start(opened)

    assert step == Step(Outcome.TRY_LATER, "RETRY_LATER")
    failure = opened.end(opened.session, step.code).failure
    assert failure is not None
    assert failure.owner == "bank"


def _with_link_until(session: Session, minutes: int) -> Session:
    return replace(session, link_expires_at=NOW + timedelta(minutes=minutes))


def test_a_session_that_was_cancelled_meanwhile_does_not_wait(opened: World) -> None:
    _down(opened)

    class Cancelling(FakeBankHealths):
        def peek(self, key: str) -> BankHealth:
            opened.sessions.with_session(opened.end(opened.session, "CANCELLED"))
            return down.get(key)

    down, opened.bank_healths = opened.bank_healths, Cancelling()

    with pytest.raises(SessionEnded):
        _start(opened)


class _Broken(FakeBankHealths):
    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure

    def get(self, key: str) -> BankHealth:
        self.asked = key
        raise self.failure


@pytest.mark.parametrize("failure", [StoreUnavailable("GetItem"), RecordUnreadable("a bank")])
def test_without_a_readable_health_the_session_goes_on_as_if_there_were_none(
    opened: World, counted: list[str], failure: Exception
) -> None:
    opened.bank_healths = _Broken(failure)

    assert _start(opened).outcome == Outcome.PENDING
    assert _poll(opened, REFUSED).code == "RETRY_LATER"
    assert "BankHealthUnknown" in counted


class _Contested(FakeBankHealths):
    """Others write between each read and the write that follows."""

    def save(self, health: BankHealth) -> bool:
        super().save(super().get(health.key))
        return super().save(health)


def test_a_verdict_that_cannot_be_noted_for_the_crowd_fails_nothing(opened: World) -> None:
    opened.bank_healths = _Contested()
    opened.with_session(Status.AUTHORIZING, known_institution=MAPLE)

    assert _poll(opened, REFUSED).code == "RETRY_LATER"


def test_a_session_that_waits_for_its_bank_is_not_taken_for_lost(opened: World) -> None:
    _down(opened)
    opened.workflow.start(opened.session)
    for _ in range(24):
        _start(opened)
        opened.clock.turn(minutes=5)
        opened.bank_healths.save(_postponed(_health(opened)))
        opened.service.sweep_sessions()

    assert opened.session.status is Status.STARTING


def _postponed(health: BankHealth) -> BankHealth:
    return replace(health, probe_at=(health.probe_at or NOW) + FIVE_MINUTES)
