"""Evidence after a session ended without data: the data is read once more, and corrects the end if it is fresh."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.frozen import frozen
from reconnect.model.session import Actor, Session, Status
from reconnect.ports import Clock, Sessions, Workflow
from reconnect.usecases.session_updates import update_session

# Endings that a late answer may prove wrong.
_WITHOUT_DATA = {Status.STALE, Status.EXPIRED, Status.FAILED}

# The suffix of such evidence's cause in the timeline.
_AFTER_END = "_after_end"

# Evidence costs calls to Flinks, and anyone with a link can produce it. So from the second read on, each waits twice as
# long as the one before, and covers all evidence that comes until then.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=10)
_MOST = 20


@frozen(kw_only=True)
class LateReads:
    """Starts a late read for each piece of evidence that no read covers yet."""

    sessions: Sessions
    workflow: Workflow
    clock: Clock

    def __call__(self, session: Session, cause: str, actor: Actor) -> Session:
        """Take evidence for an ended session; one that has its data, was cancelled or never began stays as it is.

        The read is started before it is noted, so that no evidence is noted without a read. Raises WorkflowUnavailable.
        """
        if session.status not in _WITHOUT_DATA or session.attempt is None or session.is_corrected:
            return session
        noted = [entry for entry in session.timeline if entry.cause.endswith(_AFTER_END)]
        reads = [entry.at for entry in noted]
        # Counted by actor: events from a link cannot use up the reads that are left for Flinks' signed webhooks.
        is_used_up = sum(entry.actor is actor for entry in noted) >= _MOST
        if is_used_up or (reads and self.clock() < _begins_at(reads)):
            return session
        wait = _wait_before(len(reads))
        # A number is taken if another caller has just started that read, or if it was started but not noted.
        numbers = range(len(reads) + 1, len(reads) + _MOST)
        if not any(self.workflow.start_late_read(session, number, wait) for number in numbers):
            return session
        return update_session(
            self.sessions,
            session.session_id,
            lambda now: replace(now, has_pending_evidence=False).note(
                at=self.clock(), actor=actor, cause=f"{cause}{_AFTER_END}"
            ),
        )


def _wait_before(reads: int) -> timedelta:
    return min(_FIRST_WAIT * 2 ** (reads - 1), _LONGEST_WAIT) if reads else timedelta()


def _begins_at(reads: list[datetime]) -> datetime:
    """When the last of these reads begins, or began."""
    return reads[-1] + _wait_before(len(reads) - 1)
