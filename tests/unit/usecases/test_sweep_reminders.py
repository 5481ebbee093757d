"""The sweeper reminds a user who has not come: once for each step, and never once it would be wrong."""

from datetime import timedelta
from typing import Any

from reconnect.model.errors import FlinksUnavailable
from reconnect.model.session import Actor, Session, Status
from tests.fakes.builders import TASK_TOKEN, a_refreshed_reply, causes
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

LINK_END = NOW + timedelta(days=7, minutes=3)


def asked(world: World, status: Status = Status.AWAITING_CLICK, **changes: Any) -> Session:
    """A session whose user is asked now; reminders follow 24 and 72 hours later.

    A question of the bank is open for minutes only, so a reminded user must click.
    """
    session = world.due(status, **changes)
    return world.sessions.save(session.note(at=NOW, actor=Actor.BANK, cause="attempt_gone"))


def test_a_session_that_has_just_asked_is_due_at_the_first_reminder(world: World) -> None:
    asked(world)

    world.service.sweep_sessions()

    assert (world.session.due_at, world.sessions.published) == (NOW + timedelta(hours=24), [])


def test_an_absent_user_is_reminded_and_the_next_reminder_scheduled(world: World) -> None:
    before = asked(world)
    world.clock.turn(hours=24)

    world.service.sweep_sessions()

    session = world.session
    assert world.sessions.event_types == ["ReconnectReminder"]
    assert (session.reminders, session.due_at) == (1, NOW + timedelta(hours=72))
    assert (session.timeline[-1].cause, session.timeline[-1].actor) == ("reminded", Actor.SERVICE)
    assert (session.status, session.task_token) == (Status.AWAITING_CLICK, before.task_token)
    assert world.workflow.woken == []


def test_after_the_last_reminder_a_session_is_due_at_its_links_end(world: World) -> None:
    asked(world, reminders=1)
    world.clock.turn(hours=72)

    world.service.sweep_sessions()

    assert (world.session.reminders, world.session.due_at) == (2, LINK_END)


def test_each_reminder_is_sent_once(world: World) -> None:
    asked(world)

    for _ in range(7 * 24):
        world.clock.turn(hours=1)
        world.service.sweep_sessions()

    assert world.sessions.event_types[:2] == ["ReconnectReminder", "ReconnectReminder"]
    assert causes(world.session).count("reminded") == 2


def test_two_sweeps_at_once_remind_once(world: World) -> None:
    class OtherSweep(FakeFlinks):
        def cached_authorize(self, login_id: str) -> Any:
            if others:
                others.pop()()
            return super().cached_authorize(login_id)

    others = [world.service.sweep_sessions]
    world.flinks = OtherSweep()
    asked(world)
    world.clock.turn(hours=24)

    world.service.sweep_sessions()

    assert world.sessions.event_types == ["ReconnectReminder"]
    assert world.session.reminders == 1


def test_reminders_due_at_night_become_one_in_the_morning(world: World) -> None:
    # It is 5:26 in Toronto; both steps fall into the following night.
    world.set(reminder_hours="18,20", quiet_hours="21-8")
    asked(world)

    for _ in range(48):
        world.clock.turn(hours=1)
        world.service.sweep_sessions()

    assert world.sessions.event_types == ["ReconnectReminder"]


def test_a_late_reminder_at_night_waits_for_the_morning(world: World) -> None:
    # Asked at 5:26 in Toronto, due at 20:26; the sweeper runs at 22:26.
    world.set(reminder_hours="15", quiet_hours="21-8")
    asked(world)
    world.clock.turn(hours=17)

    world.service.sweep_sessions()

    assert (world.sessions.published, world.session.reminders) == ([], 0)
    assert world.session.due_at and world.session.due_at.isoformat().startswith("2026-03-15T12:")


def test_a_user_who_returned_during_the_sweep_is_not_reminded(world: World) -> None:
    class ComesBackMeanwhile(FakeFlinks):
        def cached_authorize(self, login_id: str) -> Any:
            session = world.session
            world.sessions.save(session.move(Status.AUTHORIZING, at=NOW, actor=Actor.USER, cause="redirected"))
            return super().cached_authorize(login_id)

    world.flinks = ComesBackMeanwhile()
    asked(world)
    world.clock.turn(hours=24)

    world.service.sweep_sessions()

    assert (world.sessions.published, causes(world.session)[-1]) == ([], "redirected")


def test_a_quarantined_session_is_not_reminded_and_due_at_its_links_end(world: World) -> None:
    asked(world, quarantined=True)
    world.clock.turn(hours=24)

    world.service.sweep_sessions()

    assert (world.sessions.published, world.session.due_at) == ([], LINK_END)


def test_a_login_refreshed_elsewhere_is_read_instead_of_a_reminder(world: World) -> None:
    asked(world)
    world.clock.turn(hours=24)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + timedelta(hours=3)))

    world.service.sweep_sessions()

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (world.session.timeline[-1].cause, world.session.timeline[-1].actor) == ("refreshed_elsewhere", Actor.BANK)
    assert world.sessions.published == []


def test_stale_data_or_an_unreachable_flinks_does_not_stop_a_reminder(world: World) -> None:
    asked(world)
    world.clock.turn(hours=24)
    world.flinks = FakeFlinks(cached_authorize=FlinksUnavailable("down"))

    world.service.sweep_sessions()

    assert world.sessions.event_types == ["ReconnectReminder"]


def test_flinks_is_called_only_when_a_reminder_is_due(world: World) -> None:
    asked(world)

    world.service.sweep_sessions()

    assert world.flinks.calls == []


def test_a_reminder_stays_due_while_sessions_wait_for_their_turn_at_flinks(world: World) -> None:
    asked(world)
    world.clock.turn(hours=24)
    world.set(flinks_requests_per_second=10)
    rule = world.settings.admission()
    world.budgets.save(None, rule.take(rule.fresh(world.clock()), 100, world.clock(), is_attended=False)[0])

    world.service.sweep_sessions()

    assert world.flinks.calls == []
    assert world.sessions.due(world.clock()) == [world.session.session_id]

    world.clock.turn(seconds=10)
    world.service.sweep_sessions()

    assert world.sessions.event_types == ["ReconnectReminder"]


def test_what_the_sweeper_asks_is_taken_from_the_budget(world: World) -> None:
    asked(world)
    world.clock.turn(hours=24)
    world.set(flinks_requests_per_second=10)

    world.service.sweep_sessions()

    assert world.budgets.budget is not None
    assert world.budgets.budget.queued == len(["token", "cached", "summary"])
