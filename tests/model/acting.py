"""A world for one test, and the few things that callers and users do in it."""

import json
from typing import Any

import pytest

from reconnect.model.session import Session, Status
from tests.model.ledger import Plan
from tests.model.scheduling import Invocation
from tests.model.world import World

LOGIN = "aaaaaaaa-0000-4000-8000-00000000000a"
ASKS = Plan("ask", works=4)

# Beside the fixture `acting`: a world without a cooldown; each way in which evidence reaches us.
no_cooldown = pytest.mark.parametrize("acting", [{"COOLDOWN_SECONDS": "0"}], indirect=True)
evidence = pytest.mark.parametrize("evidence", ["redirect", "page event", "webhook"])


class Acting:
    """One login in a world; its bank asks its question after four seconds, unless other plans are given."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.world.bank.usual = ASKS

    def plan(self, *plans: Plan) -> None:
        """The bank's next attempts go so."""
        self.world.bank.login(LOGIN).plans += plans

    def ask(self, **body: Any) -> Invocation:
        """POST /sessions, with all that follows at once."""
        run = self.world.endpoints.open({"loginId": LOGIN, **body})
        self.world.settle()
        return run

    def open(self, **body: Any) -> str:
        """Open a session, or join the one that is live."""
        run = self.ask(**body)
        assert run.reply["statusCode"] in {200, 202}, run.reply
        return str(json.loads(run.reply["body"])["sessionId"])

    def session(self, session_id: str) -> Session:
        return self.world.sessions.get(session_id)

    def answer(self) -> None:
        """The user answers; nobody has heard of it yet."""
        assert self.world.bank.answer(LOGIN)

    def redirect(self, session_id: str) -> None:
        """The browser comes back with the state that Connect was given last."""
        self.world.endpoints.redirect(self.world.checks.states[session_id][-1], LOGIN)
        self.world.settle()

    def page_event(self, session_id: str) -> int:
        """Our page hears Connect's own REDIRECT; the status that it is answered with."""
        run = self.world.endpoints.page(session_id, "events", {"step": "REDIRECT"})
        self.world.settle()
        return int(run.reply["statusCode"])

    def bring(self, session_id: str, evidence: str) -> None:
        """Evidence of this kind reaches us."""
        match evidence:
            case "redirect":
                self.redirect(session_id)
            case "page event":
                self.page_event(session_id)
            case "webhook":
                self.world.endpoints.webhook(LOGIN)
                self.world.settle()

    def end(self, session_id: str, how: str) -> None:
        """End the session from outside."""
        match how:
            case "cancel":
                self.world.endpoints.cancel(session_id)
            case "erase":
                self.world.endpoints.erase(LOGIN)
            case "stop":
                self.world.machine.executions[session_id].stop("ABORTED")
        self.world.settle()

    def start_workflow(self, name: str) -> None:
        """Another workflow starts ours."""
        self.world.endpoints.start_workflow(name, {"loginId": LOGIN})
        self.world.settle()

    def click(self, session_id: str) -> dict[str, Any]:
        """The user presses the button of our page."""
        run = self.world.endpoints.page(session_id, "attempts")
        self.world.settle()
        said: dict[str, Any] = json.loads(run.reply["body"])
        return said

    def pass_until(self, session_id: str, status: Status, step: int = 1) -> None:
        """Let time pass, so many seconds at once, until the session stands there, an hour at most."""
        for _ in range(0, 3600, step):
            if self.session(session_id).status is status:
                return
            self.world.pass_time(step)
        raise AssertionError(f"{session_id} is {self.session(session_id).status} and not {status}")

    def start_in_flight(self, when: str = "before") -> Invocation:
        """The run that waits just before, or just after, its start reaches the bank."""
        (held,) = self.world.scheduler.held
        assert held.function == "start_authorize", held.function
        assert ("flinks.start_authorize" in held.points[:-1]) is (when == "after")
        return held

    def published(self) -> list[str]:
        """All that was announced, in order."""
        return [str(each.event_type) for each in self.world.sessions.published]

    def run_out(self) -> None:
        """To the end of all days; every promise must have been kept."""
        self.world.run_out()
        self.world.checks.hold()
