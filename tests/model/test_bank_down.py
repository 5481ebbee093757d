"""A bank that is down for an hour: the real workflow with the real steps, in simulated time."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from reconnect.model.session import Actor, Session, Status
from tests.fakes.builders import causes
from tests.model.acting import Acting
from tests.model.ledger import Plan
from tests.model.world import World

_LOGINS = [f"aaaaaaaa-0000-4000-8000-{number:012}" for number in range(30)]
_REFUSES = Plan("RETRY_LATER", works=2)
_WORKS = Plan("ok", works=4)


@pytest.fixture(autouse=True)
def same_jitter() -> Iterator[None]:
    random.seed(16)
    yield
    random.seed()


def _open(acting: Acting, login_id: str) -> str:
    run = acting.world.endpoints.open({"loginId": login_id})
    acting.world.settle()
    return str(json.loads(run.reply["body"])["sessionId"])


def _open_all(acting: Acting, minutes: float = 50) -> list[str]:
    """Open a session for each login, spread over so many minutes."""
    opened = []
    for login_id in _LOGINS:
        opened.append(_open(acting, login_id))
        acting.world.pass_time(minutes * 60 / len(_LOGINS))
    return opened


def _starts(world: World, since: datetime | None = None) -> int:
    """How many live calls reached the bank."""
    starts = [start for login_id in _LOGINS for start in world.bank.login(login_id).starts]
    return sum(since is None or start.asked_at >= since for start in starts)


def _ended_at(session: Session) -> datetime:
    return session.timeline[-1].at


def test_no_session_fails_because_its_bank_is_down_for_an_hour(acting: Acting) -> None:
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting)
    acting.world.pass_time(10 * 60)
    refused, back_at = _starts(acting.world), acting.world.now()

    acting.world.bank.default_plan = _WORKS
    acting.world.pass_time(20 * 60)

    ended = [acting.session(session_id) for session_id in opened]
    assert Counter(session.status for session in ended) == {Status.SUCCEEDED: len(_LOGINS)}
    # Six or a few more until the breaker opened, and one probe in five minutes. Without it each session makes four.
    assert refused <= 6 + 2 + 60 / 5
    assert _starts(acting.world, back_at) == len(_LOGINS)
    assert {session.bank_back_at for session in ended} == {None}
    assert max(map(_ended_at, ended)) - back_at < timedelta(minutes=15)
    acting.run_out()


def test_after_an_outage_sessions_do_not_all_come_at_once(acting: Acting) -> None:
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting, minutes=30)

    acting.world.bank.default_plan = _WORKS
    acting.world.pass_time(20 * 60)

    minutes = Counter(_ended_at(acting.session(session_id)).replace(second=0, microsecond=0) for session_id in opened)
    assert len(minutes) >= 4
    assert max(minutes.values()) <= len(_LOGINS) / 2


def test_a_session_waits_for_its_bank_no_longer_than_it_may(acting: Acting) -> None:
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting, minutes=10)

    acting.world.pass_time(6 * 3600 + 10 * 60)

    ended = [acting.session(session_id) for session_id in opened]
    assert {(session.status, session.failure and session.failure.code) for session in ended} == {
        (Status.FAILED, "RETRY_LATER")
    }
    assert {session.failure.owner for session in ended if session.failure} == {"bank"}
    lasted = [_ended_at(session) - session.created_at for session in ended]
    # The first ones failed before anybody knew that it was the bank.
    assert sum(each > timedelta(hours=5, minutes=55) for each in lasted) >= len(_LOGINS) - 3
    assert max(lasted) < timedelta(hours=6, minutes=10)
    # One probe in five minutes.
    assert _starts(acting.world) <= 6 + 2 + (6 * 60 + 20) / 5
    acting.run_out()


def test_an_execution_that_waits_for_its_bank_for_long_is_continued_in_a_new_one(acting: Acting) -> None:
    acting.world.settings = {**acting.world.settings, "BANK_OUTAGE_HOURS": "24"}
    acting.world.installed()
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting, minutes=10)

    acting.world.pass_time(20 * 3600)
    acting.world.bank.default_plan = _WORKS
    acting.world.pass_time(20 * 60)

    sessions = [acting.session(session_id) for session_id in opened]
    waited = [session for session in sessions if session.status is Status.SUCCEEDED]
    assert len(waited) >= len(_LOGINS) - 3
    assert {session.execution_name for session in waited}.isdisjoint(opened)
    longest = max(len(execution.path) for execution in acting.world.machine.executions.values())
    # A round is a task with its five events and two states with two each.
    assert longest * 3 < 2000
    acting.run_out()


def test_a_person_at_the_page_is_served_first_when_the_bank_is_back(acting: Acting) -> None:
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting, minutes=20)
    person = opened[-1]
    opened_page = acting.session(person).note(at=acting.world.now(), actor=Actor.USER, cause="link_opened")
    acting.world.sessions.with_session(opened_page)
    acting.world.pass_time(6 * 60)

    acting.world.bank.default_plan = _WORKS
    acting.world.pass_time(20 * 60)

    order = sorted(opened, key=lambda session_id: _ended_at(acting.session(session_id)))
    assert order.index(person) <= 2


def test_the_wait_for_a_bank_is_in_the_timeline_once_for_each_attempt(acting: Acting) -> None:
    acting.world.bank.default_plan = _REFUSES
    opened = _open_all(acting, minutes=20)
    acting.world.pass_time(30 * 60)

    for session_id in opened:
        told = causes(acting.session(session_id))
        assert told.count("bank_down") <= told.count("authorize_started") + 1
