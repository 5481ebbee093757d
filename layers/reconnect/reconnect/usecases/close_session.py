"""End a session and free its login."""

from functools import partial

from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, record_observations
from reconnect.model.session import Session
from reconnect.ports import Clock, Logins, Sessions
from reconnect.rules.endings import Endings
from reconnect.usecases.count_end import CountEnd
from reconnect.usecases.session_updates import update_login, update_session


@frozen(kw_only=True)
class CloseSession:
    """Shared by all use cases that end a session, from inside its workflow or from outside."""

    sessions: Sessions
    logins: Logins
    end: Endings
    clock: Clock
    count_end: CountEnd

    def __call__(self, session_id: str, reason: str, observations: Observations = ()) -> Session:
        """Record the last `observations`, end the session for `reason`, and free its login.

        If the session has ended already it only frees the login, which a crash between the two may have left held.
        """

        def end(session: Session) -> Session:
            return (
                session
                if session.status.is_terminal
                else self.end(record_observations(session, observations), reason, self.clock())
            )

        closed = self.count_end.once(partial(update_session, self.sessions, session_id), end)
        self.free_login(closed)
        return closed

    def free_login(self, ended: Session) -> None:
        """Let the login begin another session, and remember what the ended one found out about it."""
        update_login(self.logins, ended.login_id, lambda login: login.settle(ended))
