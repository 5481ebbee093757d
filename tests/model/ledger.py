"""The record of what really happened at the bank. The checks judge by it, not by what the service believes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# Who refreshed a login, if it was not one of our live attempts.
ELSEWHERE, SIGN_IN = "elsewhere", "sign_in"

# With these codes a bank refuses credentials or answers; it counts them.
REFUSALS = {"INVALID_USERNAME", "INVALID_PASSWORD", "INVALID_LOGIN", "UNAUTHORIZED", "INVALID_SECURITY_RESPONSE"}


class Stage(StrEnum):
    """The stage of an attempt at the bank."""

    WORKING = "WORKING"
    ASKING = "ASKING"
    AUTHORIZED = "AUTHORIZED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Plan:
    """How the next attempt goes. `finding`: ok, ask, or the FlinksCode that it ends with; `works`: seconds until then;
    `at_start`: the start itself is refused with the finding; `fetches`: number of 202s before the data is ready;
    `slow`: seconds until the start is answered, while the bank already works.
    """

    finding: str = "ok"
    works: float = 0
    at_start: bool = False
    fetches: int = 0
    is_fresh: bool = True
    slow: int = 0


@dataclass(frozen=True)
class Refresh:
    """One refresh of the data: when (`at`; also by Flinks' own clock), and `by` which attempt (its RequestId)."""

    at: datetime
    by_flinks_clock: datetime
    by: str


@dataclass(frozen=True)
class Caller:
    """Who makes a call: the session, the attempt, the number of the run, when the run began, and when it called."""

    session_id: str
    attempt: int
    run: int
    began_at: datetime
    called_at: datetime


@dataclass(frozen=True)
class Start:
    """A start that reached the bank. `was_dated`: whether its run had received the LastRefresh before it;
    `refused_as`: the FlinksCode with which Flinks refused the start itself.
    """

    caller: Caller
    asked_at: datetime
    was_dated: bool
    refused_as: str = ""

    @property
    def began_at(self) -> datetime:
        """When the attempt began, which is when its run began: earlier refreshes are not the attempt's."""
        return self.caller.began_at


@dataclass
class LiveAttempt:
    """One live try as the bank knows it. `touched_at`: its last activity, in the future while the start is unanswered;
    `polled_at`: when a poll last found it alive; `final_reply_to`: the runs that received its final reply.
    """

    request_id: str
    plan: Plan
    touched_at: datetime
    found_at: datetime
    start: Start
    stage: Stage = Stage.WORKING
    code: str = ""
    polled_at: datetime | None = None
    final_reply_to: list[int] = field(default_factory=list)

    @property
    def last_alive_at(self) -> datetime:
        """Its last activity, if polls count."""
        return max(self.touched_at, self.polled_at or self.touched_at)


@dataclass
class BankLogin:
    """One connection: its refreshes, the outcome of its last live attempt, its starts and attempts.

    `silent`: how many of the next cached replies lack Login; `refusals`: when credentials or answers were refused;
    `dated_for`: the runs that received the date of its data; `fetches`: the 202s before its data is ready; `withheld`:
    the starts whose data was still not ready when the next one began.
    """

    login_id: str
    refreshes: list[Refresh]
    outcome: str = ""
    plans: list[Plan] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    attempts: list[LiveAttempt] = field(default_factory=list)
    refusals: list[datetime] = field(default_factory=list)
    held_until: datetime | None = None
    dated_for: set[int] = field(default_factory=set)
    fetches: int = 0
    withheld: list[Start] = field(default_factory=list)
    silent: int = 0

    def refused(self, at: datetime, code: str) -> None:
        """Count a refusal, if the code says that the bank refused credentials or an answer."""
        if code in REFUSALS:
            self.refusals.append(at)


@dataclass
class OpenData:
    """A RequestId of the cached flow, and the refresh whose data it holds."""

    login: BankLogin
    touched_at: datetime
    holds: Refresh
