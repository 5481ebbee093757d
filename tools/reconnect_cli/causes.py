"""The causes in a session's timeline, in words."""

from typing import Any

# Causes of what happened; each text follows the actor's name.
_HAPPENED = {
    "session_opened": "asked for fresh data",
    "authorize_started": "started a live attempt at the bank (AuthorizeAsync)",
    "queued": "put the attempt off until it is its turn at Flinks",
    "bank_down": "put the attempt off, because the bank is down",
    "authorize_resumed": "showed the user the question that is still open at the bank",
    "challenge_shown": "has a question: the user can answer in Connect",
    "credentials_required": "requires the user to sign in again",
    "link_opened": "opened the page",
    "connect_opened": "opened Connect on the page",
    "connect_event": "did something in Connect on the page",
    "clicked": "clicked to start a new attempt",
    "clicked_again": "clicked again while that attempt was starting",
    "page_redirected": "answered on the page: Connect sent REDIRECT",
    "page_redirected_again": "finished on the page again",
    "redirected": "came back from Connect: the redirect arrived",
    "not_finished": "came back from the bank without finishing there",
    "not_finished_late": "came back without finishing, from an earlier attempt",
    "redirected_again": "loaded the redirect again",
    "login_confirmed": "came back with the session's own login",
    "redirected_late": "came back from an earlier attempt",
    "redirected_after_end": "came back from Connect after the end; the data is read again",
    "login_changed": "came back with another LoginId; ignored",
    "webhook_received": "sent a signed webhook",
    "webhook_received_again": "sent the same signed webhook again",
    "put_off": "cannot be reached now; another attempt will follow",
    "attempt_gone": "dropped the attempt; waiting for the user to start again",
    "parked": "parked the session, because the bank needs the user, who is not there",
    "refreshed_elsewhere": "was refreshed elsewhere in the meantime",
    "refreshed_elsewhere_again": "was again refreshed elsewhere",
    "reminded": "reminded the user",
    "asked": "called the user, which was held back before",
    "snoozed": "wants to be reminded later",
    "remind_requested": "had the user sent the link again",
    "link_extended": "gave the user more time",
    "refreshed": "has fresh data: LastRefresh is newer than the attempt",
    "data_gone": "discarded the data while we waited; it is requested again",
    "too_few_transactions": "has too few transactions to return; the request is repeated without them",
    "accounts_read": "read the accounts through the cached flow",
    "corrected": "found fresh data after the end",
    "CANCELLED": "cancelled the session",
    "ACCOUNTS_FRESH": "ended the session",
    "ACCOUNTS_STALE": "ended the session: the data could not be confirmed as new",
    "NO_ACCOUNTS": "ended the session: there was no account to read",
    "WORKFLOW_LOST": "ended the session: its execution was lost",
    "USER_ABSENT": "ended the session: the user did not answer before the link expired",
    "BANK_TOO_SLOW": "ended the session: the bank took too long",
    "ATTEMPT_UNCERTAIN": "ended the session: the reply to a start was lost, and starting again is not safe",
    "FLINKS_UNAVAILABLE": "ended the session: Flinks stayed unreachable",
    "FLINKS_UNREADABLE": "ended the session: Flinks kept sending unreadable replies",
    "ACCOUNTS_INVALID": "ended the session: the accounts kept belonging to another login",
    "INSTITUTION_DISABLED": "ended the session: Flinks has disabled the bank, which was not tried",
    "DATA_GONE": "ended the session: Flinks discarded the data twice",
    "RESULT_NOT_STORED": "ended the session: the data could not be stored in S3",
    "INVALID_LOGIN": "ended the session: Flinks does not recognize the LoginId",
    "INTERNAL_ERROR": "ended the session: the service itself failed",
}

# Causes of what polls found.
_OBSERVED = {
    "OPERATION_PENDING": "is still working (202)",
    "AUTHORIZED": "is finished (200)",
    "DATA_REFRESHED": "has refreshed data, regardless of the attempt",
    "SECURITY_CHALLENGE": "has a question for the user (203)",
    "CREDENTIALS_REQUIRED": "is waiting for the user to sign in",
    "ACCOUNTS_STALE": "still has the old data",
    "ACCOUNTS_FRESH": "returned the accounts",
    "NO_ACCOUNTS": "lists no account to read",
    "ATTEMPT_OVER": "gave no answer before the attempt expired",
    "DATA_INCOMPLETE": "returned only part of the requested data",
    "DATA_OLDER": "returned older data than it had announced",
    "ACCOUNTS_INVALID": "returned another login's data",
    "DATA_GONE": "discarded the data a second time",
    "FLINKS_UNAVAILABLE": "cannot be reached",
    "FLINKS_UNREADABLE": "sent an unreadable reply",
    "TOO_MANY_REQUESTS": "is rate-limiting us",
}

_CONNECT = "connect_"
_AFTER_END = "_after_end"


def describe(entry: dict[str, Any]) -> str:
    """Describe a timeline entry, to follow its actor's name; a FlinksCode stays as it is."""
    cause, polls = str(entry["cause"]), entry["looks"]
    if polls:
        return f"{_OBSERVED.get(cause, f'answers {cause}')}{f', seen {polls} times' if polls > 1 else ''}"
    if cause in _HAPPENED:
        return _HAPPENED[cause]
    if cause.endswith(_AFTER_END):
        evidence = describe({**entry, "cause": cause.removesuffix(_AFTER_END)})
        return f"{evidence} (after the end; the data is read again)"
    if cause.startswith(_CONNECT):
        return f"got {cause.removeprefix(_CONNECT)} from Connect"
    return f"ended the session: {cause}" if cause.isupper() else cause


def actor_of(entry: dict[str, Any]) -> str:
    """Return who did it: a code that is no word of ours is Flinks' own, and may be about us and not about the bank."""
    return "Flinks" if entry["looks"] and entry["cause"] not in _OBSERVED else str(entry["actor"])
