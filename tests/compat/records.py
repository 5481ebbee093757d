"""Sample records of every kind in the table, in every status, with every optional part.

Set each new field in at least one record here; `test_golden.py` lists the fields that are never set.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.budget import Place
from reconnect.model.contact_entries import AskState, Hold, HoldReason
from reconnect.model.failures import Failure, Owner
from reconnect.model.idempotency import Claim
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse, Load
from reconnect.model.login import Login
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.presence import Presence
from reconnect.model.receipts import Comparison, Receipt, StoredResult
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.trail import TrailEntry
from reconnect.model.waits import WaitReason
from tests.compat.batch_records import BatchRecord, batch_records

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
LOGIN_ID = "5e115eb7-94b4-4b19-9a0a-1d0d71b00001"
SESSION_ID = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Erased:
    """The remains of an erased session."""

    session_id: str


@dataclass(frozen=True)
class Forgotten:
    """The remains of a login that was erased during a pause."""

    login: Login


Record = Session | Erased | Login | Forgotten | Claim | BatchRecord


def records() -> dict[str, Record]:
    """Return every record by its name."""
    erased: dict[str, Record] = {"session erased": Erased(SESSION_ID)}
    return {**_live_sessions(), **_ended_sessions(), **_logins(), **_claims(), **erased, **batch_records()}


def _live_sessions() -> dict[str, Record]:
    opened = _session(Status.STARTING, known_refresh=_at(-86400), known_institution=Institution(14, "FlinksCapital"))
    request_id = "5e115eb7-94b4-4b19-9a0a-1d0d71b00002"
    attempt = Attempt(number=1, started_at=_at(2), request_id=request_id, refreshed_before=_at(-86400))
    asked = replace(attempt, institution="FlinksCapital", institution_id=14, asked=Ask.ANSWER, asked_at=_at(30))
    working = _session(Status.AUTHORIZING, attempt=attempt, timeline=(*opened.timeline, _entry(2, "authorize_started")))
    waiting = _session(
        Status.AWAITING_USER,
        attempt=asked,
        task_token="AQCEAAAAKgAAAAMAAAAA" * 4,
        wait_try="2026-03-14T09:27:23.589Z 001",
        connect_url="https://connect.test/v2/?requestId=5e115eb7&authorizeToken=a-token",
        correlation_ids=frozenset({"order-1", "order-2"}),
        found_by=frozenset({"a-sealed-reference-123", "another-reference-1234"}),
        users=frozenset({"a-sealed-reference-123"}),
        known_accounts=frozenset({"AbCdEfGh", "IjKlMnOp"}),
        newest_days={"AbCdEfGh": date(2026, 3, 1)},
        language="fr",
        time_zone="America/Toronto",
        return_url="https://app.example/back?a=1&b=é",
        brand_name="Maple Budget",
        brand_name_french="Budget Érable",
        reference="Prêt 1234",
        trail=(
            TrailEntry(NOW, "session_opened", by="user/backend"),
            TrailEntry(_at(30), "ReconnectReminder", version=6),
        ),
        options=ReadOptions(
            days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=("account-1", "account-2")
        ),
        event_type="ReconnectRequired",
        timeline=(
            *working.timeline,
            _entry(20, "OPERATION_PENDING", Actor.BANK, Status.AUTHORIZING, polls=9),
            _entry(30, "challenge_shown", Actor.BANK, Status.AWAITING_USER),
            _entry(31.5, "link_opened", Actor.USER, Status.AWAITING_USER),
        ),
    )
    signing_in = replace(waiting, attempt=replace(asked, asked=Ask.SIGN_IN, is_refused=True), event_type=None)
    signing_in = replace(signing_in, load=Load(_at(32), "a-token", "a-click"))
    parked = replace(
        waiting,
        status=Status.AWAITING_CLICK,
        connect_url=None,
        attempt=replace(asked, number=3, is_remembered=True),
        link_use=LinkUse(_at(50), attempts=12, loads=15, paused_until=_at(50 + 86400)),
        login_id=LOGIN_ID.upper(),
        execution_name="underwriting-4711",
        has_pending_evidence=True,
        quarantined=True,
        failures=2,
        reminders=2,
        next_allowed_at=_at(3600),
        wait_reason=WaitReason.LOCKOUT_GUARD,
        options=ReadOptions(summary_only=True),
        event_type="ReconnectReminder",
        timeline=(
            *waiting.timeline,
            _entry(90, "remind_requested assumed-role/Support/anna", Actor.CALLER, Status.AWAITING_CLICK),
        ),
    )
    left = replace(
        working,
        status=Status.AWAITING_CLICK,
        presence=Presence.ABSENT,
        due_at=_at(86400),
        wait_try="1773480420000 000",
        event_type="ReconnectRequired",
        attempt=replace(attempt, asked=Ask.SIGN_IN, is_refused=True, is_over=True),
        timeline=(*working.timeline, _entry(30, "parked", Actor.SERVICE, Status.AWAITING_CLICK)),
    )
    reading = replace(
        working,
        status=Status.FETCHING,
        data_request_id="5e115eb7-94b4-4b19-9a0a-1d0d71b00003",
        receipt=Receipt(fresh=False, last_refresh=_at(-86400)),
    )
    return {
        "session starting": opened,
        "session waiting for its turn": replace(
            opened,
            place=Place(1234.5, _at(90), is_ahead=True, refusals=3),
            timeline=(*opened.timeline, _entry(1, "queued", Actor.SERVICE, Status.STARTING)),
        ),
        "session waiting for its bank": replace(
            opened,
            bank_back_at=_at(300),
            timeline=(*opened.timeline, _entry(1, "bank_down", Actor.SERVICE, Status.STARTING)),
        ),
        "session authorizing": working,
        "session awaiting an answer": waiting,
        "session awaiting a sign-in": signing_in,
        "session awaiting a click": parked,
        "session parked": left,
        "session parked, its event held back": replace(
            left,
            asking=AskState(Hold(_at(604800), HoldReason.ASKED_RECENTLY), _at(259200)),
            event_type=None,
            timeline=(*left.timeline, _entry(60, "snoozed", Actor.USER, Status.AWAITING_CLICK)),
        ),
        "session fetching": reading,
    }


def _ended_sessions() -> dict[str, Record]:
    read = Receipt(
        fresh=True,
        last_refresh=_at(40),
        account_count=2,
        transaction_count=1234,
        first_date=date(2025, 3, 14),
        last_date=date(2026, 3, 13),
        comparison=Comparison(matched=1, new=1, missing=3),
        result=StoredResult(
            result_id="5e115eb794b44b199a0a1d0d71b00004",
            size=98_765,
            sha256="5e" * 32,
            expires_at=datetime(2026, 4, 13, 9, 26, 53, tzinfo=UTC),
        ),
    )
    old = Receipt(fresh=False, last_refresh=_at(-86400))
    known = frozenset({"AbCdEfGh", "IjKlMnOp"})
    succeeded = _ended(Status.SUCCEEDED, "SessionSucceeded", receipt=read, known_accounts=known)
    return {
        "session succeeded": succeeded,
        "session succeeded, incomplete": replace(
            succeeded, receipt=replace(read, warnings={"date_unreadable": 2}, missing={"no_transactions": 1})
        ),
        "session succeeded, a summary": replace(
            succeeded, receipt=replace(read, transaction_count=None, first_date=None, last_date=None, comparison=None)
        ),
        "session repaired": replace(succeeded, status=Status.REPAIRED, event_type="SessionRepaired"),
        "session corrected": _ended(
            Status.EXPIRED, "SessionCorrected", _failure("USER_ABSENT", Owner.USER, "nobody_came"), receipt=read
        ),
        "session stale": _ended(
            Status.STALE, "SessionStale", _failure("ACCOUNTS_STALE", Owner.NOBODY, "not_fresh"), receipt=old
        ),
        "session without accounts": _ended(
            Status.STALE,
            "SessionStale",
            _failure("NO_ACCOUNTS", Owner.NOBODY, "no_accounts"),
            receipt=replace(old, account_count=0),
        ),
        "session failed at the bank": _ended(
            Status.FAILED, "SessionFailed", _failure("BANK_TOO_SLOW", Owner.BANK, "bank_too_slow")
        ),
        "session failed here": _ended(
            Status.FAILED, "SessionFailed", _failure("INTERNAL_ERROR", Owner.US, "our_fault")
        ),
        "session cancelled": _ended(Status.CANCELLED, "SessionCancelled"),
    }


def _logins() -> dict[str, Record]:
    login = Login(login_id=LOGIN_ID)
    guarded = replace(
        login,
        last_session_id=SESSION_ID,
        failures=3,
        next_allowed_at=_at(3600),
        wait_reason=WaitReason.LOCKOUT_GUARD,
        known_accounts=frozenset({"AbCdEfGh", "IjKlMnOp"}),
        newest_days={"AbCdEfGh": date(2026, 3, 1)},
        last_refresh=_at(40),
        link_use=LinkUse(_at(50), attempts=1, loads=2),
        recent=(SESSION_ID, "fedcba9876543210fedcba9876543210"),
        institution=Institution(14, "FlinksCapital"),
        unattended_questions=3,
        asked_at=_at(-7200),
        succeeds_alone=True,
    )
    return {
        "login free": login,
        "login held": replace(guarded, session_id=SESSION_ID, failures=1, next_allowed_at=None, wait_reason=None),
        "login guarded": guarded,
        "login erased, its pause": Forgotten(replace(guarded, version=1)),
    }


def _claims() -> dict[str, Record]:
    expires_at = datetime(2026, 3, 15, 9, 26, 53, tzinfo=UTC)
    claim = Claim("k" * 43, "d" * 43, SESSION_ID, expires_at)
    return {"claim": claim, "claim that joined": replace(claim, joined=True)}


def _session(status: Status, **changes: Any) -> Session:
    session = Session(
        session_id=SESSION_ID,
        login_id=LOGIN_ID,
        execution_name=SESSION_ID,
        status=status,
        version=7,
        created_at=NOW,
        link_expires_at=NOW + timedelta(days=7),
        due_at=_at(900),
        link=f"https://reconnect.test/connect/{SESSION_ID}.1774085213.signature",
        timeline=(_entry(0, "session_opened", Actor.CALLER, Status.STARTING),),
    )
    return replace(session, **changes)


def _ended(status: Status, event_type: str, failure: Failure | None = None, **changes: Any) -> Session:
    """Build a session without the fields that only a live one needs."""
    ended: dict[str, Any] = {
        "due_at": None,
        "link": None,
        "next_allowed_at": _at(120),
        "wait_reason": WaitReason.COOLDOWN if status.is_success else WaitReason.OPEN_ATTEMPT,
        "attempt": Attempt(
            number=1, started_at=_at(2), institution="FlinksCapital", institution_id=14, is_over=status.is_success
        ),
        "failure": failure,
        "event_type": event_type,
        "correlation_ids": frozenset({"order-1"}),
        "timeline": (
            _entry(0, "session_opened", Actor.CALLER, Status.STARTING),
            _entry(60, "session_ended", Actor.SERVICE, status),
        ),
    }
    return _session(status, **{**ended, **changes})


def _failure(code: str, owner: Owner, sentence: str) -> Failure:
    return Failure(code, owner, sentence)


def _entry(
    seconds: float,
    cause: str,
    actor: Actor = Actor.SERVICE,
    status: Status = Status.AUTHORIZING,
    polls: int = 0,
) -> TimelineEntry:
    return TimelineEntry(_at(seconds), actor, cause, status, polls)


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
