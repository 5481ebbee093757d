"""What in truth happened at the bank: the record that the checks judge by, whatever the service believes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# Who refreshed a login, if no live attempt of ours did.
ELSEWHERE, SIGN_IN = "elsewhere", "sign_in"

# With these a bank refuses what the user, or Flinks in their name, gave: it counts them.
REFUSALS = {"INVALID_USERNAME", "INVALID_PASSWORD", "INVALID_LOGIN", "UNAUTHORIZED", "INVALID_SECURITY_RESPONSE"}


class Stage(StrEnum):
    """How an attempt stands at the bank."""

    WORKING = "WORKING"
    ASKING = "ASKING"
    AUTHORIZED = "AUTHORIZED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Plan:
    """How the next attempt goes. `finding`: ok, ask, or the FlinksCode that it ends with; `works`: seconds until then;
    `at_start`: the start itself is refused with the finding; `fetches`: 202s before the data is there; `slow`: seconds
    until the start is answered, during which the bank is already at work.
    """

    finding: str = "ok"
    works: int = 0
    at_start: bool = False
    fetches: int = 0
    is_fresh: bool = True
    slow: int = 0


@dataclass(frozen=True)
class Refresh:
    """The data was refreshed: `at` which moment, as `told` by Flinks' own clock, `by` which attempt (its RequestId)."""

    at: datetime
    told: datetime
    by: str


@dataclass(frozen=True)
class Caller:
    """Whose call it is: the session and attempt it works on, the run (its number) that makes it, since when that works,
    and when it called.
    """

    session_id: str
    attempt: int
    run: int
    began_at: datetime
    called_at: datetime


@dataclass(frozen=True)
class Start:
    """A start that reached the bank. `was_dated`: whether the run that made it had been told which LastRefresh stood
    there; `refused_as`: the FlinksCode with which Flinks did not even begin.
    """

    caller: Caller
    asked_at: datetime
    was_dated: bool
    refused_as: str = ""

    @property
    def began_at(self) -> datetime:
        """When the attempt began: with the run that started it. What was refreshed before is what stood there."""
        return self.caller.began_at


@dataclass
class LiveAttempt:
    """One live try as the bank knows it. `touched_at`: its last sign of life; it may lie ahead while Flinks has not
    answered the start. `looked_at`: when it was last looked at and alive; `told_over_to`: the runs that were told that
    it is over.
    """

    request_id: str
    plan: Plan
    touched_at: datetime
    found_at: datetime
    start: Start
    stage: Stage = Stage.WORKING
    code: str = ""
    looked_at: datetime | None = None
    told_over_to: list[int] = field(default_factory=list)

    @property
    def seen_at(self) -> datetime:
        """Its last sign of life, if a look is one."""
        return max(self.touched_at, self.looked_at or self.touched_at)


@dataclass
class BankLogin:
    """One connection: each time that it was refreshed, what the last live try said, every start and what came of it.

    `silent`: how many of the next cached replies come without Login; `refusals`: when credentials or answers were
    refused; `dated_for`: the runs that were told the date of its data.
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
    silent: int = 0

    def refused(self, at: datetime, code: str) -> None:
        """The bank refused an answer, or credentials, if that is what the code says."""
        if code in REFUSALS:
            self.refusals.append(at)


@dataclass
class OpenData:
    """A RequestId of the cached flow, and which refresh it holds the data of."""

    login: BankLogin
    touched_at: datetime
    holds: Refresh
