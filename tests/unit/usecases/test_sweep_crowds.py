"""A run of the sweeper is bounded, and what matters most comes first, however many sessions are due."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.session import Status
from tests.fakes.builders import a_refreshed_reply
from tests.unit.sweeping import REMINDERS, crowd, sweep_each_minute
from tests.unit.world import World

BUDGET = 50


def lose_a_session(world: World) -> None:
    """One more session is due, after all others, because its execution is over."""
    world.due(Status.FETCHING, session_id="lost", execution_name="lost", login_id="login-lost")
    world.workflow.over.add("lost")


def test_600_reminders_due_at_once_are_out_within_two_minutes() -> None:
    figures = sweep_each_minute(crowd(REMINDERS))

    assert (figures.reminders, figures.killed, figures.described) == (600, 0, 0)
    # A token and a call for each, and none is asked twice.
    assert figures.requests == 2 * 600
    assert figures.seconds <= 120
    assert figures.longest < 60, "it ends before the next run begins"


def test_a_run_begins_nothing_after_its_budget_and_says_so() -> None:
    world = crowd(1_200)
    began = world.clock.now

    swept = world.service.sweep_sessions()

    sent = world.sessions.event_types.count("ReconnectReminder")
    assert timedelta(seconds=BUDGET) <= world.clock.now - began < timedelta(seconds=BUDGET + 2)
    assert (swept.due, swept.left) == (1_200, 1_200 - sent)
    assert world.counted == ["SweepCutShort"]
    assert len(world.sessions.due(world.clock.now)) == swept.left


def test_the_budget_is_the_deployers() -> None:
    world = crowd(600)
    world.set(sweep_budget_seconds=10)
    began = world.clock.now

    world.service.sweep_sessions()

    assert world.clock.now - began < timedelta(seconds=12)


def test_a_run_with_time_to_spare_counts_nothing() -> None:
    world = crowd(3)

    assert world.service.sweep_sessions().left == 0
    assert world.counted == []


@pytest.mark.parametrize("reminders", [100, 999, 1_000, 3_000])
def test_a_lost_session_is_settled_before_any_reminder(reminders: int) -> None:
    world = crowd(reminders)
    lose_a_session(world)

    world.service.sweep_sessions()

    assert world.sessions.event_types[:2] == ["SessionFailed", "ReconnectReminder"]


def test_a_session_past_its_links_end_ends_before_any_reminder() -> None:
    world = crowd(100)
    ended_at = world.clock.now - timedelta(minutes=4)
    world.due(Status.AWAITING_CLICK, session_id="late", login_id="login-late", link_expires_at=ended_at)

    world.service.sweep_sessions()

    assert world.sessions.event_types[:2] == ["SessionExpired", "ReconnectReminder"]


def test_a_lost_session_that_flinks_answers_late_holds_no_reminder_back() -> None:
    world = crowd(300)
    lose_a_session(world)
    world.flinks.slow_login = "login-lost"
    began = world.clock.now

    swept = world.service.sweep_sessions()

    assert world.clock.now - began >= timedelta(seconds=200)
    assert (swept.left, world.sessions.event_types.count("ReconnectReminder")) == (0, 300)


def test_the_reminders_that_are_due_longest_go_first() -> None:
    world = crowd(1_100)
    for number, session in enumerate(world.sessions.all):
        world.sessions.save(replace(session, due_at=world.clock.now - timedelta(seconds=number)))

    world.service.sweep_sessions()

    sent = [int(session.session_id.partition("-")[2]) for session in world.sessions.published]
    assert 1 < len(sent) < 1_000
    assert sorted(sent) == list(range(1_100 - len(sent), 1_100))


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_step_functions_is_not_asked_about_a_session_that_waits(world: World, status: Status) -> None:
    world.due(status)
    world.workflow.is_down = True

    world.service.sweep_sessions()

    assert world.counted == []
    assert world.session.due_at and world.session.due_at > world.clock.now


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_step_functions_is_asked_about_a_wait_that_has_no_token(world: World, status: Status) -> None:
    world.due(status, task_token=None)
    world.workflow.over.add(world.session.execution_name)

    world.service.sweep_sessions()

    assert world.session.status is Status.FAILED


def test_a_login_refreshed_elsewhere_costs_one_call_and_no_reminder() -> None:
    world = crowd(1)
    world.flinks._script["cached_authorize"] = [a_refreshed_reply(world.clock.now + timedelta(seconds=1))]

    world.service.sweep_sessions()

    assert (world.flinks.calls, world.sessions.event_types) == (["cached_authorize"], [])
