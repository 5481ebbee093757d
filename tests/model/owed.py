"""What the service owes to the user: data after evidence of an answer, a new attempt after a click."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconnect.model.session import Session, Status
from tests.model.ledger import Start
from tests.model.promises import Promise
from tests.model.scheduling import Invocation
from tests.model.truth import is_of

if TYPE_CHECKING:
    from tests.model.world import World

# A browser may come back from Connect late: redirects count until this long after the link's end.
_REDIRECT_GRACE = timedelta(hours=1)
_CLICK_DEADLINE = timedelta(minutes=16)
# The data was requested until the end, and Flinks did not return it.
_NO_DATA = {"BANK_TOO_SLOW"}
_SERVER_ERROR = 500


class Owed:
    """Remembers evidence and clicks, and checks their results."""

    def __init__(self, world: "World") -> None:
        self._world = world
        # The kind of evidence, by session, where the bank had accepted the answer before the evidence reached us.
        self._evidence: dict[str, str] = {}
        self._clicks: list[tuple[str, datetime, Start | None]] = []

    def evidence(self, session_id: str, kind: str) -> Callable[[Invocation], None]:
        """Register evidence that is sent now; the returned function decides from the reply whether it counts."""
        world = self._world
        session = world.known(session_id)
        is_late = world.clock.now >= session.link_expires_at + _REDIRECT_GRACE - timedelta(seconds=2)
        counts = not is_late and world.truth.answered(session)

        def replied(run: Invocation) -> None:
            is_taken = run.reply is not None and run.reply["statusCode"] < _SERVER_ERROR and not run.has_lost
            if counts and is_taken:
                self._evidence[session_id] = kind

        return replied

    def redirect(self, state: str, login_id: str | None) -> Callable[[Invocation], None]:
        """Register a redirect with this state; a forged state, or one of another login, is not evidence."""
        for session_id, states in self._world.checks.states.items():
            if state in states and (login_id is None or is_of(self._world.known(session_id), login_id)):
                return self.evidence(session_id, "redirect")
        return _nothing

    def webhook(self, login_id: str) -> Callable[[Invocation], None]:
        """Register a webhook for a login: it is evidence for the session opened last."""
        of_login = [each for each in self._world.checks.last_written.values() if is_of(each, login_id)]
        return self.evidence(of_login[-1].session_id, "webhook") if of_login else _nothing

    def click(self, session_id: str) -> Callable[[Invocation], None]:
        """Register a click: if the page reports that an attempt begins, one must begin."""
        world = self._world
        session, before = world.known(session_id), self._last_start(session_id)

        def replied(run: Invocation) -> None:
            if run.reply is None or run.reply["statusCode"] != 200 or session.status is not Status.AWAITING_CLICK:
                return
            if json.loads(run.reply["body"])["stage"] == "contacting":
                self._clicks.append((session_id, world.clock.now, before))

        return replied

    def check_clicks(self) -> None:
        """Check that each click led to an attempt within 16 minutes, not counting trouble and a stopped sweeper."""
        world = self._world
        calm_since = max(world.sweeps_since, world.troubled_at)
        for click in list(self._clicks):
            session_id, at, before = click
            is_due = world.sweeps and world.clock.now > max(at, calm_since) + _CLICK_DEADLINE
            is_delivered = self._is_delivered(session_id, before)
            if is_delivered or is_due:
                self._clicks.remove(click)
                message = f"{session_id} was clicked at {at}, and is {world.known(session_id).status}"
                world.checks.expect(Promise.CLICKED, is_delivered, message)

    def at_the_end(self) -> None:
        """Check that each answered session has its data, unless it was cancelled or erased."""
        for session_id, kind in self._evidence.items():
            session = self._world.known(session_id)
            if session_id in self._world.checks.erased or session.status is Status.CANCELLED:
                continue
            if (session.failure and session.failure.code in _NO_DATA) or self._world.truth.is_withheld(session):
                continue
            is_delivered = session.status.is_success or self.is_corrected(session)
            message = f"{session_id} is {session.status}, despite evidence of its answer: {kind}"
            can_be_proved = self._world.truth.can_prove(session)
            self._world.checks.expect(Promise.EVIDENCE, is_delivered or not can_be_proved, message)

    def is_corrected(self, session: Session) -> bool:
        """Whether its ending was corrected, or its late execution was aborted."""
        late = [
            execution
            for name, execution in self._world.machine.executions.items()
            if name.startswith(f"{session.session_id}-late")
        ]
        return session.has_cause("corrected") or any(execution.status == "ABORTED" for execution in late)

    def _is_delivered(self, session_id: str, before: Start | None) -> bool:
        """Whether a new attempt began, the last one is still open or answered, or the session has ended."""
        status = self._world.known(session_id).status
        is_elsewhere = status.is_terminal or status in {Status.AWAITING_USER, Status.FETCHING}
        return is_elsewhere or session_id in self._world.checks.erased or self._last_start(session_id) is not before

    def _last_start(self, session_id: str) -> Start | None:
        return self._world.bank.last_start(self._world.known(session_id).login_id, session_id)


def _nothing(_: Invocation) -> None:
    return None
