"""Forget a login: end what is live, delete every record, and tell what was deleted without naming anyone."""

from dataclasses import dataclass, replace
from datetime import timedelta

from reconnect.model.errors import (
    ErasureUnfinished,
    FlinksError,
    RecordUnreadable,
    SecretsUnavailable,
    SessionChanged,
    SessionNotFound,
)
from reconnect.model.outcomes import DONE
from reconnect.ports import Clock, Flinks, Logins, Results, Sessions
from reconnect.usecases.stop_session import StopSession

# The caller waits, 30 seconds at most, and Flinks may be asked after this.
TIME_TO_DELETE = timedelta(seconds=14)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted: how many sessions, how many documents that they had read, whether anything was remembered of
    the login, and how Flinks answered to DeleteCard: DELETED, its FlinksCode, such as `HTTP_500` if it gave none, or
    the name of what kept it from answering; None if it was not asked.
    """

    sessions: int
    results: int
    was_known: bool
    card: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseLogin:
    """The use case behind `DELETE /logins/{loginId}`. Twice is harmless: the second time there is nothing to delete."""

    sessions: Sessions
    logins: Logins
    results: Results
    flinks: Flinks
    stop: StopSession
    clock: Clock

    def __call__(self, login_id: str, *, with_card: bool = False) -> Erasure:
        """Erase; `with_card`: then also have Flinks delete what it keeps of the login (DeleteCard).

        Raises ResultNotErased if S3 does not delete, ErasureUnfinished if there is more than fits into the time. Both
        may be called again, and go on from there. So it is with RecordUnreadable, for a record of a newer format: what
        else belongs to that session only a newer version knows.
        """
        erasure = self._erase(login_id)
        # Ours is gone, and only this answer tells it: a Flinks that fails must not take the answer away.
        return replace(erasure, card=self._delete_card(login_id)) if with_card else erasure

    def _erase(self, login_id: str) -> Erasure:
        give_up_at = self.clock() + TIME_TO_DELETE
        sessions, results, was_known = 0, 0, False
        for _ in range(_TRIES):
            login = self.logins.get(login_id)
            was_known = was_known or login.version > 0
            if login.session_id is not None:
                self._end(login.session_id)
            # The index may not know yet of a session that was opened in this very second.
            for session_id in {*self.sessions.of_login(login_id), *filter(None, [login.session_id])}:
                if self.clock() >= give_up_at:
                    raise ErasureUnfinished(f"{sessions} sessions were deleted, others are left")
                # The data first: its session's record is what leads a second call to it.
                results += self.results.erase(session_id)
                sessions += self.sessions.erase(session_id)
                # And what a late read put there between the two; whoever comes now finds no record, and takes it back.
                results += self.results.erase(session_id)
            if self._has_forgotten(login_id, login.session_id):
                return Erasure(sessions, results, was_known or sessions > 0)
        raise ErasureUnfinished("it is opened again and again")

    def _has_forgotten(self, login_id: str, ended: str | None) -> bool:
        """False if another session has taken the login meanwhile, which must be ended first."""
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
            # Without its key Flinks cannot be asked.
            return FlinksError.code
        return "DELETED" if reply.status in DONE else reply.code or f"HTTP_{reply.status}"

    def _end(self, session_id: str) -> None:
        try:
            self.stop(session_id, "CANCELLED")
        except (SessionNotFound, RecordUnreadable):
            # Its record is gone already, or goes as it is; its execution then finds nothing to work on.
            return
