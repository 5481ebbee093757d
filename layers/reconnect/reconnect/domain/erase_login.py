"""Forget a login: end what is live, delete every record, and tell what was deleted without naming anyone."""

from dataclasses import dataclass

from reconnect.domain.errors import SessionNotFound
from reconnect.domain.outcomes import OK
from reconnect.domain.ports import Flinks, Logins, Sessions
from reconnect.domain.stop_session import StopSession


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted: how many sessions, whether anything was remembered of the login, and how Flinks answered to
    DeleteCard: DELETED, or its FlinksCode; None if it was not asked.
    """

    sessions: int
    was_known: bool
    card: str | None = None


class EraseLogin:
    """The use case behind `DELETE /logins/{loginId}`. Twice is harmless: the second time there is nothing to delete."""

    def __init__(self, sessions: Sessions, logins: Logins, flinks: Flinks, stop: StopSession) -> None:
        self._sessions, self._logins, self._flinks, self._stop = sessions, logins, flinks, stop

    def __call__(self, login_id: str, *, with_card: bool = False) -> Erasure:
        """Erase; `with_card`: also have Flinks delete what it keeps of the login (DeleteCard). Raises FlinksError then
        if Flinks does not, and may be called again.
        """
        login = self._logins.get(login_id)
        if login.session_id is not None:
            self._end(login.session_id)
        erased = self._sessions.of_login(login_id)
        for session_id in erased:
            self._sessions.erase(session_id)
        self._logins.erase(login_id)
        return Erasure(len(erased), login.version > 0, self._delete_card(login_id) if with_card else None)

    def _delete_card(self, login_id: str) -> str:
        reply = self._flinks.delete_card(login_id)
        return "DELETED" if reply.status == OK else reply.code

    def _end(self, session_id: str) -> None:
        try:
            self._stop(session_id, "CANCELLED")
        except SessionNotFound:
            # Its record is gone already; the login's own goes next.
            return
