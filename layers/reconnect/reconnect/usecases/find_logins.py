"""Find the logins that a caller means, each with its last sessions."""

from collections.abc import Callable, Iterable

from reconnect.model.errors import LoginNotFound
from reconnect.model.find_request import FindRequest
from reconnect.model.frozen import frozen
from reconnect.model.login import Login
from reconnect.model.login_state import FoundLogin
from reconnect.model.references import seal_correlation, seal_user
from reconnect.model.session import Session
from reconnect.ports import Clock, Logins, References, Sessions
from reconnect.rules.turns import state_of_login

# A user has few bank connections; the newest are shown.
_MOST_LOGINS = 5


@frozen(kw_only=True)
class FindLogins:
    """The use case behind `POST /logins/find`. It changes nothing, and asks neither Flinks nor the workflow."""

    sessions: Sessions
    references: References
    logins: Logins
    clock: Clock
    idempotency_key: Callable[[], bytes]

    def __call__(self, request: FindRequest) -> list[FoundLogin]:
        """Find one login by its id, or those of a user or a purpose; raise LoginNotFound if nothing is known of any.

        It reads at most one page of references, twice several sessions in one request, and five logins.
        """
        logins = [self.logins.get(login_id) for login_id in self._login_ids(request)]
        known = [login for login in logins if _is_known(login)]
        if not known:
            raise LoginNotFound("no record")
        wanted = dict.fromkeys(session_id for login in known for session_id in _recent(login))
        read = {session.session_id: session for session in self.sessions.get_all(list(wanted))}
        return [self._judged(login, [read[each] for each in _recent(login) if each in read]) for login in known]

    def _login_ids(self, request: FindRequest) -> list[str]:
        if request.login_id is not None:
            return [request.login_id]
        if request.user_ref is not None:
            seal = seal_user(self.idempotency_key(), request.user_ref)
        else:
            seal = seal_correlation(self.idempotency_key(), request.correlation_id or "")
        found = self.sessions.get_all(self.references.find(seal))
        return list({session.login_id.casefold(): session.login_id for session in found}.values())[:_MOST_LOGINS]

    def _judged(self, login: Login, sessions: Iterable[Session]) -> FoundLogin:
        newest = tuple(sessions)
        holder = next((each for each in newest if each.session_id == login.session_id), None)
        found, live = login.as_found(holder)
        return FoundLogin(found, state_of_login(found, live, next(iter(newest), None), self.clock()), newest)


def _is_known(login: Login) -> bool:
    """Whether there is more than the wait that an erasure leaves: an erased login is answered like an unknown one."""
    return bool(_recent(login)) or login.last_refresh is not None


def _recent(login: Login) -> tuple[str, ...]:
    """The login's last sessions, the newest first; a record of the release before names two at most."""
    held = (login.session_id, *login.recent, login.last_session_id)
    return tuple(dict.fromkeys(filter(None, held)))
