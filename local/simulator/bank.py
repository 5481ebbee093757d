"""The whole in-memory state of the simulated Flinks, behind one lock and one clock."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from local.simulator.errors import BankError
from local.simulator.records import Attempt, DataSession, JournalEntry, Login, Part, Stage
from local.simulator.settings import Settings
from local.simulator.users import ANSWERS, BEHAVIOURS, LOGINS, PASSWORD

TOKEN_LIFETIME = timedelta(minutes=15)
_AGE_OF_FIRST_REFRESH = timedelta(days=1)
_CURED_BY_SIGNING_IN = "INVALID_PASSWORD"


def utc_now() -> datetime:
    """Tell the real time."""
    return datetime.now(UTC)


class Bank:
    """Knows every login, token, attempt and data session; answers in records or raises BankError."""

    def __init__(self, settings: Settings | None = None, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings or Settings()
        self.clock = clock
        self.journal: list[JournalEntry] = []
        self._lock = threading.RLock()
        self._random = random.Random(self.settings.seed)  # noqa: S311 - repeatable by seed; guards nothing real
        self._tokens: dict[str, datetime] = {}
        self._attempts: dict[str, Attempt] = {}
        self._data_sessions: dict[str, DataSession] = {}
        self._logins: dict[str, Login] = {}
        for username, login_id in LOGINS.items():
            self._keep_login(login_id, username, username)

    # Logins

    def login_id(self, username: str) -> str:
        """Name the LoginId of the ready-made login of this user."""
        return LOGINS[username]

    def logins(self) -> list[Login]:
        """List every login, ready-made ones first."""
        with self._lock:
            return list(self._logins.values())

    def add_login(self, username: str) -> str:
        """Make another, independent login that behaves like this user, and return its LoginId."""
        if username not in BEHAVIOURS:
            raise BankError("INVALID_USERNAME")
        with self._lock:
            login_id = self._new_id()
            # Connect's credentials form finds a login by its username, so each username stays unique.
            self._keep_login(login_id, f"{username}.{len(self._logins)}", username)
            return login_id

    def find_login(self, login_id: str) -> Login:
        """Find one login by its LoginId."""
        with self._lock:
            if login_id not in self._logins:
                raise BankError("INVALID_LOGIN")
            return self._logins[login_id]

    # Authorize tokens

    def issue_token(self) -> str:
        """Make an authorize token that can be spent once within its lifetime."""
        with self._lock:
            token = self._new_id()
            self._tokens[token] = self.clock() + TOKEN_LIFETIME
            return token

    def spend_token(self, token: str) -> bool:
        """Use a token up; False when it is unknown, already spent or expired [D AUTHREF]."""
        with self._lock:
            expires_at = self._tokens.pop(token, None)
            return expires_at is not None and self.clock() < expires_at

    # Live attempts

    def start_attempt(self, login_id: str) -> Attempt:
        """Begin a live attempt whose verdict comes after the configured number of status calls [D MSR]."""
        with self._lock:
            login = self.find_login(login_id)
            self._refuse_second_attempt(login)
            return replace(self._begin(login, self.settings.pending_polls))

    def poll_attempt(self, request_id: str) -> Attempt:
        """Look at an attempt; each look brings the verdict one step closer."""
        with self._lock:
            attempt = self._find_attempt(request_id, renew=self.settings.polls_renew)
            if attempt.stage is Stage.WORKING:
                if attempt.polls_left > 0:
                    attempt.polls_left -= 1
                else:
                    self._reach_verdict(attempt)
            return replace(attempt)

    def settle_attempt(self, request_id: str) -> Attempt:
        """Wait the bank's work out, as Connect and the synchronous Authorize do."""
        with self._lock:
            attempt = self._find_attempt(request_id, renew=True)
            if attempt.stage is Stage.WORKING:
                self._reach_verdict(attempt)
            return replace(attempt)

    def answer_question(self, request_id: str, text: str) -> bool:
        """Hand the user's answer to the bank; a wrong one leaves the question open."""
        with self._lock:
            attempt = self._find_attempt(request_id, renew=True)
            if attempt.stage is Stage.AUTHORIZED:
                return True
            if attempt.stage is not Stage.ASKING:
                raise BankError("UNAUTHORIZED", request_id)
            if text.strip().casefold() != ANSWERS[attempt.prompt].casefold():
                return False
            self._succeed(attempt)
            return True

    def sign_in(self, username: str, password: str) -> Attempt:
        """Carry out a whole live attempt from fresh credentials, as Connect's credentials form does."""
        with self._lock:
            login = next((each for each in self._logins.values() if each.username == username), None)
            if login is None:
                raise BankError("INVALID_USERNAME")
            if password != PASSWORD:
                raise BankError("INVALID_PASSWORD")
            refusal = login.behaviour.refusal
            if refusal and refusal != _CURED_BY_SIGNING_IN:
                raise BankError(refusal)
            self._refuse_second_attempt(login)
            attempt = self._begin(login, polls=0)
            self._succeed(attempt)
            return replace(attempt)

    # The cached flow

    def open_cached(self, login_id: str) -> tuple[DataSession, str | None]:
        """Open a session over stored data, with the last live outcome it must repeat [D CACHE-ERR]."""
        with self._lock:
            login = self.find_login(login_id)
            return self._open_data_session(self._new_id(), login), login.last_outcome

    def read_data(self, request_id: str, part: Part) -> tuple[Login, bool]:
        """Read one part of a session's data; False while it is still being prepared."""
        with self._lock:
            now = self.clock()
            session = self._data_sessions.get(request_id)
            if session is None and request_id in self._attempts:
                self._find_attempt(request_id, renew=False)
                raise BankError("UNAUTHORIZED", request_id)
            if session is None or session.has_expired(now):
                raise BankError("SESSION_NONEXISTENT", request_id)
            session.touched_at = now
            if session.pending[part] > 0:
                session.pending[part] -= 1
                return session.login, False
            return session.login, True

    # The parts behind them; each expects the lock to be held

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _keep_login(self, login_id: str, username: str, behaves_like: str) -> None:
        first_refresh = self.clock() - _AGE_OF_FIRST_REFRESH
        self._logins[login_id] = Login(login_id, username, BEHAVIOURS[behaves_like], first_refresh)

    def _begin(self, login: Login, polls: int) -> Attempt:
        attempt = Attempt(self._new_id(), login, self.clock(), polls)
        self._attempts[attempt.request_id] = attempt
        login.latest_attempt = attempt.request_id
        return attempt

    def _find_attempt(self, request_id: str, *, renew: bool) -> Attempt:
        now = self.clock()
        attempt = self._attempts.get(request_id)
        if attempt is None or attempt.has_expired(now):
            raise BankError("SESSION_NONEXISTENT", request_id)
        if renew:
            attempt.touched_at = now
        return attempt

    def _refuse_second_attempt(self, login: Login) -> None:
        latest = self._attempts.get(login.latest_attempt or "")
        if latest and latest.is_alive and not latest.has_expired(self.clock()):
            raise BankError("CONCURRENT_SESSION")

    def _reach_verdict(self, attempt: Attempt) -> None:
        behaviour = attempt.login.behaviour
        if behaviour.refusal:
            attempt.stage = Stage.REFUSED
            attempt.login.last_outcome = behaviour.refusal
        elif behaviour.asks:
            attempt.stage = Stage.ASKING
            attempt.prompt = self._random.choice(list(ANSWERS))
            attempt.login.last_outcome = "QUESTION_NOT_FOUND"
        else:
            self._succeed(attempt)

    def _succeed(self, attempt: Attempt) -> None:
        attempt.stage = Stage.AUTHORIZED
        attempt.login.last_outcome = None
        if attempt.login.behaviour.refreshes:
            attempt.login.last_refresh = self.clock()
        self._open_data_session(attempt.request_id, attempt.login)

    def _open_data_session(self, request_id: str, login: Login) -> DataSession:
        extra = login.behaviour.data_pending
        pending = {
            Part.SUMMARY: self.settings.summary_pending + extra,
            Part.DETAIL: self.settings.detail_pending + extra,
        }
        session = DataSession(request_id, login, self.clock(), pending)
        self._data_sessions[request_id] = session
        return session
