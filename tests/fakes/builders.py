"""Sessions, attempts, replies and pacings with defaults, so that a test names only what it is about."""

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.failures import Failure, Owner
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Account, Comparison, Receipt, StoredResult
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.rules.cooldowns import Cooldowns
from reconnect.rules.pacing import Pacing
from tests.fakes.clock import NOW

SESSION_ID = "0123456789abcdef0123456789abcdef"
LOGIN_ID = "5e7a3c1b-0f4d-4b8e-9c2a-6d1f0e9b8a77"
REQUEST_ID = "9b2c4d6e-8f10-4a3b-b5c7-d9e1f3a5b7c9"
DATA_REQUEST_ID = "c0ffee00-1234-4abc-8def-0123456789ab"
TASK_TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAc0-task-token"
AUTHORIZE_TOKEN = "d15ea5e0-aaaa-4bbb-8ccc-ddddeeeeffff"
CONNECT_URL = f"https://connect.test/v2/?requestId={REQUEST_ID}&authorizeToken={AUTHORIZE_TOKEN}"
LINK = "https://api.test/connect/a-signed-link"
A_FAILURE = Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank")
SIGNING_KEY = b"a-signing-key-that-only-tests-know"
IDEMPOTENCY_KEY = b"the key that seals idempotency keys"
WEBHOOK_SECRET = "a-webhook-secret"
RESULT_ID = "fedcba9876543210fedcba9876543210"
DOCUMENT = b'{"HttpStatusCode": 200, "Accounts": [{"Title": "Ch\xc3\xa8ques", "Balance": {"Current": 1234.50}}]}'

# The metrics of a session's end: in all, and by its owner.
CLOSED = ["SessionClosed", "SessionClosed"]


def an_attempt(**changes: Any) -> Attempt:
    return replace(Attempt(number=1, started_at=NOW, request_id=REQUEST_ID), **changes)


def a_session(status: Status = Status.STARTING, **changes: Any) -> Session:
    """A session in this status; a terminal one lacks the fields that only a live session needs."""
    session = Session(
        session_id=SESSION_ID,
        login_id=LOGIN_ID,
        execution_name=SESSION_ID,
        status=status,
        created_at=NOW,
        link_expires_at=NOW + timedelta(days=7),
        due_at=None if status.is_terminal else NOW + timedelta(minutes=15),
        timeline=(TimelineEntry(NOW, Actor.CALLER, "session_opened", Status.STARTING),),
    )
    match status:
        case Status.STARTING:
            defaults: dict[str, Any] = {}
        case Status.AUTHORIZING:
            defaults = {"attempt": an_attempt()}
        case Status.AWAITING_USER:
            asked = an_attempt(asked=Ask.ANSWER, asked_at=NOW)
            defaults = {"attempt": asked, "task_token": TASK_TOKEN, "connect_url": CONNECT_URL}
        case Status.AWAITING_CLICK:
            defaults = {"attempt": an_attempt(asked=Ask.ANSWER, asked_at=NOW), "task_token": TASK_TOKEN}
        case Status.FETCHING:
            defaults = {"attempt": an_attempt(), "data_request_id": DATA_REQUEST_ID}
        case Status.STALE | Status.EXPIRED | Status.FAILED:
            defaults = {"attempt": an_attempt(request_id=None), "failure": A_FAILURE}
        case _:
            defaults = {"attempt": an_attempt(request_id=None)}
    return replace(session, **{**defaults, **changes})


def a_reply(status: int = 200, code: str = "", **fields: Any) -> FlinksReply:
    return FlinksReply(status=status, code=code, **fields)


def a_refreshed_reply(last_refresh: datetime = NOW, **fields: Any) -> FlinksReply:
    """A cached 200 over data of this age."""
    return a_reply(200, **{"request_id": DATA_REQUEST_ID, "last_refresh": last_refresh, **fields})


def an_account(**changes: Any) -> Account:
    account = Account(
        account_id="a4b1c2d3-1111-4222-8333-444455556666",
        transaction_count=3,
        first_date=date(2026, 1, 2),
        last_date=date(2026, 3, 13),
    )
    return replace(account, **changes)


def a_data_reply(*accounts: Account, **fields: Any) -> FlinksReply:
    """A 200 with these accounts, or one, and the document they were read from."""
    return a_reply(200, accounts=accounts or (an_account(),), document=DOCUMENT, **fields)


def a_result(**changes: Any) -> StoredResult:
    result = StoredResult(
        result_id=RESULT_ID,
        size=len(DOCUMENT),
        sha256=hashlib.sha256(DOCUMENT).hexdigest(),
        expires_at=NOW.replace(microsecond=0) + timedelta(days=30),
    )
    return replace(result, **changes)


def a_receipt(**changes: Any) -> Receipt:
    """The receipt of one account that was there the last time too, and is stored."""
    receipt = Receipt(
        fresh=True,
        last_refresh=NOW,
        account_count=1,
        transaction_count=3,
        first_date=date(2026, 1, 2),
        last_date=date(2026, 3, 13),
        comparison=Comparison(matched=1, new=0, missing=0),
        result=a_result(),
    )
    return replace(receipt, **changes)


def a_pacing(**changes: Any) -> Pacing:
    pacing = Pacing(
        poll=2,
        backstop=15,
        unattended=40,
        try_later=60,
        fetch=10,
        attempt_lifetime=timedelta(minutes=8),
        clock_skew=timedelta(minutes=1),
    )
    return replace(pacing, **changes)


def a_cooldown(**changes: Any) -> Cooldowns:
    cooldowns = Cooldowns(
        after_success=timedelta(minutes=1),
        lockout_guard=timedelta(hours=1),
        max_failures=3,
        attempt_lifetime=timedelta(minutes=8),
        start_timeout=timedelta(seconds=215),
    )
    return replace(cooldowns, **changes)


def causes(session: Session) -> list[str]:
    """The causes in the session's timeline, in order."""
    return [entry.cause for entry in session.timeline]
