"""Forget a login: end what is live, delete every record, and tell what was deleted without naming anyone."""

from dataclasses import dataclass

from reconnect.domain.errors import SessionNotFound
from reconnect.domain.outcomes import OK
from reconnect.domain.ports import Flinks, Logins, Results, Sessions
from reconnect.domain.stop_session import StopSession


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted: how many sessions, how many documents that they had read, whether anything was remembered of
    the login, and how Flinks answered to DeleteCard: DELETED, or its FlinksCode; None if it was not asked.
    """

    sessions: int
    results: int
    was_known: bool
    card: str | None = None


class EraseLogin:
    """The use case behind `DELETE /logins/{loginId}`. Twice is harmless: the second time there is nothing to delete."""

    def __init__(self, sessions: Sessions, logins: Logins, results: Results, flinks: Flinks, stop: StopSession) -> None:
        self._sessions, self._logins, self._results = sessions, logins, results
        self._flinks, self._stop = flinks, stop

    def __call__(self, login_id: str, *, with_card: bool = False) -> Erasure:
        """Erase; `with_card`: also have Flinks delete what it keeps of the login (DeleteCard). Raises ResultNotErased
        if S3 does not delete, FlinksError if Flinks does not, and may then be called again.
        """
        login = self._logins.get(login_id)
        if login.session_id is not None:
            self._end(login.session_id)
        # The index may not know yet of a session that was opened in this very second.
        erased = {*self._sessions.of_login(login_id), *filter(None, [login.session_id])}
        # The data first: its session's record is what leads a second call to it.
        results = 0
        for session_id in erased:
            results += self._results.erase(session_id)
            self._sessions.erase(session_id)
        self._logins.erase(login_id)
        card = self._delete_card(login_id) if with_card else None
        return Erasure(len(erased), results, login.version > 0, card)

    def _delete_card(self, login_id: str) -> str:
        reply = self._flinks.delete_card(login_id)
        return "DELETED" if reply.status == OK else reply.code

    def _end(self, session_id: str) -> None:
        try:
            self._stop(session_id, "CANCELLED")
        except SessionNotFound:
            # Its record is gone already; the login's own goes next.
            return
