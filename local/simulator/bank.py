"""The whole in-memory state of the simulated Flinks, behind one lock and one clock."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from local.simulator.attempts import judge_answer, reach_verdict, succeed
from local.simulator.clock import VirtualClock, utc_now
from local.simulator.errors import BankError
from local.simulator.journal import Journal
from local.simulator.records import Attempt, DataSession, Login, Part, Stage
from local.simulator.scenarios import SHIPPED
from local.simulator.settings import Settings
from local.simulator.tokens import Tokens
from local.simulator.users import PASSWORD, Behaviour, Fault, FaultKind, PlannedFault, Scenario, ready_login_id

_AGE_OF_FIRST_REFRESH = timedelta(days=1)
_CURED_BY_SIGNING_IN = "INVALID_PASSWORD"


class Bank:
    """Knows every login, token, attempt and data session; answers in records or raises BankError."""

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Callable[[], datetime] = utc_now,
        scenarios: Mapping[str, Scenario] = SHIPPED,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock if isinstance(clock, VirtualClock) else VirtualClock(clock)
        self.scenarios = dict(scenarios)
        self.journal = Journal()
        self.on_tick: list[Callable[[datetime], None]] = []
        self.on_reset: list[Callable[[], None]] = []
        self.clock.on_advance.append(self._tick)
        self._lock = threading.RLock()
        self._begin_run()

    def reset(self) -> None:
        """Go back to the beginning of the run: clock, ids, logins, journal, and whoever listens to `on_reset`."""
        with self._lock:
            self.clock.reset()
            self.journal.clear()
            self._begin_run()
            for forget in self.on_reset:
                forget()

    # Logins

    def login_id(self, name: str) -> str:
        """Name the LoginId of the ready-made login of this scenario."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        return ready_login_id(name)

    def logins(self) -> list[Login]:
        """List every login, ready-made ones first."""
        with self._lock:
            return list(self._logins.values())

    def add_login(self, name: str) -> str:
        """Make another, independent login that behaves as this scenario says, and return its LoginId."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        with self._lock:
            # Connect's credentials form finds a login by its username, so each username stays unique.
            username = f"{name}.{len(self._logins)}"
            return self._keep_login(self._new_id(), username, self.scenarios[name].behaviour).login_id

    def find_login(self, login_id: str) -> Login:
        """Find one login by its LoginId."""
        with self._lock:
            if login_id not in self._logins:
                raise BankError("INVALID_LOGIN")
            return self._logins[login_id]

    # Faults

    def plan_fault(self, fault: Fault) -> None:
        """Let a call go wrong for everyone, counted from now; the only way to reach calls without a login."""
        with self._lock:
            self._faults.append(PlannedFault(fault))

    def due_fault(self, action: str, login_id: str | None) -> FaultKind | None:
        """Count a call, and tell what goes wrong with it; without a LoginId, among the faults for everyone."""
        with self._lock:
            planned = self.find_login(login_id).faults if login_id else self._faults
            due = [each.fault.kind for each in planned if each.is_due(action)]
            return due[0] if due else None

    # Authorize tokens

    def issue_token(self) -> str:
        """Make an authorize token that can be spent once within its lifetime."""
        with self._lock:
            return self._tokens.keep(self._new_id())

    def spend_token(self, token: str) -> bool:
        """Use a token up; False when it is unknown, already spent or expired [D AUTHREF]."""
        with self._lock:
            return self._tokens.spend(token)

    # Live attempts

    def start_attempt(self, login_id: str) -> Attempt:
        """Begin a live attempt whose verdict comes after the configured number of status calls [D MSR]."""
        with self._lock:
            login = self.find_login(login_id)
            if login.credentials_gone:
                # No public source names the code for this, so it takes the one for a login that has to sign in.
                raise BankError("INVALID_LOGIN")
            if login.behaviour.held_elsewhere and login.latest_attempt is None:
                self._begin(login, polls=0)
            self._refuse_second_attempt(login)
            polls = login.behaviour.polls
            return replace(self._begin(login, self.settings.pending_polls if polls is None else polls))

    def poll_attempt(self, request_id: str) -> Attempt:
        """Look at an attempt; each look brings the verdict one step closer."""
        with self._lock:
            attempt = self._find_attempt(request_id, renew=self.settings.polls_renew)
            if attempt.stage is Stage.WORKING and attempt.polls_left > 0:
                attempt.polls_left -= 1
                return replace(attempt)
            return self._settle(attempt)

    def settle_attempt(self, request_id: str) -> Attempt:
        """Wait the bank's work out, as Connect and the synchronous Authorize do."""
        with self._lock:
            return self._settle(self._find_attempt(request_id, renew=True))

    def answer_question(self, request_id: str, text: str) -> bool:
        """Hand the user's answer to the bank; a wrong one leaves the question open while retries are left."""
        with self._lock:
            attempt = self._find_attempt(request_id, renew=True)
            was_open = attempt.stage is Stage.ASKING
            is_right = judge_answer(attempt, text, self.clock())
            if is_right and was_open:
                self._open_data_session(attempt.request_id, attempt.login)
            return is_right

    def sign_in(self, username: str, password: str) -> Attempt:
        """Carry out a whole live attempt from fresh credentials, as Connect's credentials form does."""
        with self._lock:
            # A login that got a new LoginId leaves its username to the new one, which is the later one here.
            login = next((each for each in reversed(self._logins.values()) if each.username == username), None)
            if login is None:
                raise BankError("INVALID_USERNAME")
            if password != PASSWORD:
                raise BankError("INVALID_PASSWORD")
            refusal = login.behaviour.refusal
            if refusal and refusal != _CURED_BY_SIGNING_IN:
                raise BankError(refusal)
            self._refuse_second_attempt(login)
            if login.behaviour.new_login_id_on_sign_in:
                lasting = replace(login.behaviour, credentials_gone=False, new_login_id_on_sign_in=False)
                login = self._keep_login(self._new_id(), username, lasting)
            login.credentials_gone = False
            attempt = self._begin(login, polls=0)
            succeed(attempt, self.clock())
            self._open_data_session(attempt.request_id, login)
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

    def _begin_run(self) -> None:
        self._random = random.Random(self.settings.seed)  # noqa: S311 - repeatable by seed; guards nothing real
        self._tokens = Tokens(self.clock, self.settings.token_lifetime)
        self._faults: list[PlannedFault] = []
        self._attempts: dict[str, Attempt] = {}
        self._data_sessions: dict[str, DataSession] = {}
        self._logins: dict[str, Login] = {}
        for name, scenario in self.scenarios.items():
            self._keep_login(ready_login_id(name), name, scenario.behaviour)

    def _tick(self, now: datetime) -> None:
        for run_due in self.on_tick:
            run_due(now)

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _keep_login(self, login_id: str, username: str, behaviour: Behaviour) -> Login:
        login = Login(
            login_id,
            username,
            behaviour,
            last_refresh=self.clock() - _AGE_OF_FIRST_REFRESH,
            credentials_gone=behaviour.credentials_gone,
            faults=[PlannedFault(each) for each in behaviour.faults],
        )
        self._logins[login_id] = login
        return login

    def _begin(self, login: Login, polls: int) -> Attempt:
        attempt = Attempt(self._new_id(), login, self.clock(), polls)
        self._attempts[attempt.request_id] = attempt
        login.latest_attempt = attempt.request_id
        return attempt

    def _settle(self, attempt: Attempt) -> Attempt:
        if attempt.stage is Stage.WORKING and reach_verdict(attempt, self._random, self.clock()):
            self._open_data_session(attempt.request_id, attempt.login)
        return replace(attempt)

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

    def _open_data_session(self, request_id: str, login: Login) -> DataSession:
        extra = login.behaviour.data_pending
        pending = {
            Part.SUMMARY: self.settings.summary_pending + extra,
            Part.DETAIL: self.settings.detail_pending + extra,
            Part.STATEMENTS: self.settings.statements_pending + extra,
        }
        session = DataSession(request_id, login, self.clock(), pending)
        self._data_sessions[request_id] = session
        return session
