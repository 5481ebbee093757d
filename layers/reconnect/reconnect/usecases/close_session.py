"""End a session, whatever the reason, and give its login back."""

from dataclasses import dataclass

from reconnect.model.observations import Observations, record_observations
from reconnect.model.session import Session
from reconnect.ports import Clock, Logins, Sessions
from reconnect.rules.endings import Endings
from reconnect.usecases.session_updates import update_login, update_session


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    """Ends a session for whoever has a reason to, and frees its login."""

    sessions: Sessions
    logins: Logins
    end: Endings
    clock: Clock

    def __call__(self, session_id: str, reason: str, observations: Observations = ()) -> Session:
        """End the session for `reason` and free its login; the timeline then also tells what was `observations` last.

        On a session that has ended it only frees the login: a crash between the two must not hold it.
        """

        def end(session: Session) -> Session:
            return (
                session
                if session.status.is_terminal
                else self.end(record_observations(session, observations), reason, self.clock())
            )

        closed = update_session(self.sessions, session_id, end)
        update_login(self.logins, closed.login_id, lambda login: login.settle(closed))
        return closed
