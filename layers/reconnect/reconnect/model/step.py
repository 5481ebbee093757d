"""What a workflow step returns to the state machine."""

from dataclasses import field
from enum import StrEnum

from reconnect.model.errors import FlinksThrottled
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations
from reconnect.model.outcomes import Outcome, Verdict
from reconnect.model.reasons import Reason

# Seconds; what Flinks refused as one too many is not repeated sooner.
_THROTTLED_WAIT = 5


class Fetched(StrEnum):
    """What one read of the accounts found: the outcomes of a FetchAccounts step."""

    FRESH = "FRESH"
    NOT_FRESH = "NOT_FRESH"
    PENDING = "PENDING"
    REFUSED = "REFUSED"


@frozen
class Step:
    """The result of a workflow step: its outcome, how long to wait, how often a live attempt may be retried.

    `link_ends_at`: when the session's link ends by now, in epoch seconds, if the step may follow its end. `found`: the
    code that a poll found, if the step has another one.
    """

    outcome: str
    code: str
    wait_seconds: int = 0
    max_retries: int = 0
    link_ends_at: int | None = field(default=None, compare=False)
    found: str | None = None

    @classmethod
    def of(cls, verdict: Verdict, wait_seconds: int) -> "Step":
        """The step result for a verdict on a live attempt."""
        return cls(verdict.outcome, verdict.code, wait_seconds, verdict.rule.max_retries)

    @property
    def observed(self) -> str | None:
        """The code that a poll found; None for a session that waits without a poll."""
        is_waiting = self.code in {Reason.QUEUED, Reason.BANK_DOWN}
        return self.found or (None if is_waiting else self.code)

    @property
    def pause(self) -> int:
        """Seconds until the next call of Flinks: as long as the step says, and longer after a throttled one."""
        return max(self.wait_seconds, _THROTTLED_WAIT if self.code == FlinksThrottled.code else 0)

    def polls_after(self, polls: int) -> int:
        """Return how many polls in a row have now brought nothing, after `polls`; a throttled one does not count."""
        if self.outcome not in {Outcome.PENDING, Fetched.PENDING}:
            return 0
        return polls if self.code == FlinksThrottled.code else polls + 1


@frozen
class Polled:
    """The result of one or more polls in one invocation: the last one's, how many in a row found the attempt pending,
    after how many the bank is too slow, and all observations.
    """

    step: Step
    polls: int
    most_polls: int
    observations: Observations
