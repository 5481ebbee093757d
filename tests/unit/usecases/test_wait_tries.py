"""Step Functions may run a waiting state twice, each try with its own token: the newer try's token is kept."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.attempt import Ask
from reconnect.model.errors import WaitOvertaken
from reconnect.model.session import Session, Status
from reconnect.runtime.steps import wait_try_of
from reconnect.usecases.evidence import Evidence
from tests.fakes.builders import SESSION_ID, TASK_TOKEN, an_attempt
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow
from tests.unit.world import World

_CLICK = Evidence("clicked", "clicked_again", output="click")


def tried(second: int = 50, retry: int = 0) -> str:
    """The try of a state that was entered in this second, after this many retries."""
    wait_try = wait_try_of({"enteredAt": f"2026-03-14T09:26:{second:02}.013Z", "retryCount": retry})
    assert wait_try is not None
    return wait_try


def await_click(world: World, token: str, wait_try: str | None) -> None:
    world.service.build_connect_url.await_click(SESSION_ID, token, (), wait_try)


def await_redirect(world: World, token: str, wait_try: str | None) -> None:
    world.service.build_connect_url.await_redirect(SESSION_ID, token, Ask.ANSWER, (), wait_try)


Wait = Callable[[World, str, str | None], None]
waits = pytest.mark.parametrize("wait", [await_click, await_redirect], ids=["click", "redirect"])


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AUTHORIZING)
    return world


@waits
def test_an_older_try_never_replaces_the_live_token(world: World, wait: Wait) -> None:
    wait(world, "live", tried(retry=1))
    before = world.session

    with pytest.raises(WaitOvertaken):
        wait(world, "dead", tried(retry=0))

    assert world.session == before


@waits
def test_an_older_try_that_writes_late_does_not_replace_it_either(world: World, wait: Wait) -> None:
    class SlowToWrite(FakeSessions):
        def get(self, session_id: str) -> Session:
            session = super().get(session_id)
            if newer:
                newer.pop()()
            return session

    newer = [lambda: wait(world, "live", tried(retry=1))]
    world.sessions = SlowToWrite(world.logins).with_session(world.session)

    with pytest.raises(WaitOvertaken):
        wait(world, "dead", tried(retry=0))

    assert world.session.task_token == "live"


def test_a_click_reaches_the_workflow_after_a_late_older_try(world: World) -> None:
    world.workflow = FakeWorkflow("live")
    await_click(world, "live", tried(retry=1))
    with pytest.raises(WaitOvertaken):
        await_click(world, "dead", tried(retry=0))

    world.service.handle_evidence(SESSION_ID, lambda _: _CLICK)

    assert world.workflow.woken == [("live", "click")]


@given(
    tries=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 8, 10])), min_size=1, max_size=8),
    wait=st.sampled_from([await_click, await_redirect]),
)
def test_the_newest_trys_token_is_kept_in_any_order(tries: list[tuple[int, int]], wait: Wait) -> None:
    logins = FakeLogins()
    world = World(logins=logins)
    world.with_session(Status.AUTHORIZING)

    for came_before, (second, retry) in enumerate(tries):
        is_older = (second, retry) < max(tries[: came_before + 1])
        with pytest.raises(WaitOvertaken) if is_older else nullcontext():
            wait(world, f"token of {second} {retry}", tried(second, retry))

    second, retry = max(tries)
    assert world.session.task_token == f"token of {second} {retry}"


@waits
def test_a_try_that_is_repeated_may_write_again(world: World, wait: Wait) -> None:
    wait(world, "token", tried())

    wait(world, "token", tried())

    assert world.session.task_token == "token"


@waits
@pytest.mark.parametrize("before", [None, tried()])
def test_an_execution_of_an_older_definition_waits_as_before(world: World, wait: Wait, before: str | None) -> None:
    wait(world, "token-1", before)

    wait(world, "token-2", wait_try_of({"sessionId": SESSION_ID}))

    assert world.session.task_token == "token-2"


@waits
@pytest.mark.parametrize(
    "became",
    [
        {"status": Status.FETCHING, "task_token": None},
        {"status": Status.AUTHORIZING, "attempt": an_attempt(number=2), "task_token": None},
        {"status": Status.AWAITING_USER, "attempt": an_attempt(number=2), "task_token": "of-attempt-2"},
    ],
    ids=["fetching", "another_attempt", "another_question"],
)
@pytest.mark.parametrize("wait_try", [None, tried()], ids=["older_definition", "today"])
def test_a_try_after_the_workflow_has_moved_on_changes_nothing(
    world: World, wait: Wait, became: dict[str, Any], wait_try: str | None
) -> None:
    class MovesOn(FakeSessions):
        def get(self, session_id: str) -> Session:
            session = super().get(session_id)
            if not moved_on:
                moved_on.append(self.save(replace(session, **became)))
            return session

    moved_on: list[Session] = []
    world.sessions = MovesOn(world.logins).with_session(world.session)

    with pytest.raises(WaitOvertaken):
        wait(world, "dead", wait_try)

    assert [world.session] == moved_on


def test_a_later_question_is_shown_after_a_redirect_without_result(world: World) -> None:
    await_redirect(world, TASK_TOKEN, tried(second=50))
    world.workflow.wake(TASK_TOKEN, "redirect")
    world.sessions.save(replace(world.session, status=Status.AUTHORIZING, task_token=None, connect_url=None))
    world.flinks = FakeFlinks()

    await_redirect(world, "next", tried(second=51))

    assert (world.session.status, world.session.task_token) == (Status.AWAITING_USER, "next")
