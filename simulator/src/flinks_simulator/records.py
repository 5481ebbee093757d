"""The records the bank keeps: logins, live attempts, data sessions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from flinks_simulator.users import INSTITUTION_ID, INSTITUTIONS, Behaviour, PlannedFault

AUTHORIZING_IDLE = timedelta(minutes=8)
PROCESSING_IDLE = timedelta(minutes=30)


class Stage(StrEnum):
    """The stage of a live attempt."""

    WORKING = "working"
    ASKING = "asking"
    AUTHORIZED = "authorized"
    REFUSED = "refused"


class Part(StrEnum):
    """The parts of a session's data."""

    SUMMARY = "Summary"
    DETAIL = "Detail"
    STATEMENTS = "Statements"


@dataclass
class Login:
    """One connection of one user to a bank; `last_outcome` is None after a live success."""

    login_id: str
    username: str
    behaviour: Behaviour
    last_refresh: datetime
    last_outcome: str | None = None
    latest_attempt: str | None = None
    language: str = "en"
    data_seed: str = ""
    is_scheduled_refresh: bool = False
    stored_answers: dict[str, str] = field(default_factory=dict)
    faults: list[PlannedFault] = field(default_factory=list)
    detail_requests: list[str] = field(default_factory=list)
    details_given: int = 0
    institution_id: int = INSTITUTION_ID

    @property
    def institution(self) -> str:
        """The name of its bank."""
        return INSTITUTIONS[self.institution_id]


@dataclass
class Attempt:
    """One live attempt; its RequestId expires after 8 idle minutes authorizing, 30 processing [D KEY].

    The verdict comes after `polls_left` more 202 replies, and not before `ready_at`.
    """

    request_id: str
    login: Login
    touched_at: datetime
    polls_left: int
    ready_at: datetime
    stage: Stage = Stage.WORKING
    prompt: str = ""
    choices: tuple[str, ...] = ()
    answer: str = ""
    wrong_answers: int = 0
    refusal: str | None = None
    settled_at: datetime | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the bank is still waiting for something in this attempt."""
        return self.stage in {Stage.WORKING, Stage.ASKING}

    def has_expired(self, now: datetime) -> bool:
        """Whether this attempt has been idle for too long."""
        limit = PROCESSING_IDLE if self.stage is Stage.AUTHORIZED else AUTHORIZING_IDLE
        return now - self.touched_at >= limit


@dataclass
class DataSession:
    """A RequestId that reads accounts; `pending` counts the 202 replies still to give for each part.

    No part is ready before its time in `ready_at`.
    """

    request_id: str
    login: Login
    touched_at: datetime
    pending: dict[Part, int]
    ready_at: dict[Part, datetime]
    account_ids: tuple[str, ...] = ()

    def has_expired(self, now: datetime) -> bool:
        """Whether this session has been idle for too long."""
        return now - self.touched_at >= PROCESSING_IDLE
