"""End a session, whatever the reason, and give its login back."""

from reconnect.model.observations import Seen, write_down
from reconnect.model.session import Session
from reconnect.ports import Clock, Logins, Sessions
from reconnect.rules.endings import Endings
from reconnect.usecases.session_updates import change, change_login


class CloseSession:
    """Ends a session for whoever has a reason to, and frees its login."""

    def __init__(self, sessions: Sessions, logins: Logins, end: Endings, clock: Clock) -> None:
        self._sessions, self._logins, self._end, self._clock = sessions, logins, end, clock

    def __call__(self, session_id: str, reason: str, seen: tuple[Seen, ...] = ()) -> Session:
        """End the session for `reason` and free its login; the timeline then also tells what was `seen` last.

        On a session that has ended it only frees the login: a crash between the two must not hold it.
        """

        def end(session: Session) -> Session:
            return (
                session if session.status.is_terminal else self._end(write_down(session, seen), reason, self._clock())
            )

        closed = change(self._sessions, session_id, end)
        change_login(self._logins, closed.login_id, lambda login: login.settle(closed))
        return closed
