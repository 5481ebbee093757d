"""The part of the bank that holds connections: a LoginId per language, what sessions were asked for, deletion."""

from collections import defaultdict
from dataclasses import replace

from flinks_simulator.errors import BankError
from flinks_simulator.options import Asked
from flinks_simulator.records import Attempt, DataSession, Login, Stage
from flinks_simulator.state import BankState


class Holdings(BankState):
    """What the bank knows of its connections beyond the live attempts; `asked` is kept per RequestId."""

    asked: defaultdict[str, Asked]

    def find_connection(self, username: str, language: str) -> Login:
        """Find the login of a username in one language: the LoginId depends on both [D RETAIN]."""
        with self._lock:
            named = [each for each in self._logins.values() if each.username == username]
            if not named:
                raise BankError("INVALID_USERNAME")
            # A login that got a new LoginId leaves its username to the new one, which is the later one here.
            latest = next((each for each in reversed(named) if each.language == language), None)
            if latest is None:
                latest = self._keep_login(self._new_id(), username, named[-1].behaviour)
                latest.language = language
            return latest

    def remove_login(self, login_id: str) -> None:
        """Forget a login with all its sessions; not while an attempt on it lives [D]."""
        with self._lock:
            login = self.find_login(login_id)
            latest = self._attempts.get(login.latest_attempt or "")
            if latest and latest.is_alive and not latest.has_expired(self.clock()):
                raise BankError("CARD_IN_USE")
            del self._logins[login_id]
            self._attempts = {name: each for name, each in self._attempts.items() if each.login is not login}
            self._data_sessions = {name: each for name, each in self._data_sessions.items() if each.login is not login}

    def find_session(self, request_id: str) -> DataSession | None:
        """Find the data session behind a RequestId, whatever its age."""
        with self._lock:
            return self._data_sessions.get(request_id)

    def list_successes(self) -> list[Attempt]:
        """List the attempts that ended in fresh data, oldest first."""
        with self._lock:
            return [replace(each) for each in self._attempts.values() if each.stage is Stage.AUTHORIZED]

    def _begin_run(self) -> None:
        super()._begin_run()
        self.asked = defaultdict(Asked)
