"""Flinks and the banks behind it: what is running there, whether or not we were told, and how it answers.

Facts as in the simulator: a RequestId dies after 8 idle minutes; cached /Authorize repeats the last live outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconnect.domain.options import USUAL_OPTIONS, ReadOptions
from reconnect.domain.outcomes import FlinksReply
from tests.fakes.builders import a_data_reply

IDLE = timedelta(minutes=8)
_DATA_IDLE = timedelta(minutes=30)


class Stage(StrEnum):
    """How an attempt stands at the bank."""

    WORKING = "WORKING"
    ASKING = "ASKING"
    AUTHORIZED = "AUTHORIZED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Plan:
    """How the next attempt goes. `finding`: ok, ask, or the FlinksCode that it ends with; `works`: seconds until then;
    `at_start`: the start itself is refused with the finding; `fetches`: 202s before the data is there.
    """

    finding: str = "ok"
    works: int = 0
    at_start: bool = False
    fetches: int = 0
    is_fresh: bool = True


@dataclass
class LiveAttempt:
    """One live try as the bank knows it."""

    request_id: str
    plan: Plan
    touched_at: datetime
    found_at: datetime
    stage: Stage = Stage.WORKING
    code: str = ""


@dataclass
class BankLogin:
    """One connection: when it was last refreshed, what the last live try said, and the tries."""

    login_id: str
    last_refresh: datetime
    outcome: str = ""
    plans: list[Plan] = field(default_factory=list)
    attempts: list[LiveAttempt] = field(default_factory=list)
    held_until: datetime | None = None
    fetches: int = 0


class Bank:
    """The port `Flinks`. `on_start` is told of each start, and how many attempts may be running on the login then."""

    def __init__(
        self, clock: Callable[[], datetime], on_start: Callable[[str, int], None], *, looks_renew: bool
    ) -> None:
        self._clock, self._on_start, self._looks_renew = clock, on_start, looks_renew
        self._logins: dict[str, BankLogin] = {}
        self._data: dict[str, tuple[BankLogin, datetime]] = {}
        self._numbers = 0
        self.starts = 0
        self.behind = timedelta()

    # What the schedule does

    def login(self, login_id: str) -> BankLogin:
        """The bank's record of a login; it is found as it stands now."""
        key = login_id.casefold()
        if key not in self._logins:
            self._logins[key] = BankLogin(key, self._clock() - timedelta(days=2))
        found = self._logins[key]
        for attempt in found.attempts:
            self._advance(found, attempt)
        return found

    def asks_anyone(self) -> bool:
        """Whether any attempt waits for its user."""
        return any(self.asking(login_id) for login_id in self._logins)

    def asking(self, login_id: str) -> LiveAttempt | None:
        """The attempt that waits for the user's answer."""
        login = self.login(login_id)
        return next((each for each in login.attempts if each.stage is Stage.ASKING and self.is_alive(each)), None)

    def answer(self, login_id: str, *, is_right: bool = True) -> bool:
        """The user answers in Connect; False if nothing is asked."""
        login, attempt = self.login(login_id), self.asking(login_id)
        if attempt is None:
            return False
        attempt.touched_at = self._clock()
        self._find(login, attempt, "ok" if is_right else "INVALID_SECURITY_RESPONSE", self._clock())
        return True

    def load_connect(self, login_id: str) -> None:
        """The user opens Connect on an attempt."""
        if attempt := self.asking(login_id):
            attempt.touched_at = self._clock()

    def sign_in(self, login_id: str) -> bool:
        """The user signs in anew in Connect; False if the bank is busy with another attempt."""
        login = self.login(login_id)
        if any(self.is_alive(attempt) for attempt in login.attempts):
            return False
        login.last_refresh, login.outcome = self._clock(), ""
        return True

    def fall_behind(self, seconds: int) -> None:
        """Flinks' clock, which LastRefresh is told by, is behind ours."""
        self.behind = timedelta(seconds=seconds)

    def hold_elsewhere(self, login_id: str) -> None:
        """Somebody else's attempt keeps the login busy for a while."""
        self.login(login_id).held_until = self._clock() + IDLE

    def is_alive(self, attempt: LiveAttempt) -> bool:
        """Whether the bank is still at work on it, or waits for the user."""
        return attempt.stage in {Stage.WORKING, Stage.ASKING} and self._clock() - attempt.touched_at < IDLE

    def running(self, login_id: str) -> int:
        """How many attempts may be running."""
        return sum(self.is_alive(attempt) for attempt in self.login(login_id).attempts)

    def refreshed_at(self, login_id: str) -> datetime:
        """When the data was in truth refreshed."""
        return self.login(login_id).last_refresh

    # The port

    def generate_authorize_token(self) -> tuple[str | None, FlinksReply]:
        return self._new_id("token"), FlinksReply(200)

    def start_authorize(self, login_id: str, _token: str) -> FlinksReply:
        login = self.login(login_id)
        self._on_start(login_id, self.running(login_id))
        if login.held_until and self._clock() < login.held_until:
            return FlinksReply(401, code="CONCURRENT_SESSION")
        plan = login.plans.pop(0) if login.plans else Plan()
        if plan.at_start:
            login.outcome = plan.finding
            return FlinksReply(401, code=plan.finding)
        self.starts += 1
        now = self._clock()
        attempt = LiveAttempt(self._new_id("request"), plan, now, now + timedelta(seconds=plan.works))
        login.attempts.append(attempt)
        login.fetches = plan.fetches
        return FlinksReply(202, code="OPERATION_PENDING", request_id=attempt.request_id)

    def read_authorize(self, request_id: str) -> FlinksReply:
        found = self._find_attempt(request_id)
        if found is None:
            return FlinksReply(400, code="SESSION_NONEXISTENT")
        login, attempt = found
        if self._looks_renew and self.is_alive(attempt):
            attempt.touched_at = self._clock()
        match attempt.stage:
            case Stage.WORKING:
                return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
            case Stage.ASKING:
                return FlinksReply(203, request_id=request_id, institution="FlinksCapital")
            case Stage.AUTHORIZED:
                return FlinksReply(200, request_id=request_id, last_refresh=self._told(login))
        return FlinksReply(401, code=attempt.code, request_id=request_id)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        login = self.login(login_id)
        request_id = self._new_id("data")
        self._data[request_id] = (login, self._clock())
        if login.outcome:
            return FlinksReply(401, code=login.outcome, request_id=request_id)
        return FlinksReply(200, request_id=request_id, last_refresh=self._told(login), institution_id=14)

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        return self._read_data(request_id, institution_id=14)

    def get_accounts_detail(self, request_id: str, _options: ReadOptions = USUAL_OPTIONS) -> FlinksReply:
        return self._read_data(request_id)

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        return self._read_data(request_id)

    def _read_data(self, request_id: str, **fields: Any) -> FlinksReply:
        login, opened_at = self._data.get(request_id, (None, self._clock()))
        if login is None or self._clock() - opened_at >= _DATA_IDLE:
            return FlinksReply(400, code="SESSION_NONEXISTENT")
        self._data[request_id] = (login, self._clock())
        if login.fetches:
            login.fetches -= 1
            return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
        return a_data_reply(**fields)

    def _told(self, login: BankLogin) -> datetime:
        """LastRefresh by Flinks' own clock, which may be behind ours."""
        return login.last_refresh - self.behind

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
        """The bank works on whether or not anyone looks; but a RequestId that nobody touched dies."""
        is_found = attempt.stage is Stage.WORKING and attempt.found_at <= self._clock()
        if is_found and attempt.found_at - attempt.touched_at < IDLE:
            self._find(login, attempt, attempt.plan.finding, attempt.found_at)

    def _find(self, login: BankLogin, attempt: LiveAttempt, finding: str, at: datetime) -> None:
        if finding == "ask":
            attempt.stage, login.outcome = Stage.ASKING, "QUESTION_NOT_FOUND"
        elif finding == "ok":
            attempt.stage, login.outcome = Stage.AUTHORIZED, ""
            if attempt.plan.is_fresh:
                login.last_refresh = at
        else:
            attempt.stage, attempt.code, login.outcome = Stage.REFUSED, finding, finding

    def _new_id(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}-{self._numbers}"
