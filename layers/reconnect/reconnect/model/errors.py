"""Everything that can go wrong, as a tree.

    ReconnectError
    ├── InvalidRequest            the caller's request is invalid        repeat: no, fix it first
    ├── RequestTooLarge           the caller's body is over the limit    repeat: no
    │   └── BatchTooLarge         the same of a list of logins           repeat: no, send it in parts
    ├── NoSuchEndpoint            no endpoint has this path              repeat: no
    ├── SessionNotFound           no session has this id                 repeat: no
    ├── LoginNotFound             nothing is known of such a login       repeat: no
    ├── InstitutionNotFound       no session of it ended in 30 days      repeat: no
    ├── those of batches          see model/batch_errors.py
    ├── SessionErased             the session with this id was erased    repeat: no, use another id
    ├── SessionChanged            another writer was first               repeat: yes, after reading again
    ├── SessionEnded              the session is terminal                repeat: no
    ├── TooSoon                   no attempt may begin on the login yet  repeat: yes, from `next_allowed_at` on
    │   ├── CoolingDown           its data was just refreshed
    │   ├── LockoutGuarded        the bank refused several answers in a row
    │   └── AttemptOpen           an attempt may still be open at the bank
    ├── RemindedRecently          the user was just sent the link         repeat: later, from `next_allowed_at` on
    ├── UserNotNeeded             the session does not wait for its user repeat: no
    ├── CursorInvalid             a list's cursor was changed            repeat: no, begin the list again
    ├── CursorExpired             a cursor of the feed is too old        repeat: no, begin with the oldest event
    ├── FeedOff                   the service keeps no feed of events    repeat: no
    ├── TooManyCallers            the session's list of callers is full  repeat: no, omit the correlationId
    ├── IdempotencyConflict       the key was used for another request   repeat: no, use another key
    ├── StateInvalid              a link or state was not signed by us   repeat: no
    │   ├── SignatureUnknown      no key that is known here signed it     repeat: once, with the keys read again
    │   ├── LinkExpired           we signed it, but it has ended          repeat: no
    │   └── LinkCut               its end is missing                      repeat: no, open the whole link
    ├── SignatureInvalid          a webhook was not signed by Flinks     repeat: no
    ├── DataPending               Flinks still prepares the data         repeat: yes, in 10 s
    ├── EvidencePending           evidence arrived before the wait       repeat: no, poll now
    ├── WaitOvertaken             a newer try of the wait was recorded   repeat: no, its task token is dead
    ├── IllegalTransition         the transition table does not allow it repeat: no, this is a bug
    ├── AttemptUncertain          a start was sent, its reply was lost   repeat: never (the attempt may be running)
    ├── StoreUnavailable          a DynamoDB call failed                 repeat: yes
    ├── RecordUnreadable          a record is damaged or too new         repeat: later, with a version that reads it
    ├── DirectoryTooLarge         Flinks lists more than a record holds  repeat: no, the old copy is kept
    ├── SecretsUnavailable        a secret is missing or malformed       repeat: yes
    ├── WorkflowUnavailable       a Step Functions call failed           repeat: yes
    ├── PublishFailed             EventBridge did not accept the event   repeat: yes, the event id is stable
    ├── RequestNotKept            SQS did not accept a delayed request   repeat: yes, Lambda retries it
    ├── ResultNotStored           S3 did not store the data              repeat: yes, after reading it again
    ├── ResultNotErased           S3 did not delete the data             repeat: yes
    ├── ErasureUnfinished         part of a login is not deleted yet     repeat: yes, it continues from there
    ├── ResultMissing             the session has read no data           repeat: later, once it has
    ├── ResultExpired             the data's retention has passed        repeat: no, open a new session
    └── FlinksError
        ├── FlinksThrottled       Flinks takes no more requests now      repeat: yes, when it is their turn
        ├── FlinksUnavailable     no reply: refused, reset, timed out    repeat: reads yes, a start never
        └── FlinksReplyUnreadable the reply is not Flinks JSON           repeat: reads yes, a start never
            └── AccountsInvalid   the reply is for another login         repeat: a few times

The workflow matches these class names exactly, because the Amazon States Language has no inheritance.
"""

from datetime import datetime


class ReconnectError(Exception):
    """Base of every error that this service raises on purpose."""


class InvalidRequest(ReconnectError):
    """The caller's request is invalid; `errors` maps each invalid field to a sentence that says how to fix it.

    The names of fields that we do not know are for the caller only. The error's text, which reaches logs and histories,
    has their number: somebody may have written a name or a LoginId in a field's place.
    """

    def __init__(self, errors: dict[str, str], unknown: dict[str, str] | None = None) -> None:
        faults = [f"{field}: {sentence}" for field, sentence in errors.items()]
        super().__init__("; ".join([*faults, *([f"unknown fields: {len(unknown)}"] if unknown else [])]))
        self.errors = {**errors, **(unknown or {})}


class RequestTooLarge(ReconnectError):
    """The body is longer than the endpoint accepts."""


class BatchTooLarge(RequestTooLarge):
    """The body with a list of logins is longer than its endpoint accepts."""


class NoSuchEndpoint(ReconnectError):
    """No endpoint has the method and path of the request."""


class SessionNotFound(ReconnectError):
    """No session has this id, or its record has passed its retention."""


class LoginNotFound(ReconnectError):
    """Nothing is known of the login: it never had a session, or it was erased, or its records have expired."""


class InstitutionNotFound(ReconnectError):
    """No session of this institution ended within the time that is kept."""


class SessionErased(ReconnectError):
    """The session with this id was erased, so the id cannot be used again: its old links must open nothing."""


