"""What a workflow step hands back to the state machine."""

from dataclasses import dataclass
from enum import StrEnum

from reconnect.model.outcomes import Verdict


class Fetched(StrEnum):
    """What one reading of the accounts found: the outcomes of a FetchAccounts step."""

    FRESH = "FRESH"
    NOT_FRESH = "NOT_FRESH"
    PENDING = "PENDING"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Step:
    """What a workflow step tells the state machine: what it found, how long to wait, how often to try again."""

    outcome: str
    code: str
    wait_seconds: int = 0
    max_retries: int = 0

    @classmethod
    def of(cls, verdict: Verdict, wait_seconds: int) -> "Step":
        """The step for a verdict on a live attempt."""
        return cls(verdict.outcome, verdict.code, wait_seconds, verdict.rule.max_retries)
