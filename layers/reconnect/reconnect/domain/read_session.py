"""How a session looks to its caller: the API's body, the workflow's input, and its compact output."""

from datetime import datetime, timedelta
from typing import Any

from reconnect.domain.failures import Owner
from reconnect.domain.options import ReadOptions
from reconnect.domain.ports import Sessions
from reconnect.domain.read_result import ResultLink
from reconnect.domain.receipts import Receipt
from reconnect.domain.sentences import sentence
from reconnect.domain.session import Ask, Session, Status

_NEXT: dict[Status, tuple[Owner, str]] = {
    Status.STARTING: (Owner.NOBODY, "working"),
    Status.AUTHORIZING: (Owner.NOBODY, "working"),
    Status.AWAITING_USER: (Owner.USER, "answer_the_bank"),
    Status.AWAITING_CLICK: (Owner.USER, "start_again"),
    Status.FETCHING: (Owner.NOBODY, "fetching"),
    Status.SUCCEEDED: (Owner.NOBODY, "done"),
    Status.CANCELLED: (Owner.NOBODY, "cancelled"),
    Status.REPAIRED: (Owner.NOBODY, "done"),
}


class ReadSession:
    """The use case behind `GET /sessions/{sessionId}` and the workflow that follows another's session."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def __call__(self, session_id: str) -> Session:
        """Read a session; raise SessionNotFound."""
        return self._sessions.get(session_id)


def next_step(session: Session, browser_language: str | None = None) -> dict[str, str]:
    """Who must act next, and what we tell them, in the session's language or else the browser's."""
    if session.failure is not None and session.receipt is not None and session.receipt.fresh:
        # It had ended without fresh data, and was corrected: nothing is left to do.
        owner, name = Owner.NOBODY, "done"
    elif session.failure is not None:
        owner, name = session.failure.owner, session.failure.sentence
    elif session.attempt and session.attempt.asked is Ask.SIGN_IN and session.status is Status.AWAITING_USER:
        owner, name = Owner.USER, "sign_in_again"
    else:
        owner, name = _NEXT[session.status]
    if name == "done" and session.receipt is not None and not session.receipt.is_complete:
        name = "done_incomplete"
    return {"owner": owner, "sentence": sentence(name, session.language or browser_language)}


def show(session: Session) -> dict[str, Any]:
    """Everything a caller may know. The LoginId stays out, as do RequestIds and task tokens."""
    return {
        "sessionId": session.session_id,
        "status": session.status,
        "correlationIds": sorted(session.correlation_ids),
        "createdAt": when(session.created_at),
        "linkExpiresAt": when(session.link_expires_at),
        "nextStep": next_step(session),
        "link": None if session.status.is_terminal else session.link,
        "connectUrl": session.connect_url,
        "failureCode": session.failure and session.failure.code,
        "nextAllowedAt": when(session.next_allowed_at),
        "quarantined": session.quarantined,
        "options": _options(session.options),
        "receipt": _receipt(session.receipt),
        "timeline": _timeline(session),
    }


def _timeline(session: Session) -> list[dict[str, Any]]:
    """What happened, each with the seconds since what happened before it."""
    before = session.created_at
    story = []
    for entry in session.timeline:
        seconds = round((entry.at - before).total_seconds(), 3)
        story.append(
            {
                "at": when(entry.at),
                "seconds": seconds,
                "actor": entry.actor,
                "cause": entry.cause,
                "status": entry.status,
                "looks": entry.looks,
            }
        )
        before = entry.at
    return story


def workflow_input(session: Session) -> dict[str, Any]:
    """What the state machine knows of a session: its id, when its link ends in epoch seconds, its next attempt."""
    return {
        "sessionId": session.session_id,
        "linkEndsAt": int(session.link_expires_at.timestamp()),
        "attempt": session.attempt.number + 1 if session.attempt else 1,
    }


def late_read_input(session: Session, wait: timedelta) -> dict[str, Any]:
    """The same for an execution that only reads the data of a session that has ended, after `wait`."""
    return {**workflow_input(session), "lateRead": True, "waitSeconds": int(wait.total_seconds())}


def summarize(session: Session) -> dict[str, Any]:
    """What may stand in an execution's history: no balance, no account id."""
    receipt = session.receipt
    return {
        "sessionId": session.session_id,
        "status": session.status,
        "failureCode": session.failure and session.failure.code,
        "lastRefresh": receipt and when(receipt.last_refresh),
        "accountCount": receipt.account_count or 0 if receipt else 0,
    }


def _options(options: ReadOptions) -> dict[str, Any]:
    """As the caller wrote them. Whoever joins a session sees what it was asked for before."""
    return {
        "summaryOnly": options.summary_only,
        "daysOfTransactions": None if options.summary_only else options.days_of_transactions,
        "withIdentity": options.with_identity,
        "accounts": list(options.accounts) or None,
    }


def _receipt(receipt: Receipt | None) -> dict[str, Any] | None:
    """Counts, dates and a checksum: what the accounts hold is in the result only."""
    if receipt is None:
        return None
    comparison, result = receipt.comparison, receipt.result
    return {
        "fresh": receipt.fresh,
        "lastRefresh": when(receipt.last_refresh),
        "accounts": None
        if receipt.account_count is None
        else {
            "count": receipt.account_count,
            "matched": comparison and comparison.matched,
            "new": comparison and comparison.new,
            "missing": comparison and comparison.missing,
        },
        "transactions": None
        if receipt.transaction_count is None
        else {
            "count": receipt.transaction_count,
            "from": receipt.first_date and receipt.first_date.isoformat(),
            "to": receipt.last_date and receipt.last_date.isoformat(),
        },
        "complete": None if receipt.account_count is None else receipt.is_complete,
        "missing": dict(receipt.missing),
        "warnings": dict(receipt.warnings),
        "result": result and {"bytes": result.size, "sha256": result.sha256, "expiresAt": when(result.expires_at)},
    }


def show_result(link: ResultLink) -> dict[str, Any]:
    """The body of `GET /sessions/{sessionId}/result`."""
    return {
        "url": link.url,
        "expiresAt": when(link.expires_at),
        "bytes": link.result.size,
        "sha256": link.result.sha256,
    }


def when(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
