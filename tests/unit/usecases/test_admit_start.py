"""An attempt begins when it is its turn at Flinks; waiting and being refused spend none of a session's tries."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.outcomes import Outcome
from reconnect.model.session import Actor, Status, TimelineEntry
from reconnect.model.step import Step
from reconnect.usecases.admit_start import REQUESTS
from tests.fakes.budgets import FakeBudgets
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, SESSION_ID, a_reply, an_attempt, causes
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

THROTTLED = a_reply(401, "TOO_MANY_REQUESTS")
ACCEPTED = a_reply(202, "OPERATION_PENDING", request_id=REQUEST_ID)
# Each call before a start, and what else is needed to get to it.
CALLS: dict[str, dict[str, Any]] = {
    "cached_authorize": {},
    "get_accounts_summary": {},
    "generate_authorize_token": {"read_authorize": a_reply(401, "SESSION_NONEXISTENT")},
    "read_authorize": {},
    "start_authorize": {"read_authorize": a_reply(401, "SESSION_NONEXISTENT")},
}


@pytest.fixture
def opened(world: World) -> World:
    world.with_session()
    world.jitter = lambda: 0.0
    return world


def _start(world: World, flinks: FakeFlinks | None = None, session_id: str = SESSION_ID, attempt: int = 1) -> Step:
    world.flinks = flinks or FakeFlinks(start_authorize=ACCEPTED)
    return world.service.start_authorize(session_id, attempt, 0)


def _crowd(world: World, requests: float) -> None:
    """So many requests wait for their turn at 10 a second."""
    world.set(flinks_requests_per_second=10)
    budget = world.settings.admission().fresh(world.clock())
    world.budgets = FakeBudgets()
    world.budgets.save(None, budget)
    world.budgets.save(budget, world.settings.admission().take(budget, int(requests), NOW, is_attended=False)[0])


def test_while_flinks_refuses_nothing_a_session_writes_nothing_for_its_turn(opened: World) -> None:
    step = _start(opened)

    assert step.outcome == Outcome.PENDING
    assert opened.budgets.saves == 0
    assert [causes(session)[-1] for session in opened.sessions.saves] == ["authorize_started"] * 2


def test_an_environment_reads_the_budget_once_in_five_seconds(opened: World) -> None:
    opened.with_session(session_id="another", login_id="another")
    service = opened.service
    for seconds, session_id in ((0, SESSION_ID), (4.9, "another")):
        opened.clock.turn(seconds=seconds)
        service.start_authorize(session_id, 1, 0)
    assert opened.budgets.reads == 1

    opened.clock.turn(seconds=0.1)
    service.start_authorize(SESSION_ID, 2, 0)
    assert opened.budgets.reads == 2


def test_with_a_known_rate_an_attempt_takes_all_its_requests_in_one_write(opened: World) -> None:
    opened.set(flinks_requests_per_second=10)

    step = _start(opened)

    assert step.outcome == Outcome.PENDING
    assert opened.budgets.saves == 1
    assert opened.budgets.budget is not None
    assert opened.budgets.budget.queued == REQUESTS
    assert opened.session.place is None


def test_whose_turn_has_not_come_waits_without_asking_flinks(opened: World) -> None:
    _crowd(opened, 400)
    flinks = FakeFlinks()

    step = _start(opened, flinks)

    assert (step.outcome, step.code, step.wait_seconds) == (Outcome.TRY_LATER, "QUEUED", 40)
    assert flinks.calls == []
    assert opened.session.timeline[-1] == TimelineEntry(NOW, Actor.SERVICE, "queued", Status.STARTING)
    assert opened.session.place is not None
    assert opened.session.place.at == NOW + timedelta(seconds=40)


def test_a_long_wait_is_looked_at_again_every_five_minutes(opened: World) -> None:
    _crowd(opened, 100_000)

    assert _start(opened).wait_seconds == 300
    assert opened.session.place is not None
    assert opened.session.place.at == NOW + timedelta(seconds=10_000)


def test_a_step_that_runs_twice_keeps_its_place_and_takes_nothing_twice(opened: World) -> None:
    _crowd(opened, 400)

    steps = [_start(opened), _start(opened)]

    assert [step.wait_seconds for step in steps] == [40, 40]
    assert opened.budgets.budget is not None
    assert opened.budgets.budget.queued == 400 + REQUESTS
    assert causes(opened.session).count("queued") == 1


def test_when_the_turn_has_come_the_same_attempt_begins_and_the_place_is_free(opened: World) -> None:
    _crowd(opened, 400)
    _start(opened)
    opened.clock.turn(seconds=40)

    step = _start(opened)

    assert step.outcome == Outcome.PENDING
    assert opened.session.attempt == an_attempt(started_at=opened.clock())
    assert opened.session.place is None


def test_the_time_that_is_shown_follows_a_rate_that_changes(opened: World) -> None:
    _crowd(opened, 400)
    _start(opened)
    opened.flinks = FakeFlinks(read_authorize=THROTTLED)
    opened.with_session(Status.AUTHORIZING, session_id="another", login_id="another")
    opened.service.poll_authorize("another", 0, 0)

    _start(opened)

    assert opened.session.place is not None
    assert opened.session.place.at > NOW + timedelta(seconds=41)


def test_whoever_is_at_the_page_does_not_wait_for_the_crowd(opened: World) -> None:
    _crowd(opened, 4000)
    opened.sessions.with_session(opened.session.note(at=NOW, actor=Actor.USER, cause="clicked"))

    assert _start(opened).outcome == Outcome.PENDING


@pytest.mark.parametrize("call", CALLS)
def test_a_throttled_call_spends_no_retry_and_no_attempt(world: World, counted: list[str], call: str) -> None:
    world.with_session(Status.AWAITING_CLICK)
    flinks = FakeFlinks(**{**CALLS[call], call: THROTTLED})

    step = _start(world, flinks, attempt=2)

    assert (step.outcome, step.code) == (Outcome.TRY_LATER, "QUEUED")
    assert 5 <= step.wait_seconds <= 10
    assert flinks.count("start_authorize") == (call == "start_authorize")
    assert "FlinksThrottled" in counted
    assert world.budgets.budget is not None
    assert world.budgets.budget.refused_at == NOW


@pytest.mark.parametrize("call", CALLS)
def test_a_throttled_attempt_begins_after_its_wait_under_its_own_number(world: World, call: str) -> None:
    world.with_session(Status.AWAITING_CLICK)
    step = _start(world, FakeFlinks(**{**CALLS[call], call: THROTTLED}), attempt=2)
    world.clock.turn(seconds=step.wait_seconds)
    flinks = FakeFlinks(read_authorize=a_reply(401, "SESSION_NONEXISTENT"), start_authorize=ACCEPTED)

    again = _start(world, flinks, attempt=2)

    assert again.outcome == Outcome.PENDING
    assert world.session.attempt is not None
    assert (world.session.attempt.number, world.session.attempt.request_id) == (2, REQUEST_ID)
    assert flinks.count("start_authorize") == 1


def test_a_refused_session_whose_turn_it_was_keeps_its_place(opened: World) -> None:
    _crowd(opened, 400)
    _start(opened)
    opened.clock.turn(seconds=40)
    taken = opened.budgets.budget.queued if opened.budgets.budget else 0

    step = _start(opened, FakeFlinks(start_authorize=THROTTLED))

    assert opened.budgets.budget is not None
    assert opened.budgets.budget.queued == taken
    assert step.wait_seconds <= 10


def test_a_throttled_call_of_one_session_fails_no_other(opened: World) -> None:
    opened.with_session(session_id="another", login_id="another")
    flinks = FakeFlinks(cached_authorize=[THROTTLED, a_reply(200, last_refresh=NOW)])

    steps = [_start(opened, flinks), _start(opened, flinks, session_id="another")]
    assert [step.code for step in steps] == ["QUEUED", "QUEUED"]
    opened.clock.turn(seconds=steps[1].wait_seconds)

    assert _start(opened, flinks, session_id="another").outcome == Outcome.PENDING


def test_an_attempt_that_was_throttled_leaves_nothing_open_at_the_bank(opened: World) -> None:
    _start(opened, FakeFlinks(start_authorize=THROTTLED))

    opened.service.finish_session(SESSION_ID, "CANCELLED")

    assert opened.logins.get(LOGIN_ID).next_allowed_at is None
    assert opened.session.place is None


class _Broken(FakeBudgets):
    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure

    def get(self) -> Any:
        raise self.failure


@pytest.mark.parametrize("failure", [StoreUnavailable("GetItem"), RecordUnreadable("a budget")])
@pytest.mark.parametrize("rate", [0, 10])
def test_without_a_readable_budget_flinks_itself_decides(
    opened: World, counted: list[str], failure: Exception, rate: int
) -> None:
    opened.budgets = _Broken(failure)
    opened.set(flinks_requests_per_second=rate)

    assert _start(opened).outcome == Outcome.PENDING
    assert "BudgetUnknown" in counted

    # The reply of a start is not lost because the refusal cannot be reported.
    step = _start(opened, FakeFlinks(read_authorize=a_reply(401, "NO_SUCH"), start_authorize=THROTTLED), attempt=2)
    assert (step.code, step.wait_seconds) == ("QUEUED", 5)


def test_a_session_that_waits_for_its_turn_is_not_taken_for_lost(opened: World) -> None:
    _crowd(opened, 100_000)
    _start(opened)
    opened.workflow.start(opened.session)
    opened.clock.turn(hours=2)
    opened.service.sweep_sessions()

    assert opened.session.status is Status.STARTING