class SessionChanged(ReconnectError):
    """Another writer changed the record since it was read. Read it again and decide again."""


class SessionEnded(ReconnectError):
    """The caller or the sweeper ended the session before a step could work on it."""


class TooSoon(ReconnectError):
    """No attempt on this login may begin before `next_allowed_at`; the subclass and its `code` say why."""

    code = "too_soon"

    def __init__(self, next_allowed_at: datetime) -> None:
        super().__init__(f"not before {next_allowed_at.isoformat()}")
        self.next_allowed_at = next_allowed_at


class CoolingDown(TooSoon):
    """The login was refreshed a moment ago; its data counts as fresh."""

    code = "cooldown"


class LockoutGuarded(TooSoon):
    """The bank refused several credentials or answers in a row; another refusal could lock the account."""

    code = "lockout_guard"


class AttemptOpen(TooSoon):
    """An attempt may still be open at the bank, even if its session has ended; a second one would collide with it."""

    code = "open_attempt"


class RemindedRecently(ReconnectError):
    """The user was sent the link a moment ago, and may be sent it again from `next_allowed_at` on."""

    def __init__(self, next_allowed_at: datetime) -> None:
        super().__init__(f"not before {next_allowed_at.isoformat()}")
        self.next_allowed_at = next_allowed_at


class UserNotNeeded(ReconnectError):
    """The session does not wait for its user, or another login came back: the link must not be sent again."""


class CursorInvalid(ReconnectError):
    """A list's cursor was changed, belongs to other filters, or was signed with a key that is not in force any more."""


class TooManyCallers(ReconnectError):
    """The live session of this login has MAX_CORRELATION_IDS callers; the request changed nothing."""


class IdempotencyConflict(ReconnectError):
    """The Idempotency-Key was used for another request within the last 24 hours."""


class StateInvalid(ReconnectError):
    """A link or a redirect state is forged, truncated, signed for another purpose, or expired."""


class SignatureUnknown(StateInvalid):
    """No known key signed it: it is forged, or signed with a key that this environment has not read yet."""


class LinkExpired(StateInvalid):
    """We signed this link or redirect state, but it has ended."""


class LinkCut(StateInvalid):
    """The end of the link is missing, as a mail client leaves it that breaks a long line."""


class SignatureInvalid(ReconnectError):
    """A webhook's signature does not match its bytes, or no webhook secret is configured."""


class DataPending(ReconnectError):
    """Flinks still prepares the data; the workflow's Retry waits and reads again."""


class EvidencePending(ReconnectError):
    """A wait must not begin, because its evidence arrived just before. The workflow polls at once."""


class WaitOvertaken(ReconnectError):
    """A newer try of the waiting state was recorded, or the workflow went on; this try's task token is dead."""


class IllegalTransition(ReconnectError):
    """A change of status that the transition table does not allow."""


class AttemptUncertain(ReconnectError):
    """A live attempt was started and no readable reply came: it may be running at the bank.

    Never repeat the start: two live attempts on one login can lock the account.
    """


class StoreUnavailable(ReconnectError):
    """A DynamoDB call failed, even after the SDK's retries. A write may or may not have taken place."""


class RecordUnreadable(ReconnectError):
    """A stored record is damaged, or in a newer format than this version reads (for example after a rollback).

    It is left untouched. An unreadable login or session is never treated as one that does not exist.
    """


class DirectoryTooLarge(ReconnectError):
    """Flinks' directory does not fit into a record; nothing was written."""


class SecretsUnavailable(ReconnectError):
    """Secrets Manager did not return a secret, or the secret is not the expected JSON."""


class WorkflowUnavailable(ReconnectError):
    """A Step Functions call failed. What was recorded is kept; the same request may be sent again."""


class PublishFailed(ReconnectError):
    """EventBridge did not accept an event. The session is unaffected; the event may be sent again."""


class RequestNotKept(ReconnectError):
    """The queue did not accept a request from the bus that has to wait."""


class ResultNotStored(ReconnectError):
    """S3 did not store the data. Nothing is kept and nothing was published; the data may be read again."""


class ResultNotErased(ReconnectError):
    """S3 did not delete the data. The records that refer to it are kept, so the same request may be sent again."""


class ErasureUnfinished(ReconnectError):
    """A login has more to delete than one call has time for, or new sessions keep being opened on it."""


class ResultMissing(ReconnectError):
    """The session has not read data yet, or ended without data."""


class ResultExpired(ReconnectError):
    """The data that the session read has passed its retention."""


class FlinksError(ReconnectError):
    """Base of communication failures with Flinks, as opposed to errors that Flinks replies. `code`: its public name."""

    code = "FLINKS_UNAVAILABLE"


class FlinksThrottled(FlinksError):
    """Flinks refused a request as one too many. It had no effect."""

    code = "TOO_MANY_REQUESTS"


class FlinksUnavailable(FlinksError):
    """No reply came: connection refused or reset, or a time-out."""


class FlinksReplyUnreadable(FlinksError):
    """The reply is not Flinks JSON: HTML from a gateway, truncated JSON, a list."""

    code = "FLINKS_UNREADABLE"


class AccountsInvalid(FlinksReplyUnreadable):
    """The reply is for another login than the one requested; it proves nothing and must not be kept."""

    code = "ACCOUNTS_INVALID"


# What a step of the workflow, or a request on the bus, is answered with. Lambda counts every raised error; these are
# counted too, so that an alarm can tell them from failures.
INTENDED = (
    DataPending,
    EvidencePending,
    IdempotencyConflict,
    InvalidRequest,
    SessionEnded,
    SessionErased,
    SessionNotFound,
    TooManyCallers,
    TooSoon,
    WaitOvertaken,
)
