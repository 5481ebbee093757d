"""Flinks and the banks behind it: what runs there, whether or not the service knows, and how Flinks answers.

Facts as in the simulator: a RequestId dies after 8 idle minutes; cached /Authorize repeats the last live outcome.
The records in `tests.model.ledger` hold what really happened; no check asks the service for that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.errors import FlinksUnavailable
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply
from tests.fakes.builders import a_data_reply
from tests.model.ledger import ELSEWHERE, SIGN_IN, BankLogin, Caller, LiveAttempt, OpenData, Plan, Refresh, Stage, Start

IDLE = timedelta(minutes=8)
_DATA_IDLE = timedelta(minutes=30)
# Flinks answers a start within 210 s, even if the bank or the network is slow.
_LONGEST_START = timedelta(seconds=210)


class Bank:
    """The port `Flinks`. `on_start` receives the login of each start and how many attempts may be running on it;
    `caller` returns who calls now; `wait` suspends the calling run for so many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        on_start: Callable[[str, int], None],
        *,
        polls_renew: bool,
        caller: Callable[[], Caller],
        wait: Callable[[float], None],
    ) -> None:
        self._clock, self._on_start, self._polls_renew = clock, on_start, polls_renew
        self._caller, self._wait = caller, wait
        self._logins: dict[str, BankLogin] = {}
        self._data: dict[str, OpenData] = {}
        self._numbers = 0
        self.starts = 0
        self.tokens = 0
        self.ahead = timedelta()
        # For attempts without a plan of their own.
        self.default_plan = Plan()

    # What the schedule does

    def login(self, login_id: str) -> BankLogin:
        """Return the bank's record of a login, brought up to date."""
        key = login_id.casefold()
        if key not in self._logins:
            long_ago = self._clock() - timedelta(days=2)
            self._logins[key] = BankLogin(key, [Refresh(long_ago, self._stamp(long_ago), ELSEWHERE)])
        found = self._logins[key]
        for attempt in found.attempts:
            self._advance(found, attempt)
        return found

    def asks_anyone(self) -> bool:
        """Whether any attempt waits for its user."""
        return any(self.asking(login_id) for login_id in self._logins)

    def asking(self, login_id: str) -> LiveAttempt | None:
        """Return the attempt that waits for the user's answer."""
        login = self.login(login_id)
        return next((each for each in login.attempts if each.stage is Stage.ASKING and self.is_alive(each)), None)

    def answer(self, login_id: str, *, is_right: bool = True) -> bool:
        """Answer in Connect as the user; False if the bank asks nothing."""
        login, attempt = self.login(login_id), self.asking(login_id)
        if attempt is None:
            return False
        attempt.touched_at = self._clock()
        self._find(login, attempt, "ok" if is_right else "INVALID_SECURITY_RESPONSE", self._clock())
        return True

    def load_connect(self, login_id: str) -> None:
        """Open Connect as the user, which keeps the attempt alive."""
        if attempt := self.asking(login_id):
            attempt.touched_at = self._clock()

    def sign_in(self, login_id: str) -> bool:
        """Sign in again in Connect as the user; False if the bank is busy with another attempt."""
        return self._refresh_unless_busy(login_id, SIGN_IN)

    def refresh_elsewhere(self, login_id: str) -> None:
        """Refresh the data through another party; a question of ours stays open."""
        login = self.login(login_id)
        self._refresh(login, ELSEWHERE, self._clock())
        login.outcome = ""

    def fall_behind(self, seconds: int) -> None:
        """Set how many seconds Flinks' clock, which stamps LastRefresh, is behind ours; negative: ahead."""
        self.ahead = -timedelta(seconds=seconds)

    def hold_elsewhere(self, login_id: str) -> None:
        """Keep the login busy with another party's attempt for a while."""
        self.login(login_id).held_until = self._clock() + IDLE

    # The real state

    def is_alive(self, attempt: LiveAttempt) -> bool:
        """Whether the bank still works on the attempt, or waits for the user."""
        return attempt.stage in {Stage.WORKING, Stage.ASKING} and self._clock() - attempt.touched_at < IDLE

    def alive(self, login_id: str) -> list[LiveAttempt]:
        """Return the attempts that may be running."""
        return [attempt for attempt in self.login(login_id).attempts if self.is_alive(attempt)]

    def running(self, login_id: str) -> int:
        """Return how many attempts may be running."""
        return len(self.alive(login_id))

    def last_start(self, login_id: str, session_id: str) -> Start | None:
        """Return the last start that reached the bank for a session."""
        of_session = [start for start in self.login(login_id).starts if start.caller.session_id == session_id]
        return of_session[-1] if of_session else None

    def refreshed_since(self, login_id: str, since: datetime) -> list[Refresh]:
        """Return the real refreshes from then on."""
        return [refresh for refresh in self.login(login_id).refreshes if refresh.at >= since]

    # The port

    def generate_authorize_token(self) -> str | FlinksReply:
        self.tokens += 1
        return self._new_id("token")

    def start_authorize(self, login_id: str, _token: str) -> FlinksReply:
        login, now, caller = self.login(login_id), self._clock(), self._caller()
        left = caller.called_at + _LONGEST_START - now
        if left <= timedelta():
            raise FlinksUnavailable("the caller had disconnected before the call arrived")
        self._on_start(login_id, self.running(login_id))
        is_held = login.held_until is not None and now < login.held_until
        plan = self.default_plan if is_held or not login.plans else login.plans.pop(0)
        refused_as = "CONCURRENT_SESSION" if is_held else plan.finding if plan.at_start else ""
        start = Start(caller, now, caller.run in login.dated_for, refused_as)
        login.starts.append(start)
        if is_held:
            return FlinksReply(401, code=refused_as)
        if plan.at_start:
            login.outcome = plan.finding
            login.refused(now, plan.finding)
            return FlinksReply(401, code=plan.finding)
        self.starts += 1
        # Even if the caller has gone: the bank takes its time, and only then the attempt begins to be idle.
        answered_at = now + min(timedelta(seconds=plan.slow), left)
        found_at = answered_at + timedelta(seconds=plan.works)
        attempt = LiveAttempt(self._new_id("request"), plan, answered_at, found_at, start)
        if login.fetches:
            login.withheld.append(login.attempts[-1].start)
        login.attempts.append(attempt)
        login.fetches = plan.fetches
        self._wait((answered_at - now).total_seconds())
        return FlinksReply(202, code="OPERATION_PENDING", request_id=attempt.request_id)

    def read_authorize(self, request_id: str) -> FlinksReply:
        found = self._find_attempt(request_id)
        if found is None:
            return FlinksReply(400, code="SESSION_NONEXISTENT")
        login, attempt = found
        if self.is_alive(attempt):
            attempt.polled_at = self._clock()
            attempt.touched_at = attempt.last_alive_at if self._polls_renew else attempt.touched_at
        else:
            attempt.final_reply_to.append(self._caller().run)
        match attempt.stage:
            case Stage.WORKING:
                return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
            case Stage.ASKING:
                return FlinksReply(203, request_id=request_id, institution="FlinksCapital")
            case Stage.AUTHORIZED:
                return FlinksReply(200, request_id=request_id, last_refresh=self._date(login, login.refreshes[-1]))
        return FlinksReply(401, code=attempt.code, request_id=request_id)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        login = self.login(login_id)
        request_id = self._new_id("data")
        self._data[request_id] = OpenData(login, self._clock(), login.refreshes[-1])
        if login.outcome:
            return FlinksReply(401, code=login.outcome, request_id=request_id)
        if login.silent:
            login.silent -= 1
            return FlinksReply(200, request_id=request_id)
        date = self._date(login, login.refreshes[-1])
        return FlinksReply(200, request_id=request_id, last_refresh=date, login_id=login.login_id, institution_id=14)

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        return self._read_data(request_id, institution_id=14)

    def get_accounts_detail(self, request_id: str, _options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        return self._read_data(request_id)

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        return self._read_data(request_id)

    def _read_data(self, request_id: str, **fields: Any) -> FlinksReply:
        opened = self._data.get(request_id)
        if opened is None or self._clock() - opened.touched_at >= _DATA_IDLE:
            return FlinksReply(400, code="SESSION_NONEXISTENT")
        opened.touched_at = self._clock()
        login = opened.login
        if login.fetches:
            login.fetches -= 1
            return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
        return a_data_reply(last_refresh=self._date(login, opened.holds), login_id=login.login_id, **fields)

    def _date(self, login: BankLogin, refresh: Refresh) -> datetime:
        login.dated_for.add(self._caller().run)
        return refresh.by_flinks_clock

    def _stamp(self, at: datetime) -> datetime:
        """Convert a moment to Flinks' own clock."""
        return at + self.ahead

    def _refresh_unless_busy(self, login_id: str, by: str) -> bool:
        login = self.login(login_id)
        if self.running(login_id):
            return False
        self._refresh(login, by, self._clock())
        login.outcome = ""
        return True

    def _refresh(self, login: BankLogin, by: str, at: datetime) -> None:
        login.refreshes.append(Refresh(at, self._stamp(at), by))

    def _find_attempt(self, request_id: str) -> tuple[BankLogin, LiveAttempt] | None:
        for login_id in self._logins:
            login = self.login(login_id)
            for attempt in login.attempts:
                idle = self._clock() - attempt.touched_at
                limit = IDLE if attempt.stage in {Stage.WORKING, Stage.ASKING} else _DATA_IDLE
                if attempt.request_id == request_id and idle < limit:
                    return login, attempt
        return None

    def _advance(self, login: BankLogin, attempt: LiveAttempt) -> None:
        """Advance the bank's work, which needs no polls; a RequestId that was idle too long dies."""
        is_found = attempt.stage is Stage.WORKING and attempt.found_at <= self._clock()
        if is_found and attempt.found_at - attempt.touched_at < IDLE:
            self._find(login, attempt, attempt.plan.finding, attempt.found_at)

    def _find(self, login: BankLogin, attempt: LiveAttempt, finding: str, at: datetime) -> None:
        if finding == "ask":
            attempt.stage, login.outcome = Stage.ASKING, "QUESTION_NOT_FOUND"
        elif finding == "ok":
            attempt.stage, login.outcome = Stage.AUTHORIZED, ""
            if attempt.plan.is_fresh:
                self._refresh(login, attempt.request_id, at)
        else:
            attempt.stage, attempt.code, login.outcome = Stage.REFUSED, finding, finding
            login.refused(at, finding)

    def _new_id(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}-{self._numbers}"
