"""Forget a login: end its live session, delete every record, and report what was deleted without naming anyone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from reconnect.model.batch_items import digest_of
from reconnect.model.errors import (
    ErasureUnfinished,
    FlinksError,
    RecordUnreadable,
    SecretsUnavailable,
    SessionChanged,
    SessionNotFound,
)
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import DONE
from reconnect.model.reasons import Reason
from reconnect.ports import Batches, Clock, Flinks, Logins, References, Results, Sessions
from reconnect.usecases.stop_session import StopSession

# The caller waits for 30 seconds at most; the last call to AWS may stall, and the call to Flinks may follow.
TIME_TO_DELETE = timedelta(seconds=6)
_TRIES = 5


@frozen
class Erasure:
    """How many sessions and stored documents were deleted, and whether anything was remembered of the login.

    `card` is the answer to DeleteCard: DELETED, the FlinksCode (`HTTP_500` and the like if it has none), or the code of
    the error that prevented an answer; None if Flinks was not asked.
    """

    sessions: int
    results: int
    was_known: bool
    card: str | None = None


@frozen(kw_only=True)
class EraseLogin:
    """The use case behind `DELETE /logins/{loginId}`. A second call is harmless: it finds nothing to delete."""

    sessions: Sessions
    references: References
    logins: Logins
    results: Results
    flinks: Flinks
    stop: StopSession
    batches: Batches
    idempotency_key: Callable[[], bytes]
    clock: Clock

    def __call__(
        self, login_id: str, *, with_card: bool = False, report_erased: Callable[[str], None] = lambda _: None
    ) -> Erasure:
        """Erase; `with_card`: then also have Flinks delete what it keeps of the login (DeleteCard).

        `report_erased` is called with the id of each session whose record was deleted, also if the rest then fails.

        Batches forget the login first, so that no tick opens a session for it after its sessions are gone.

        Raises ResultNotErased if S3 does not delete, ErasureUnfinished if the time is not enough, and RecordUnreadable
        for a record of a newer format, because only a newer version knows what else belongs to that session. After each
        the call may be repeated, and continues from there.
        """
        erasure = self._erase(login_id, report_erased)
        # Our records are gone, and only this answer says so: a failure of Flinks must not replace it.
        return replace(erasure, card=self._delete_card(login_id)) if with_card else erasure

    def _erase(self, login_id: str, report_erased: Callable[[str], None]) -> Erasure:
        give_up_at = self.clock() + TIME_TO_DELETE
        sessions, results = 0, 0
        was_known = self.batches.forget(lambda batch_id: digest_of(self.idempotency_key(), batch_id, login_id))
        for _ in range(_TRIES):
            login = self.logins.get(login_id)
            was_known = was_known or login.version > 0
            if login.session_id is not None:
                self._end(login.session_id)
            # The index may not list a session yet that was opened within this second.
            for session_id in {*self.sessions.of_login(login_id), *filter(None, [login.session_id])}:
                if self.clock() >= give_up_at:
                    raise ErasureUnfinished(f"{sessions} sessions were deleted, others are left")
                self._forget_references(session_id)
                # The data before the record: a second call finds it through that.
                results += self.results.erase(session_id)
                if self.sessions.erase(session_id):
                    sessions += 1
                    report_erased(session_id)
                # Again for what a late read stored between the two. A later one finds no record and deletes its own.
                results += self.results.erase(session_id)
            if self._has_forgotten(login_id, login.session_id):
                return Erasure(sessions, results, was_known or sessions > 0)
        raise ErasureUnfinished("it is opened again and again")

    def _forget_references(self, session_id: str) -> None:
        """Delete what leads to the session. What leads to a damaged one names nobody, and expires."""
        with suppress(SessionNotFound, RecordUnreadable):
            self.references.forget(self.sessions.get(session_id))

    def _has_forgotten(self, login_id: str, ended: str | None) -> bool:
        """Forget the login; False if another session has taken it meanwhile, which must be ended first."""
        login = self.logins.get(login_id)
        if login.session_id not in {None, ended}:
            return False
        try:
            self.logins.erase(login.forget(self.clock()))
        except SessionChanged:
            return False
        return True

    def _delete_card(self, login_id: str) -> str:
        try:
            reply = self.flinks.delete_card(login_id)
        except FlinksError as failure:
            return failure.code
        except SecretsUnavailable:
            # Flinks cannot be called without its key.
            return FlinksError.code
        return "DELETED" if reply.status in DONE else reply.code or f"HTTP_{reply.status}"

    def _end(self, session_id: str) -> None:
        try:
            self.stop(session_id, Reason.CANCELLED)
        except (SessionNotFound, RecordUnreadable):
            # The record is gone, or is deleted without being read; its execution then finds no session.
            return
