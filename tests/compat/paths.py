"""The main paths through the workflow, each played in its own world; `python -m tests.compat.paths` plays all.

The same module, frozen in a release's snapshot, plays them with that release's functions. A path does not define its
expected end: the calling test compares.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.session import Session
from tests.model import machine
from tests.model.ledger import Plan
from tests.model.world import World
from tests.workflow.evaluating import evaluate

LOGIN_ID = "5e115eb7-94b4-4b19-9a0a-1d0d71b00001"

_MINUTE, _HOUR = 60, 3600


class Path:
    """One login, one session, and the actions of its user."""

    def __init__(self, world: World, *plans: Plan) -> None:
        self.world = world
        world.bank.login(LOGIN_ID).plans += plans

    def open(self, **body: Any) -> None:
        """Call POST /sessions."""
        self.world.endpoints.open({"loginId": LOGIN_ID, **body})
        self.world.settle()

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.world.pass_time(seconds)

    @property
    def session(self) -> Session:
        """The session as stored now."""
        (session,) = self.world.sessions.all
        return session

    def come_back(self) -> None:
        """Send the browser from Connect to our redirect endpoint."""
        state = self.world.checks.states[self.session.session_id][-1]
        self.world.endpoints.redirect(state, LOGIN_ID)
        self.world.settle()

    def answer(self) -> None:
        """Answer the bank's question as the user, and come back."""
        assert self.world.bank.answer(LOGIN_ID)
        self.come_back()

    def click(self) -> None:
        """Click for another attempt."""
        self.world.endpoints.page(self.session.session_id, "attempts")
        self.world.settle()


def _without_question(world: World) -> None:
    Path(world, Plan("ok", works=5, fetches=2)).open()


def _answered(world: World) -> None:
    path = Path(world, Plan("ask", works=5))
    path.open()
    path.pass_time(_MINUTE)
    path.answer()


def _answered_without_a_redirect(world: World) -> None:
    path = Path(world, Plan("ask", works=5))
    path.open()
    path.pass_time(_MINUTE)
    assert world.bank.answer(LOGIN_ID)


def _signed_in(world: World) -> None:
    path = Path(world, Plan("INVALID_PASSWORD", works=5))
    path.open()
    path.pass_time(_MINUTE)
    assert world.bank.sign_in(LOGIN_ID)
    path.come_back()


def _clicked(world: World) -> None:
    """The attempt expires without an answer; a click starts another."""
    path = Path(world, Plan("ask"), Plan("ok", works=5))
    path.open()
    path.pass_time(_HOUR)
    path.click()


def _clicked_in_a_new_execution(world: World) -> None:
    """The first execution polls often, until a new one takes over."""
    path = Path(world, Plan("ask"), Plan("ok", works=5))
    path.open()
    path.pass_time(_MINUTE)
    path.click()
    path.pass_time(_HOUR)
    path.click()


def _user_absent(world: World) -> None:
    Path(world, Plan("ask")).open(linkLifetimeHours=1)


def _refused(world: World) -> None:
    Path(world, Plan("DISABLED_LOGIN", works=5)).open()


def _busy_at_first(world: World) -> None:
    Path(world, Plan("RETRY_LATER", works=1), Plan("ok", works=5)).open()


def _refreshed_after_the_end(world: World) -> None:
    """The browser comes back only after the link's end, and the data is fresh by then."""
    path = Path(world, Plan("ask"))
    path.open(linkLifetimeHours=1)
    path.pass_time(_HOUR + 5 * _MINUTE)
    world.bank.refresh_elsewhere(LOGIN_ID)
    path.come_back()


def _opened_by_a_workflow(world: World) -> None:
    path = Path(world, Plan("ask", works=5))
    world.endpoints.start_workflow("theirs", {"loginId": LOGIN_ID})
    path.pass_time(_MINUTE)
    path.answer()


def _joined_by_a_workflow(world: World) -> None:
    path = Path(world, Plan("ask", works=5))
    path.open()
    path.pass_time(_MINUTE)
    world.endpoints.start_workflow("theirs", {"loginId": LOGIN_ID})
    path.pass_time(_MINUTE)
    path.answer()


def _refused_to_a_workflow(world: World) -> None:
    world.endpoints.start_workflow("theirs", {"loginId": "invalid"})


def _cancelled(world: World) -> None:
    path = Path(world, Plan("ask", works=5))
    path.open()
    path.pass_time(_MINUTE)
    world.endpoints.cancel(path.session.session_id)


PATHS: dict[str, Callable[[World], None]] = {
    "without a question": _without_question,
    "answered": _answered,
    "answered, the redirect is lost": _answered_without_a_redirect,
    "signed in anew": _signed_in,
    "clicked after the attempt died": _clicked,
    "clicked in a new execution": _clicked_in_a_new_execution,
    "nobody came": _user_absent,
    "refused": _refused,
    "busy at first": _busy_at_first,
    "refreshed after the end": _refreshed_after_the_end,
    "opened by a workflow": _opened_by_a_workflow,
    "joined by a workflow": _joined_by_a_workflow,
    "refused to a workflow": _refused_to_a_workflow,
    "cancelled": _cancelled,
}


_SETTINGS: dict[str, dict[str, Any]] = {"clicked in a new execution": {"UNATTENDED_INTERVAL_SECONDS": "10"}}


def play(name: str) -> dict[str, Any]:
    """Return how a path ended: the session, its executions, the published events and the broken promises."""
    world = World(**_SETTINGS.get(name, {}))
    leave, patch = world.installed(), pytest.MonkeyPatch()
    undefined: list[str] = []
    patch.setattr(machine, "evaluate", lambda text, **bound: _evaluate(text, undefined, **bound))
    try:
        PATHS[name](world)
        world.pass_time(timedelta(hours=3).total_seconds())
        while world.endpoints.deliver():
            world.settle()
        sessions = world.sessions.all
        return {
            "ended": [f"{each.status} {each.failure.code if each.failure else ''}".strip() for each in sessions],
            "starts": world.bank.starts,
            "executions": sorted(each.status for each in world.machine.executions.values()),
            "announced": world.sessions.event_types,
            "violations": world.checks.violations,
            "undefined": sorted(set(undefined)),
        }
    finally:
        world.scheduler.kill_all()
        patch.undo()
        leave()


def _evaluate(text: str, undefined: list[str], **bound: Any) -> Any:
    """Evaluate as the model does, and collect expressions without a value: Step Functions fails an execution on those.

    Expressions on the context object are left out: older versions of the model do not provide all of it.
    """
    value = evaluate(text, **bound)
    if value is None and "$states.context" not in text and not evaluate(f"$exists({text})", **bound):
        undefined.append(text)
    return value


if __name__ == "__main__":
    print(json.dumps({name: play(name) for name in PATHS}))
