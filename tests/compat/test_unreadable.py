"""A session whose record cannot be read for a while, as between a roll-back and the next deployment."""

import json
from collections.abc import Iterator

import pytest

from reconnect.model.errors import RecordUnreadable
from tests.model.ledger import Plan
from tests.model.world import World

LOGIN_ID = "5e115eb7-94b4-4b19-9a0a-1d0d71b00001"
_SECONDS, _MINUTES, _HOURS, _DAYS = 20, 10 * 60, 3 * 3600, 30 * 3600
_A_WHILE = 20 * 60


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    leave = world.installed()
    yield world
    world.scheduler.kill_all()
    leave()


def _make_unreadable(world: World, seconds: float) -> None:
    """Let time pass while no record can be read, and open a session for the login at the end."""

    def refuse(*_: object) -> None:
        raise RecordUnreadable("format 2 was written by a newer version")

    calls = ("get", "join", "save", "erase")
    for call in calls:
        setattr(world.sessions, call, refuse)
    world.pass_time(seconds)
    asked = world.endpoints.open({"loginId": LOGIN_ID})
    world.settle()
    for call in calls:
        delattr(world.sessions, call)
    assert json.loads(asked.reply["body"])["code"] == "record_unreadable"


def _open(world: World, plan: Plan) -> None:
    world.bank.login(LOGIN_ID).plans.append(plan)
    world.endpoints.open({"loginId": LOGIN_ID})
    world.settle()
    world.pass_time(10)


@pytest.mark.parametrize("finding", ["ok", "ask"])
@pytest.mark.parametrize("seconds", [_MINUTES, _HOURS, _DAYS])
def test_a_session_unreadable_for_long_ends_soon_after_it_is_readable(
    world: World, seconds: float, finding: str
) -> None:
    _open(world, Plan(finding, works=30))

    _make_unreadable(world, seconds)
    world.pass_time(_A_WHILE)

    (session,) = world.sessions.all
    assert session.status.is_terminal
    assert (world.bank.starts, world.machine.running, world.logins.get(LOGIN_ID).session_id) == (1, [], None)
    assert world.checks.violations == []


def test_a_session_unreadable_for_some_seconds_goes_on_undisturbed(world: World) -> None:
    _open(world, Plan("ask"))

    _make_unreadable(world, _SECONDS)
    world.pass_time(60)
    assert world.bank.answer(LOGIN_ID)
    world.pass_time(60)

    assert [str(session.status) for session in world.sessions.all] == ["SUCCEEDED"]
    assert world.bank.starts == 1


def test_a_click_while_the_record_is_unreadable_can_be_repeated(world: World) -> None:
    _open(world, Plan("ask"))
    world.bank.login(LOGIN_ID).plans.append(Plan("ok"))
    world.pass_time(3600)
    (session,) = world.sessions.all

    _make_unreadable(world, _DAYS)
    world.endpoints.page(session.session_id, "attempts")
    world.settle()
    world.pass_time(60)

    assert [str(session.status) for session in world.sessions.all] == ["SUCCEEDED"]
