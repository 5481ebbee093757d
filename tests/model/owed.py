"""What the service owes to whoever came: to evidence of an answer its data, to a click a new attempt."""

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

# A browser may come back from Connect late: it is believed until this long after the link's end.
_BELIEVED = timedelta(hours=1)
_CLICK_IS_HEARD = timedelta(minutes=16)
# The data was asked for, until the end, and Flinks did not hand it out.
_NO_DATA = {"BANK_TOO_SLOW"}
_PAGE_CAN_TELL = 500


class Owed:
    """Remembers who came, and what must become of it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        # Sessions whose answer the bank had taken when evidence of it reached us, and what the evidence was.
        self._evidence: dict[str, str] = {}
        self._clicks: list[tuple[str, datetime, Start | None]] = []

    def evidence(self, session_id: str, kind: str) -> Callable[[Invocation], None]:
        """A redirect, a page event or a webhook comes now; whether it counts is known once it is answered."""
        world = self._world
        session = world.known(session_id)
        is_late = world.clock.now >= session.link_expires_at + _BELIEVED - timedelta(seconds=2)
        counts = not is_late and world.truth.answered(session)

        def replied(run: Invocation) -> None:
            is_taken = run.reply is not None and run.reply["statusCode"] < _PAGE_CAN_TELL and not run.has_lost
            if counts and is_taken:
                self._evidence[session_id] = kind

        return replied

    def redirect(self, state: str, login_id: str | None) -> Callable[[Invocation], None]:
        """The browser comes back with this state; one that is forged, or of another login, is no evidence."""
        for session_id, states in self._world.checks.states.items():
            if state in states and (login_id is None or is_of(self._world.known(session_id), login_id)):
                return self.evidence(session_id, "redirect")
        return _nothing

    def webhook(self, login_id: str) -> Callable[[Invocation], None]:
        """Flinks' own news of a login: it speaks of the session that was opened last."""
        of_login = [each for each in self._world.checks.seen.values() if is_of(each, login_id)]
        return self.evidence(of_login[-1].session_id, "webhook") if of_login else _nothing

    def click(self, session_id: str) -> Callable[[Invocation], None]:
        """The user wants another attempt, and is told that it begins."""
        world = self._world
        session, before = world.known(session_id), self._last_start(session_id)

        def replied(run: Invocation) -> None:
            if run.reply is None or run.reply["statusCode"] != 200 or session.status is not Status.AWAITING_CLICK:
                return
            if json.loads(run.reply["body"])["stage"] == "contacting":
                self._clicks.append((session_id, world.clock.now, before))

        return replied

    def look_at_clicks(self) -> None:
        """A click is heard within 16 minutes; while there is trouble, or nobody sweeps, that time does not run."""
        world = self._world
        calm_since = max(world.sweeps_since, world.troubled_at)
        for click in list(self._clicks):
            session_id, at, before = click
            is_due = world.sweeps and world.clock.now > max(at, calm_since) + _CLICK_IS_HEARD
            is_delivered = self._is_delivered(session_id, before)
            if is_delivered or is_due:
                self._clicks.remove(click)
                told = f"{session_id} was clicked at {at}, and stands in {world.known(session_id).status}"
                world.checks.expect(Promise.CLICKED, is_delivered, told)

    def at_the_end(self) -> None:
        """Whoever answered has their data, unless the session was cancelled or erased."""
        for session_id, kind in self._evidence.items():
            session = self._world.known(session_id)
            if session_id in self._world.checks.erased or session.status is Status.CANCELLED:
                continue
            if (session.failure and session.failure.code in _NO_DATA) or self._world.truth.is_withheld(session):
                continue
            is_delivered = session.status.is_success or self.is_corrected(session)
            told = f"{session_id} is {session.status}, though its answer was told by {kind}"
            can_be_proved = self._world.truth.can_prove(session)
            self._world.checks.expect(Promise.EVIDENCE, is_delivered or not can_be_proved, told)

    def is_corrected(self, session: Session) -> bool:
        """Whether its end was corrected, or somebody stopped the execution that would have done so."""
        late = [
            execution
            for name, execution in self._world.machine.executions.items()
            if name.startswith(f"{session.session_id}-late")
        ]
        return session.has_cause("corrected") or any(execution.status == "ABORTED" for execution in late)

    def _is_delivered(self, session_id: str, before: Start | None) -> bool:
        """Whether an attempt began, the last one turned out to stand or to be answered, or the session has ended."""
        status = self._world.known(session_id).status
        is_elsewhere = status.is_terminal or status in {Status.AWAITING_USER, Status.FETCHING}
        return is_elsewhere or session_id in self._world.checks.erased or self._last_start(session_id) is not before

    def _last_start(self, session_id: str) -> Start | None:
        return self._world.bank.last_start(self._world.known(session_id).login_id, session_id)


def _nothing(_: Invocation) -> None:
    return None
