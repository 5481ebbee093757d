"""The records the bank keeps: logins, live attempts, data sessions, journal entries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from local.simulator.users import Behaviour

AUTHORIZING_IDLE = timedelta(minutes=8)
PROCESSING_IDLE = timedelta(minutes=30)


class Stage(StrEnum):
    """How far one live attempt has come."""

    WORKING = "working"
    ASKING = "asking"
    AUTHORIZED = "authorized"
    REFUSED = "refused"


class Part(StrEnum):
    """The two sets of data a session can be read for."""

    SUMMARY = "Summary"
    DETAIL = "Detail"


@dataclass
class Login:
    """One connection of one user to FlinksCapital; `last_outcome` is None after a live success."""

    login_id: str
    username: str
    behaviour: Behaviour
    last_refresh: datetime
    last_outcome: str | None = None
    latest_attempt: str | None = None


@dataclass
class Attempt:
    """One live try; its RequestId dies after 8 idle minutes authorizing, 30 processing [D KEY]."""

    request_id: str
    login: Login
    touched_at: datetime
    polls_left: int
    stage: Stage = Stage.WORKING
    prompt: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the bank is still waiting for something in this attempt."""
        return self.stage in {Stage.WORKING, Stage.ASKING}

    def has_expired(self, now: datetime) -> bool:
        """Whether nobody touched this attempt for too long."""
        limit = PROCESSING_IDLE if self.stage is Stage.AUTHORIZED else AUTHORIZING_IDLE
        return now - self.touched_at >= limit


@dataclass
class DataSession:
    """A RequestId that reads accounts; `pending` counts the 202 replies still to give for each part."""

    request_id: str
    login: Login
    touched_at: datetime
    pending: dict[Part, int]

    def has_expired(self, now: datetime) -> bool:
        """Whether nobody read from this session for too long."""
        return now - self.touched_at >= PROCESSING_IDLE


@dataclass(frozen=True)
class JournalEntry:
    """One request as the simulator saw it; `action` tells a start from a status call on the same path."""

    method: str
    path: str
    status: int
    action: str
    username: str | None
    login_id: str | None
