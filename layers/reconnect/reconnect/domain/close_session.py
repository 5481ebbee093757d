"""End a session, whatever the reason, and give its login back."""

from reconnect.domain.changes import change, change_login
from reconnect.domain.endings import Endings
from reconnect.domain.looks import Seen, write_down
from reconnect.domain.ports import Logins, Sessions
from reconnect.domain.session import Session


class CloseSession:
    """Ends a session for whoever has a reason to, and frees its login."""

    def __init__(self, sessions: Sessions, logins: Logins, end: Endings) -> None:
        self._sessions, self._logins, self._end = sessions, logins, end

    def __call__(self, session_id: str, reason: str, seen: tuple[Seen, ...] = ()) -> Session:
        """End the session for `reason` and free its login; the timeline then also tells what was `seen` last.

        On a session that has ended it only frees the login: a crash between the two must not hold it.
        """

        def end(session: Session) -> Session:
            return session if session.status.is_terminal else self._end(write_down(session, seen), reason)

        closed = change(self._sessions, session_id, end)
        change_login(self._logins, closed.login_id, lambda login: login.settle(closed))
        return closed
