"""A world for one test, with the actions of callers and users."""

import json
from typing import Any

import pytest

from reconnect.model.session import Session, Status
from tests.model.ledger import Plan
from tests.model.scheduling import Invocation
from tests.model.world import World

LOGIN = "aaaaaaaa-0000-4000-8000-00000000000a"
ASKS = Plan("ask", works=4)

# For tests that use the fixture `acting`: a world without a cooldown; each kind of evidence.
no_cooldown = pytest.mark.parametrize("acting", [{"COOLDOWN_SECONDS": "0"}], indirect=True)
evidence = pytest.mark.parametrize("evidence", ["redirect", "page event", "webhook"])


class Acting:
    """One login in a world; its bank asks its question after four seconds, unless other plans are set."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.world.bank.default_plan = ASKS

    def plan(self, *plans: Plan) -> None:
        """Plan the bank's next attempts."""
        self.world.bank.login(LOGIN).plans += plans

    def ask(self, **body: Any) -> Invocation:
        """Call POST /sessions and run everything that follows at once."""
        run = self.world.endpoints.open({"loginId": LOGIN, **body})
        self.world.settle()
        return run

    def open(self, **body: Any) -> str:
        """Open a session, or join the live one, and return its id."""
        run = self.ask(**body)
        assert run.reply["statusCode"] in {200, 202}, run.reply
        return str(json.loads(run.reply["body"])["sessionId"])

    def session(self, session_id: str) -> Session:
        return self.world.sessions.get(session_id)

    def answer(self) -> None:
        """Answer the bank's question; no evidence is sent."""
        assert self.world.bank.answer(LOGIN)

    def redirect(self, session_id: str) -> None:
        """Send the browser back with the state that Connect got last."""
        self.world.endpoints.redirect(self.world.checks.states[session_id][-1], LOGIN)
        self.world.settle()

    def page_event(self, session_id: str) -> int:
        """Report Connect's REDIRECT event from our page, and return the HTTP status."""
        run = self.world.endpoints.page(session_id, "events", {"step": "REDIRECT"})
        self.world.settle()
        return int(run.reply["statusCode"])

    def send_evidence(self, session_id: str, evidence: str) -> None:
        """Send evidence of this kind."""
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
        """Start our workflow from another one."""
        self.world.endpoints.start_workflow(name, {"loginId": LOGIN})
        self.world.settle()

    def click(self, session_id: str) -> dict[str, Any]:
        """Press the button of our page, and return the reply's body."""
        run = self.world.endpoints.page(session_id, "attempts")
        self.world.settle()
        body: dict[str, Any] = json.loads(run.reply["body"])
        return body

    def pass_until(self, session_id: str, status: Status, step: int = 1) -> None:
        """Let time pass in steps of so many seconds until the session has this status, for an hour at most."""
        for _ in range(0, 3600, step):
            if self.session(session_id).status is status:
                return
            self.world.pass_time(step)
        raise AssertionError(f"{session_id} is {self.session(session_id).status}, not {status}")

    def start_in_flight(self, when: str = "before") -> Invocation:
        """Return the run that is held just before, or just after, its start reaches the bank."""
        (held,) = self.world.scheduler.held
        assert held.function == "start_authorize", held.function
        assert ("flinks.start_authorize" in held.points[:-1]) is (when == "after")
        return held

    def published(self) -> list[str]:
        """Return the types of all published events, in order."""
        return [str(each.event_type) for each in self.world.sessions.published]

    def run_out(self) -> None:
        """Run until every link has ended, then check that every promise was kept."""
        self.world.run_out()
        self.world.checks.assert_kept()
