"""The session: one request for fresh data, its statuses, and the legal transitions between them."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from reconnect.model.attempt import Attempt
from reconnect.model.budget import Place
from reconnect.model.causes import ASKING, LEAVING, Cause
from reconnect.model.contact_entries import NOT_HELD, AskState
from reconnect.model.errors import IllegalTransition
from reconnect.model.failures import Failure
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse, Load
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.presence import Presence
from reconnect.model.receipts import Receipt
from reconnect.model.trail import TrailEntry
from reconnect.model.waits import Pause, WaitReason, ends_later


class Status(StrEnum):
    """The status of a session. The first five are live; a session never leaves the others."""

    STARTING = "STARTING"
    AUTHORIZING = "AUTHORIZING"
    AWAITING_USER = "AWAITING_USER"
    AWAITING_CLICK = "AWAITING_CLICK"
    FETCHING = "FETCHING"
    SUCCEEDED = "SUCCEEDED"
    STALE = "STALE"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REPAIRED = "REPAIRED"

    @property
    def is_terminal(self) -> bool:
        """Whether the session has ended."""
        return self in TERMINAL

    @property
    def is_success(self) -> bool:
        """Whether the session has ended with fresh data."""
        return self in {Status.SUCCEEDED, Status.REPAIRED}


TERMINAL = frozenset({Status.SUCCEEDED, Status.STALE, Status.EXPIRED, Status.FAILED, Status.CANCELLED, Status.REPAIRED})

# While the user is needed.
WAITING = frozenset({Status.AWAITING_USER, Status.AWAITING_CLICK})

# Every live status may also end; `Session.move` adds that, so the table shows only transitions between live ones.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.STARTING: frozenset({Status.AUTHORIZING}),
    Status.AUTHORIZING: frozenset({Status.AUTHORIZING, Status.AWAITING_USER, Status.AWAITING_CLICK, Status.FETCHING}),
    Status.AWAITING_USER: frozenset({Status.AWAITING_USER, Status.AWAITING_CLICK, Status.AUTHORIZING, Status.FETCHING}),
    Status.AWAITING_CLICK: frozenset({Status.AWAITING_CLICK, Status.AUTHORIZING, Status.FETCHING}),
    Status.FETCHING: frozenset({Status.FETCHING, Status.AWAITING_USER, Status.AWAITING_CLICK}),
}

# A link lives for days and any number of attempts, but a record's size is limited: of a longer timeline, only the first
# and the latest entries are kept.
_LONGEST_TIMELINE, _BEGINNING = 400, 40

# Every event of a session lists all of them, and an event may have at most 256 KiB.
MAX_CORRELATION_IDS = 100


class Actor(StrEnum):
    """Who caused a timeline entry."""

    CALLER = "caller"
    SERVICE = "service"
    USER = "user"
    BANK = "bank"


@frozen
class TimelineEntry:
    """One thing that happened; `cause` is a word of ours or a FlinksCode, never text from a bank.

    `polls`: how many consecutive polls of Flinks found this; 0 for an entry that is not from a poll.
    """

    at: datetime
    actor: Actor
    cause: str
    status: Status
    polls: int = 0


@frozen(kw_only=True)
class Session:
    """Our record of one request for fresh data of a login.

    `version` is what the store last wrote (0: never). `correlation_ids`: those of all its callers. `found_by`: their
    correlationIds and userRefs, sealed, by which support finds it; `users`: the userRefs among them. `due_at`: when the
    sweeper checks it; None once it has ended. `brand_name`, `brand_name_french`, `reference`: what its caller wants the
    user to read, in place of the deployer's name and below it; never in an event, a log or a metric.
    `has_pending_evidence`: evidence came while no state waited for it. `failures`: credentials and answers that the
    bank refused in a row, including those of earlier sessions. `next_allowed_at`: before it no attempt may begin, for
    `wait_reason`. `known_refresh`: the newest LastRefresh that the login's sessions before this one read.
    `known_institution`: the bank as they, or this session's data, named it. `wait_try`: which try of a waiting state
    wrote `task_token`. `link_use`: what the login's links caused within a day; `load`: the page's last load of Connect;
    `place`: where its next attempt waits until Flinks may get the requests; None once it has begun. `bank_back_at`:
    when its bank, which is down, may be tried again; None unless its next attempt waits for that. `quarantined`:
    Connect came back with another login. `link`: the user's address as it was signed at the start, which only release
    0.1.0 shows, so that a roll-back to it loses none, and until the user has come by it; today's is signed when it is
    shown (SignedUrls). `event_type`: the event that the next write publishes; a session that was read has none.
    `known_accounts`: fingerprints of the login's account ids as of its last success, this session's own once it has
    read them. `newest_days`: the day of the newest transaction of each account that has one. `asking`: what is held
    back from an absent user, and when a busy one wants to be reminded. `trail`: what only an audit reads.
    """

    session_id: str
    login_id: str
    execution_name: str
    status: Status
    created_at: datetime
    link_expires_at: datetime
    due_at: datetime | None
    version: int = 0
    language: str | None = None
    time_zone: str | None = None
    return_url: str | None = None
    brand_name: str | None = None
    brand_name_french: str | None = None
    reference: str | None = None
    presence: Presence | None = None
    correlation_ids: frozenset[str] = frozenset()
    found_by: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    options: ReadOptions = DEFAULT_OPTIONS
    known_accounts: frozenset[str] | None = None
    newest_days: Mapping[str, date] = field(default_factory=dict)
    attempt: Attempt | None = None
    task_token: str | None = None
    connect_url: str | None = None
    link: str | None = None
    has_pending_evidence: bool = False
    failures: int = 0
    next_allowed_at: datetime | None = None
    wait_reason: WaitReason | None = None
    known_refresh: datetime | None = None
    known_institution: Institution | None = None
    wait_try: str | None = None
    place: Place | None = None
    bank_back_at: datetime | None = None
    link_use: LinkUse | None = None
    load: Load | None = None
    reminders: int = 0
    asking: AskState = NOT_HELD
    quarantined: bool = False
    data_request_id: str | None = None
    receipt: Receipt | None = None
    failure: Failure | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    trail: tuple[TrailEntry, ...] = ()
    event_type: str | None = None

    def move(self, status: Status, *, at: datetime, actor: Actor, cause: str) -> Self:
        """Go to `status`, and record that in the timeline; raise IllegalTransition if there is no way.

        A load of Connect is for one wait.
        """
        if self.status.is_terminal or not (status.is_terminal or status in TRANSITIONS[self.status]):
            raise IllegalTransition(f"{self.status} -> {status} ({cause})")
        load = self.load if status is Status.AWAITING_USER else None
        return replace(self, status=status, load=load).note(at=at, actor=actor, cause=cause)

    def note(self, *, at: datetime, actor: Actor, cause: str) -> Self:
        """Add a timeline entry without a change of status."""
        timeline = (*self.timeline, TimelineEntry(at, actor, cause, self.status))
        if len(timeline) > _LONGEST_TIMELINE:
            timeline = (*timeline[:_BEGINNING], *timeline[_BEGINNING - _LONGEST_TIMELINE :])
        return replace(self, timeline=timeline)

    def wait(self, until: datetime, reason: WaitReason) -> Self:
        """Forbid attempts on its login before `until`; an existing wait that ends later is kept, with its reason."""
        if not ends_later(until, self.next_allowed_at):
            return self
        return replace(self, next_allowed_at=until, wait_reason=reason)

    def has_cause(self, cause: str) -> bool:
        """Whether the timeline has this cause since the current attempt began."""
        return any(entry.cause == cause for entry in self.since_attempt())

    @property
    def was_clicked(self) -> bool:
        """Whether a click began an attempt after the first one."""
        return any(entry.cause == Cause.CLICKED for entry in self.timeline)

    @property
    def pause(self) -> Pause | None:
        """Until when no attempt may begin, perhaps a time that has passed, and why.

        The link's budget is about clicks, so it ends with the session.
        """
        waits = [(self.next_allowed_at, self.wait_reason or WaitReason.OPEN_ATTEMPT)]
        if self.link_use is not None and not self.status.is_terminal:
            waits.append((self.link_use.paused_until, WaitReason.LINK_BUDGET))
        return max(((until, reason) for until, reason in waits if until is not None), default=None)

    @property
    def institution(self) -> Institution | None:
        """The login's bank, from this session's replies or else from earlier ones; None if nothing is known."""
        told = Institution(self.attempt.institution_id, self.attempt.institution) if self.attempt else Institution()
        merged = told.or_else(self.known_institution)
        return merged if merged.is_known else None

    def told(self, institution: Institution) -> Self:
        """Keep what a reply says about the bank; what it does not say stays known."""
        merged = institution.or_else(self.institution)
        return replace(self, known_institution=merged) if merged.is_known else self

    @property
    def is_corrected(self) -> bool:
        """Whether fresh data was read after the session had ended without."""
        return any(entry.cause == Cause.CORRECTED for entry in self.timeline)

    @property
    def attempt_gone_at(self) -> datetime | None:
        """When the present attempt was found dead, or left because nobody was there; None before that."""
        return next((entry.at for entry in self.since_attempt() if entry.cause in LEAVING), None)

    @property
    def next_try_at(self) -> datetime | None:
        """When its next attempt is expected to begin, which waits for its bank or its turn at Flinks; else None."""
        return self.bank_back_at or (self.place.at if self.place else None)

    @property
    def is_parked(self) -> bool:
        """Whether it waits for a click without an execution: the click starts the next one."""
        return self.presence is Presence.ABSENT and self.status is Status.AWAITING_CLICK and self.task_token is None

    @property
    def is_attended(self) -> bool:
        """Whether the user has opened our page or come back from Connect."""
        return any(entry.actor is Actor.USER for entry in self.timeline)

    @property
    def first_asked_at(self) -> datetime | None:
        """When the user was first needed."""
        return next((entry.at for entry in self.timeline if entry.cause in ASKING), None)

    def since_attempt(self) -> Iterator[TimelineEntry]:
        """Yield the entries of the timeline since the current attempt began."""
        begun = self.attempt.started_at if self.attempt else self.created_at
        return (entry for entry in self.timeline if entry.at >= begun)

    def end(
        self,
        status: Status,
        *,
        at: datetime,
        cause: str,
        failure: Failure | None,
        event_type: str,
        actor: Actor = Actor.SERVICE,
    ) -> Self:
        """End the session and remove what only a live one needs: tokens, RequestIds, URLs."""
        ended_attempt = self.attempt and replace(self.attempt, request_id=None, is_over=False)
        ended = self.move(status, at=at, actor=actor, cause=cause)
        return replace(
            ended,
            failure=failure,
            event_type=event_type,
            due_at=None,
            attempt=ended_attempt,
            task_token=None,
            wait_try=None,
            connect_url=None,
            link=None,
            data_request_id=None,
            known_refresh=None,
            place=None,
            bank_back_at=None,
            # An ask that was held back never went out.
            asking=AskState(hold=self.asking.hold),
        )
