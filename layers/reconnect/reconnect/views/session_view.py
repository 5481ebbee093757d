"""Session views: the body of the API's answers and the compact output of an execution."""

from typing import Any

from reconnect.model.attempt import Ask
from reconnect.model.causes import Cause, is_refused_answer
from reconnect.model.failures import Owner
from reconnect.model.institution import Listing
from reconnect.model.languages import LANGUAGES
from reconnect.model.options import ReadOptions
from reconnect.model.receipts import ResultLink
from reconnect.model.session import Session, Status
from reconnect.model.timestamps import to_iso
from reconnect.views.sentences import sentence

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


def next_step(session: Session) -> dict[str, str]:
    """Return who must act next and a sentence for callers and operators, in the session's language."""
    owner, name = step_of(session)
    return {"owner": owner, "sentence": sentence(name, session.language)}


def step_of(session: Session) -> tuple[Owner, str]:
    """Return who must act next, and the name of the sentence that says so."""
    if session.failure is not None and session.receipt is not None and session.receipt.fresh:
        # The session ended without fresh data and was corrected later, so there is nothing left to do.
        owner, name = Owner.NOBODY, "done"
    elif session.failure is not None:
        owner, name = session.failure.owner, session.failure.sentence
    elif session.attempt and session.attempt.asked is Ask.SIGN_IN and session.status is Status.AWAITING_USER:
        owner, name = Owner.USER, "sign_in_again"
    elif session.bank_back_at is not None:
        owner, name = Owner.BANK, "bank_down"
    elif session.status is Status.AWAITING_CLICK and session.has_cause(Cause.PARKED):
        owner, name = Owner.USER, "parked"
    elif session.status is Status.AWAITING_CLICK and any(
        is_refused_answer(each.cause) for each in session.since_attempt()
    ):
        owner, name = Owner.USER, "answer_refused"
    elif session.place is not None:
        owner, name = Owner.NOBODY, "queued"
    else:
        owner, name = _NEXT[session.status]
    return owner, _in_detail(session, name)


def _in_detail(session: Session, name: str) -> str:
    """Return the name of the sentence that also says how much was read."""
    receipt = session.receipt
    if name == "no_accounts" and not session.options.accounts:
        return "nothing_listed"
    if name != "done" or receipt is None:
        return name
    if not receipt.is_complete:
        return "done_incomplete"
    return "done_with_warnings" if receipt.warnings else name


def show_institution(session: Session, listing: Listing | None) -> dict[str, Any] | None:
    """Return the bank's id and names, from `listing` or else as Flinks' replies say; None if nothing is known."""
    known = session.institution
    if known is None:
        return None
    number = known.id if known.id is not None or listing is None else listing.id
    names = {language: (listing and listing.name_in(language)) or known.name for language in LANGUAGES}
    return {"id": number, "names": names}


def show(session: Session, link: str | None = None, listing: Listing | None = None) -> dict[str, Any]:
    """Return everything a caller may know: no LoginId, no RequestId, no task token.

    `link`: the address of the end user's page, signed now; None once the session has ended. `listing`: the bank's entry
    in Flinks' directory.
    """
    return {
        "sessionId": session.session_id,
        "status": session.status,
        "correlationIds": sorted(session.correlation_ids),
        "createdAt": to_iso(session.created_at),
        "linkExpiresAt": to_iso(session.link_expires_at),
        "nextStep": next_step(session),
        "institution": show_institution(session, listing),
        "link": link,
        "connectUrl": session.connect_url,
        "failureCode": session.failure and session.failure.code,
        "nextAllowedAt": session.pause and to_iso(session.pause[0]),
        "waitReason": session.pause and session.pause[1],
        "expectedAt": to_iso(session.next_try_at),
        **_held(session),
        "quarantined": session.quarantined,
        "options": _options(session.options),
        "receipt": _receipt(session),
        "timeline": _timeline(session),
    }


def _held(session: Session) -> dict[str, Any]:
    """Return until when the session's first event is held back, and why; null if nothing is."""
    hold = session.asking.hold if session.status is Status.AWAITING_CLICK else None
    return {"askedNotBefore": hold and to_iso(hold.until), "holdReason": hold and hold.reason}


def _timeline(session: Session) -> list[dict[str, Any]]:
    """Return the timeline by time, each entry with the seconds since the previous one.

    The record has it in the order of the writes, which differs from it where two functions met at the session.
    """
    before = session.created_at
    entries = []
    for entry in sorted(session.timeline, key=lambda each: each.at):
        seconds = round((entry.at - before).total_seconds(), 3)
        # Only what support did has a name behind it.
        cause, _, by = entry.cause.partition(" ")
        entries.append(
            {
                "at": to_iso(entry.at),
                "seconds": seconds,
                "actor": entry.actor,
                "cause": cause,
                "status": entry.status,
                "looks": entry.polls,
                "by": by or None,
            }
        )
        before = entry.at
    return entries


def summarize(session: Session) -> dict[str, Any]:
    """Return what may appear in an execution's history: no balance, no account id."""
    receipt = session.receipt
    return {
        "sessionId": session.session_id,
        "status": session.status,
        "failureCode": session.failure and session.failure.code,
        "lastRefresh": receipt and to_iso(receipt.last_refresh),
        "accountCount": receipt.account_count or 0 if receipt else 0,
    }


def _options(options: ReadOptions) -> dict[str, Any]:
    """Return the options as the first caller sent them; a caller who joins the session sees those."""
    return {
        "summaryOnly": options.summary_only,
        "daysOfTransactions": None if options.summary_only else options.days_of_transactions,
        "withIdentity": options.with_identity,
        "accounts": list(options.accounts) or None,
    }


def _receipt(session: Session) -> dict[str, Any] | None:
    """Return counts, dates and a checksum; the accounts themselves are only in the result."""
    receipt = session.receipt
    if receipt is None:
        return None
    comparison, result = receipt.comparison, receipt.result
    return {
        "fresh": receipt.fresh,
        "lastRefresh": to_iso(receipt.last_refresh),
        "lastRefreshBefore": to_iso(session.attempt.refreshed_before) if session.attempt else None,
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
        "result": result and {"bytes": result.size, "sha256": result.sha256, "expiresAt": to_iso(result.expires_at)},
    }


def show_result(link: ResultLink) -> dict[str, Any]:
    """Return the body of `GET /sessions/{sessionId}/result`."""
    return {
        "url": link.url,
        "expiresAt": to_iso(link.expires_at),
        "bytes": link.result.size,
        "sha256": link.result.sha256,
    }
