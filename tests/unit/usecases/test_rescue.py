"""Step Functions reports a failed, aborted or timed-out execution: its session ends at once, for the right reason."""

from typing import Any

import pytest

from reconnect.model.session import TERMINAL, Status
from tests.fakes.builders import CLOSED, LOGIN_ID, SESSION_ID, a_refreshed_reply
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World


def test_the_session_of_an_execution_that_broke_ends_at_once(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    assert world.service.sweep_sessions.rescue(SESSION_ID, {"sessionId": SESSION_ID, "attempt": 1}) == SESSION_ID

    session = world.session
    assert session.failure and (session.status, session.failure.code) == (Status.FAILED, "WORKFLOW_LOST")
    assert world.login.session_id is None


def test_a_broken_foreign_execution_is_known_by_its_sessions_login(world: World) -> None:
    world.with_session(Status.AUTHORIZING, execution_name="underwriting-4711")

    assert world.service.sweep_sessions.rescue("underwriting-4711", {"loginId": LOGIN_ID.upper()}) == SESSION_ID
    assert world.session.status is Status.FAILED


@pytest.mark.parametrize("name", ["another-execution", f"{SESSION_ID}-late"])
@pytest.mark.parametrize("given", [{"sessionId": SESSION_ID}, {"loginId": LOGIN_ID}])
def test_a_session_that_another_execution_runs_goes_on(world: World, name: str, given: dict[str, str]) -> None:
    before = world.with_session(Status.AWAITING_USER)

    world.service.sweep_sessions.rescue(name, given)

    assert (world.session, world.flinks.calls) == (before, [])


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_execution_that_broke_after_the_end_changes_nothing(world: World, status: Status) -> None:
    before = world.with_session(status)

    assert world.service.sweep_sessions.rescue(SESSION_ID, {"sessionId": SESSION_ID}) == SESSION_ID
    assert world.session == before


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "text",
        7,
        {},
        {"sessionId": None},
        {"sessionId": "a-removed-session"},
        {"sessionId": 7},
        {"sessionId": {}},
        {"sessionId": ["a"]},
        {"loginId": None},
        {"loginId": 7},
        {"loginId": ["a"]},
        {"loginId": "a-login-that-no-session-holds"},
    ],
)
def test_a_broken_execution_without_a_session_is_ignored(world: World, given: Any) -> None:
    before = world.with_session(Status.AUTHORIZING)

    assert world.service.sweep_sessions.rescue("an-execution", given) is None
    assert world.session == before


def test_a_rescue_reads_the_data_first(world: World) -> None:
    world.with_session(Status.FETCHING, data_request_id=None)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply())

    world.service.sweep_sessions.rescue(SESSION_ID, {"sessionId": SESSION_ID})

    assert world.session.status is Status.SUCCEEDED


def test_a_report_delivered_three_times_ends_the_session_once(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    for _ in range(3):
        world.service.sweep_sessions.rescue(SESSION_ID, {"sessionId": SESSION_ID})

    assert world.sessions.event_types == ["SessionFailed"]
    assert (world.counted, len(world.workflow.woken)) == (["SessionRescued", *CLOSED], 1)
