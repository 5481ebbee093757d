"""The simulated Flinks in memory."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from flinks_simulator.asked import Asked
from flinks_simulator.attempts import Attempts, ask, judge_answer, reach_verdict, succeed
from flinks_simulator.clock import VirtualClock, utc_now
from flinks_simulator.data_sessions import DataSessions
from flinks_simulator.errors import BankError
from flinks_simulator.fault_plan import FaultPlan
from flinks_simulator.journal import Journal
from flinks_simulator.logins import Logins
from flinks_simulator.randomness import Randomness
from flinks_simulator.rate_limit import RateLimit
from flinks_simulator.records import Attempt, DataSession, Login, Part, Stage
from flinks_simulator.scenarios import SHIPPED
from flinks_simulator.settings import Settings
from flinks_simulator.tokens import Tokens
from flinks_simulator.users import INSTITUTION_ID, PASSWORD, Fault, Scenario, ready_login_id

_CURED_BY_SIGNING_IN = "INVALID_PASSWORD"


class Bank:
    """Holds every login, token, attempt and data session; returns records or raises BankError.

    Each request has its own thread, so records change only here, under the lock.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Callable[[], datetime] = utc_now,
        scenarios: Mapping[str, Scenario] = SHIPPED,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock if isinstance(clock, VirtualClock) else VirtualClock(self._shifted(clock))
        self.scenarios = dict(scenarios)
        self.journal = Journal()
        self.on_reset: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._begin_run()

    def _shifted(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        ahead = timedelta(seconds=self.settings.clock_ahead_seconds)
        return lambda: clock() + ahead

    def reset(self) -> None:
        """Restart the run: clock, ids, logins and journal; then call the functions in `on_reset`."""
        with self._lock:
            self.clock.reset()
            self.journal.clear()
            self._begin_run()
            for forget in self.on_reset:
                forget()

    def _begin_run(self) -> None:
        self._random = Randomness(self.settings.seed)
        self._tokens = Tokens(self.clock, self.settings.token_lifetime)
        self._faults = FaultPlan()
        self._logins = Logins(self.scenarios, self.settings, self.clock, self._random)
        self._attempts = Attempts(self.clock, self._random)
        self._sessions = DataSessions(self.settings, self.clock)
        self._rate_limit = RateLimit(self.settings.requests_per_second, self.clock)
        self.asked = Asked()
        self._refusals: dict[int, str] = {}

    def take_request(self) -> None:
        """Count a request to the banking API; raise BankError if it is one too many."""
        with self._lock:
            if not self._rate_limit.takes_one():
                raise BankError("TOO_MANY_REQUESTS")

    # Logins

    def login_id(self, name: str) -> str:
        """Return the LoginId of this scenario's ready-made login."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        return ready_login_id(name)

    def logins(self) -> list[Login]:
        """List every login, ready-made ones first."""
        with self._lock:
            return self._logins.all()

    def add_login(self, name: str, institution_id: int = INSTITUTION_ID) -> str:
        """Add another, independent login with this scenario's behaviour, at this bank, and return its LoginId."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        with self._lock:
            return self._logins.add(name, institution_id).login_id

    def refuse_all(self, institution_id: int, code: str | None) -> None:
        """Let a bank refuse every live attempt with this code; None: let it work again."""
        with self._lock:
            self._refusals.pop(institution_id, None)
            if code is not None:
                self._refusals[institution_id] = code

    def refusal_of(self, institution_id: int) -> str | None:
        """Return the code with which a bank refuses every live attempt; None if it works."""
        with self._lock:
            return self._refusals.get(institution_id)

    def find_login(self, login_id: str) -> Login:
        """Find one login by its LoginId."""
        with self._lock:
            return self._logins.find(login_id)

    def find_connection(self, username: str, language: str) -> Login:
        """Find the login of a username in one language: the LoginId depends on both [D RETAIN]."""
        with self._lock:
            latest = self._logins.find_by_name(username)
            if latest is None:
                raise BankError("INVALID_USERNAME")
            login = self._logins.find_by_name(username, language)
            if login is None:
                login = self._logins.add_connection(username, latest.behaviour)
                login.language = language
            return login

    def schedule_refresh(self, login_id: str, *, is_scheduled: bool) -> None:
        """Turn the nightly refresh of a login on or off."""
        with self._lock:
            self._logins.find(login_id).is_scheduled_refresh = is_scheduled

    def store_answers(self, login_id: str, answers: Mapping[str, str]) -> None:
        """Store answers, so that later live attempts do not need the user."""
        with self._lock:
            self._logins.find(login_id).stored_answers |= answers

    def remove_login(self, login_id: str) -> None:
        """Delete a login and its sessions; raise CARD_IN_USE while it has an open attempt [D]."""
        with self._lock:
            login = self._logins.find(login_id)
            if self._attempts.is_any_open(login):
                raise BankError("CARD_IN_USE")
            self._logins.remove(login)
            self._attempts.forget(login)
            self._sessions.forget(login)

    # Faults

    def plan_fault(self, fault: Fault, login_id: str | None = None) -> None:
        """Plan a fault, counting calls from now: for one login, or for everyone, which includes `token`."""
        with self._lock:
            self._faults.add(fault, self._logins.find(login_id) if login_id else None)

    def count_call(self, action: str, login_id: str | None) -> list[Fault]:
        """Count a call and return its faults: those of the login, or without a LoginId those for everyone."""
        with self._lock:
            return self._faults.count_call(action, self._logins.find(login_id) if login_id else None)

    # Authorize tokens

    def issue_token(self) -> str:
        """Make an authorize token that can be spent once within its lifetime."""
        with self._lock:
            return self._tokens.keep(self._random.new_id())

    def spend_token(self, token: str) -> bool:
        """Spend a token; False when it is unknown, already spent or expired [D AUTHREF]."""
        with self._lock:
            return self._tokens.spend(token)

    # Live attempts

    def start_attempt(self, login_id: str) -> Attempt:
        """Start a live attempt whose verdict comes after the configured number of status calls and seconds [D MSR]."""
        with self._lock:
            login = self._logins.find(login_id)
            if login.behaviour.credentials_gone:
                # No public source names the code for this; this is the one for a login that has to sign in.
                raise BankError("INVALID_LOGIN")
            if login.behaviour.held_elsewhere and login.latest_attempt is None:
                self._attempts.begin(login)
            self._attempts.refuse_second(login)
            polls, seconds = login.behaviour.polls, login.behaviour.pending_seconds
            attempt = self._attempts.begin(
                login,
                self.settings.pending_polls if polls is None else polls,
                self.settings.pending_seconds if seconds is None else seconds,
            )
            return replace(attempt)

    def poll_attempt(self, request_id: str) -> Attempt:
        """Poll an attempt; each poll moves it one step closer to the verdict."""
        with self._lock:
            attempt = self._attempts.find(request_id, renew=self.settings.polls_renew)
            is_working = attempt.polls_left > 0 or self.clock() < attempt.ready_at
            if attempt.stage is Stage.WORKING and is_working:
                attempt.polls_left = max(0, attempt.polls_left - 1)
                return replace(attempt)
            return self._settle(attempt)

    def settle_attempt(self, request_id: str) -> Attempt:
        """Finish the bank's work at once, as Connect and the synchronous Authorize do."""
        with self._lock:
            return self._settle(self._attempts.find(request_id, renew=True))

    def answer_question(self, request_id: str, text: str) -> bool:
        """Pass the user's answer to the bank; a wrong one leaves the question open while retries are left."""
        with self._lock:
            attempt = self._attempts.find(request_id, renew=True)
            was_open = attempt.stage is Stage.ASKING
            is_right = judge_answer(attempt, text, self.clock())
            if is_right and was_open:
                self._sessions.open(attempt.request_id, attempt.login)
            return is_right

    def sign_in(self, username: str, password: str, language: str | None = None) -> Attempt:
        """Make a live attempt from fresh credentials; it ends at once, or with the bank's question."""
        with self._lock:
            login = self._logins.find_by_name(username, language)
            if login is None:
                raise BankError("INVALID_USERNAME")
            if password != PASSWORD:
                raise BankError("INVALID_PASSWORD")
            if login.institution_id in self._refusals:
                raise BankError(self._refusals[login.institution_id])
            refusal = login.behaviour.refusal
            if refusal and refusal != _CURED_BY_SIGNING_IN:
                raise BankError(refusal)
            self._attempts.refuse_second(login)
            cured = replace(login.behaviour, refusal=None, credentials_gone=False, new_login_id_on_sign_in=False)
            if login.behaviour.new_login_id_on_sign_in:
                login = self._logins.add_connection(username, cured)
            login.behaviour = cured
            attempt = self._attempts.begin(login)
            if login.behaviour.asks:
                ask(attempt, self._random)
            else:
                succeed(attempt, self.clock())
                self._sessions.open(attempt.request_id, login)
            return replace(attempt)

    def list_successes(self) -> list[Attempt]:
        """List the attempts that ended in fresh data, oldest first."""
        with self._lock:
            return self._attempts.successes()

    def _settle(self, attempt: Attempt) -> Attempt:
        if attempt.stage is not Stage.WORKING:
            return replace(attempt)
        if reach_verdict(attempt, self._random, self.clock(), self._refusals.get(attempt.login.institution_id)):
            self._sessions.open(attempt.request_id, attempt.login)
        return replace(attempt)

    # The cached flow

    def open_cached(self, login_id: str) -> tuple[DataSession, str | None]:
        """Open a session over stored data; return it with the last live outcome, which it repeats [D CACHE-ERR]."""
        with self._lock:
            login = self._logins.find(login_id)
            return self._sessions.open(self._random.new_id(), login), login.last_outcome

    def find_session(self, request_id: str) -> DataSession | None:
        """Find the data session of a RequestId, expired or not."""
        with self._lock:
            return self._sessions.get(request_id)

    def read_data(self, request_id: str, part: Part) -> tuple[Login, bool]:
        """Read one part of a session's data; False while it is still being prepared."""
        with self._lock:
            if self._sessions.get(request_id) is None and request_id in self._attempts:
                self._attempts.find(request_id, renew=False)
                raise BankError("UNAUTHORIZED", request_id)
            return self._sessions.read(request_id, part)

    def count_detail(self, login: Login) -> int:
        """Count a detail reply that returns accounts, from 1."""
        with self._lock:
            login.details_given += 1
            return login.details_given

    def choose_accounts(self, request_id: str, account_ids: tuple[str, ...]) -> None:
        """Limit a session to the accounts that the user chose in Connect [D REC-new]."""
        with self._lock:
            self._sessions.find(request_id).account_ids = account_ids
