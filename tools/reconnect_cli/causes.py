"""What the words of a session's timeline mean, told to people."""

from typing import Any

# Of what happened; each goes on after the actor's name.
_HAPPENED = {
    "session_opened": "asked for fresh data",
    "authorize_started": "began a live attempt at the bank (AuthorizeAsync)",
    "authorize_resumed": "put the question that still stands at the bank to the user anew",
    "challenge_shown": "asks: the user can answer in Connect",
    "credentials_required": "wants the user to sign in again",
    "link_opened": "opened our page",
    "connect_opened": "opened Connect on our page",
    "connect_event": "did something in Connect on our page",
    "clicked": "asked for a new attempt with one click",
    "clicked_again": "clicked once more while that attempt began",
    "page_redirected": "answered on our page: Connect said so",
    "page_redirected_again": "finished on our page once more",
    "redirected": "came back from Connect: the redirect arrived",
    "redirected_again": "loaded the redirect once more",
    "redirected_late": "came back from an earlier attempt",
    "redirected_after_end": "came back from Connect after the end; the data is read once more",
    "login_changed": "came back with another LoginId; ignored",
    "webhook_received": "sent word by a signed webhook",
    "webhook_received_again": "repeated its signed webhook",
    "put_off": "cannot be reached now; another attempt follows",
    "attempt_gone": "gave up the attempt; waiting for the user to start again",
    "refreshed_elsewhere": "was refreshed by someone else meanwhile",
    "refreshed_elsewhere_again": "was still refreshed by someone else",
    "reminded": "reminded the user",
    "refreshed": "has fresh data: LastRefresh is newer than the attempt",
    "data_gone": "forgot the data while we waited; we ask once more",
    "too_few_transactions": "has too few transactions to hand out; we ask without them",
    "accounts_read": "read the accounts through the cached flow",
    "corrected": "found fresh data after the end",
    "CANCELLED": "cancelled the session",
    "ACCOUNTS_FRESH": "ended the session",
    "ACCOUNTS_STALE": "ended the session: nothing proves that the data is new",
    "NO_ACCOUNTS": "ended the session: there is none of the accounts that were asked for",
    "WORKFLOW_LOST": "ended the session, whose execution was lost",
    "USER_ABSENT": "ended the session: nobody came before the link's end",
    "BANK_TOO_SLOW": "ended the session: the bank did not get done",
    "ATTEMPT_UNCERTAIN": "ended the session: the answer to a start was lost, so none may be sent again",
    "FLINKS_UNAVAILABLE": "ended the session: Flinks stayed out of reach",
    "FLINKS_UNREADABLE": "ended the session: Flinks kept answering what nobody can read",
    "ACCOUNTS_INVALID": "ended the session: the accounts kept being another login's",
    "DATA_GONE": "ended the session: Flinks forgot the data twice",
    "RESULT_NOT_STORED": "ended the session: S3 did not take the data",
    "INVALID_LOGIN": "ended the session: Flinks does not know the LoginId",
    "INTERNAL_ERROR": "ended the session: the service itself failed",
}

# Of what our looks found.
_LOOKS = {
    "OPERATION_PENDING": "is at work (202)",
    "AUTHORIZED": "is done (200)",
    "DATA_REFRESHED": "has refreshed data, whatever became of the attempt",
    "SECURITY_CHALLENGE": "has a question for the user (203)",
    "CREDENTIALS_REQUIRED": "waits for the user to sign in",
    "ACCOUNTS_STALE": "still has the old data",
    "ACCOUNTS_FRESH": "has handed out the accounts",
    "NO_ACCOUNTS": "has none of the accounts that were asked for",
    "ATTEMPT_OVER": "was asked for as long as an attempt lives",
    "DATA_INCOMPLETE": "hands out only a part of what was asked for",
    "DATA_OLDER": "hands out older data than it spoke of",
    "ACCOUNTS_INVALID": "hands out another login's data",
    "DATA_GONE": "forgot the data a second time",
    "FLINKS_UNAVAILABLE": "cannot be reached",
    "FLINKS_UNREADABLE": "answers what nobody can read",
    "TOO_MANY_REQUESTS": "answers no more for a while",
}

_CONNECT_SAID = "connect_"
_AFTER_END = "_after_end"


def told_of(entry: dict[str, Any]) -> str:
    """What a timeline entry tells, to go on after its actor's name; FlinksCodes speak for themselves."""
    cause, looks = str(entry["cause"]), entry["looks"]
    if looks:
        return f"{_LOOKS.get(cause, f'answers {cause}')}{f', seen {looks} times' if looks > 1 else ''}"
    if cause in _HAPPENED:
        return _HAPPENED[cause]
    if cause.endswith(_AFTER_END):
        evidence = told_of({**entry, "cause": cause.removesuffix(_AFTER_END)})
        return f"{evidence} (after the end; the data is read once more)"
    if cause.startswith(_CONNECT_SAID):
        return f"was told {cause.removeprefix(_CONNECT_SAID)} by Connect"
    return f"ended the session: {cause}" if cause.isupper() else cause
