"""The simulated Flinks in memory: live attempts, and the sessions that read data."""

from dataclasses import replace

from flinks_simulator.attempts import ask, judge_answer, reach_verdict, succeed
from flinks_simulator.errors import BankError
from flinks_simulator.holdings import Holdings
from flinks_simulator.records import Attempt, DataSession, Login, Part, Stage
from flinks_simulator.users import PASSWORD

_CURED_BY_SIGNING_IN = "INVALID_PASSWORD"


class Bank(Holdings):
    """Knows every login, token, attempt and data session; answers in records or raises BankError."""

    # Live attempts

    def start_attempt(self, login_id: str) -> Attempt:
        """Begin a live attempt whose verdict comes after the configured number of status calls [D MSR]."""
        with self._lock:
            login = self.find_login(login_id)
            if login.behaviour.credentials_gone:
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

    def sign_in(self, username: str, password: str, language: str | None = None) -> Attempt:
        """Make a live attempt from fresh credentials; it ends at once, or with the bank's question."""
        with self._lock:
            # A login that got a new LoginId leaves its username to the new one, which is the later one here.
            named = [each for each in self._logins.values() if each.username == username]
            login = next((each for each in reversed(named) if language in {None, each.language}), None)
            if login is None:
                raise BankError("INVALID_USERNAME")
            if password != PASSWORD:
                raise BankError("INVALID_PASSWORD")
            refusal = login.behaviour.refusal
            if refusal and refusal != _CURED_BY_SIGNING_IN:
                raise BankError(refusal)
            self._refuse_second_attempt(login)
            cured = replace(login.behaviour, refusal=None, credentials_gone=False, new_login_id_on_sign_in=False)
            if login.behaviour.new_login_id_on_sign_in:
                login = self._keep_login(self._new_id(), username, cured)
            login.behaviour = cured
            attempt = self._begin(login, polls=0)
            if login.behaviour.asks:
                ask(attempt, self._random)
            else:
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
            if part is Part.DETAIL and _is_stuck(session):
                return session.login, False
            if session.pending[part] > 0:
                session.pending[part] -= 1
                return session.login, False
            return session.login, True

    def count_detail(self, login: Login) -> int:
        """Count a reply that hands out the accounts in detail, from 1."""
        with self._lock:
            login.details_given += 1
            return login.details_given

    def choose_accounts(self, request_id: str, account_ids: tuple[str, ...]) -> None:
        """Let a session read these accounts only, as the user chose in Connect [D REC-new]."""
        with self._lock:
            session = self._data_sessions.get(request_id)
            if session is None or session.has_expired(self.clock()):
                raise BankError("SESSION_NONEXISTENT", request_id)
            session.account_ids = account_ids

    # The parts behind them; each expects the lock to be held

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


def _is_stuck(session: DataSession) -> bool:
    """Whether this RequestId is one of the first that were asked for the login's accounts in detail."""
    asked = session.login.detail_requests
    if session.request_id not in asked:
        asked.append(session.request_id)
    return session.request_id in asked[: session.login.behaviour.stuck_requests]
