"""Everything that can go wrong, as a tree.

    ReconnectError
    ├── InvalidRequest            the caller's request is wrong          repeat: no, mend it first
    ├── RequestTooLarge           the caller's body is over the limit    repeat: no
    ├── SessionNotFound           no session has this id                 repeat: no
    ├── SessionErased             a session of this id was erased        repeat: no, take another id
    ├── SessionChanged            another writer was first               repeat: yes, after reading again
    ├── SessionEnded              the session is terminal                repeat: no
    ├── TooSoon                   the login must be left alone           repeat: yes, from `next_allowed_at` on
    │   ├── CoolingDown           its data was just refreshed
    │   ├── LockoutGuarded        the bank refused several answers in a row
    │   └── AttemptOpen           an attempt may still be open at the bank
    ├── TooManyCallers            the session names as many as it can    repeat: no, ask without a correlationId
    ├── IdempotencyConflict       the key came with another request      repeat: no, use another key
    ├── StateInvalid              a link or state was not signed by us   repeat: no
    ├── SignatureInvalid          a webhook was not signed by Flinks     repeat: no
    ├── EvidencePending           evidence came while nobody waited      repeat: no, look at once
    ├── WaitOvertaken             an older try came after a newer one    repeat: no, nobody waits for it
    ├── IllegalTransition         the session cannot go there            repeat: no, this is a bug
    ├── AttemptUncertain          a start was sent, its answer lost      repeat: never (the bank may be at work)
    ├── StoreUnavailable          DynamoDB did not take the call         repeat: yes
    ├── RecordUnreadable          a record is damaged, or newer than us  repeat: later, under a version that reads it
    ├── SecretsUnavailable        no secret, or not as it must be        repeat: yes
    ├── WorkflowUnavailable       Step Functions did not take the call   repeat: yes
    ├── PublishFailed        EventBridge did not take the event     repeat: yes, the event id is stable
    ├── RequestNotKept            SQS did not take what must wait        repeat: yes, Lambda does by itself
    ├── ResultNotStored           S3 did not take the data               repeat: yes, after reading it again
    ├── ResultNotErased           S3 did not delete the data             repeat: yes
    ├── ErasureUnfinished         some of a login is not deleted yet     repeat: yes, it goes on from there
    ├── ResultMissing             the session has read no data           repeat: later, once it has
    ├── ResultExpired             the data was removed                   repeat: no, open a new session
    └── FlinksError
        ├── FlinksUnavailable     no answer: refused, reset, timed out   repeat: reads yes, a start never
        └── FlinksReplyUnreadable an answer that is not Flinks JSON      repeat: reads yes, a start never
            └── AccountsInvalid   a reply of another login               repeat: a few times, then it stays so

The workflow matches these class names exactly: inheritance does not exist in the Amazon States Language.
"""

from datetime import datetime


class ReconnectError(Exception):
    """Base of every error that this service raises on purpose."""


class InvalidRequest(ReconnectError):
    """The caller's request cannot be taken; `errors` maps each field at fault to a sentence that helps."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = errors


class RequestTooLarge(ReconnectError):
    """The body is longer than the door accepts."""


class SessionNotFound(ReconnectError):
    """No session has this id, or its record has passed its retention."""


class SessionErased(ReconnectError):
    """A session cannot have this id: one that had it was erased, with all that its links could open."""


class SessionChanged(ReconnectError):
    """The record was changed by another writer since it was read. Read it again, decide again."""


class SessionEnded(ReconnectError):
    """The session has ended, by its caller or by the sweeper, while a step was about to work on it."""


class TooSoon(ReconnectError):
    """No attempt on this login may begin before `next_allowed_at`; its class says why, `code` says it to programs."""

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
    """An attempt may still be open at the bank; a second one would collide with it, whatever became of its session."""

    code = "open_attempt"


class TooManyCallers(ReconnectError):
    """The live session of this login names as many callers as it can; nothing of it or of the request has changed."""

    code = "too_many_callers"


class IdempotencyConflict(ReconnectError):
    """The Idempotency-Key was used for another request within the last 24 hours."""


class StateInvalid(ReconnectError):
    """A link or a redirect state that is forged, truncated, meant for something else, or past its end."""


class SignatureInvalid(ReconnectError):
    """A webhook whose signature does not fit its bytes, or that came although no secret is configured."""


class EvidencePending(ReconnectError):
    """A wait must not begin: what it would wait for came just before. The workflow looks at once."""


class WaitOvertaken(ReconnectError):
    """An older try of a waiting state came after a newer one, or after the workflow went on; its token is dead."""


class IllegalTransition(ReconnectError):
    """A change of status that the transition table does not have."""


class AttemptUncertain(ReconnectError):
    """A live attempt was asked for and no readable answer came: it may be running at the bank.

    Never repeat the start: two live attempts on one login can lock the account.
    """


class StoreUnavailable(ReconnectError):
    """DynamoDB did not take a call, although the SDK repeated it. Whether a write took place is not known."""


class RecordUnreadable(ReconnectError):
    """A record of the table is of a newer format than this version reads, as after a roll-back, or it is damaged.

    It is left as it is. A login or a session that cannot be read is never taken for one that does not exist.
    """

    code = "record_unreadable"


class SecretsUnavailable(ReconnectError):
    """Secrets Manager did not hand out a secret, or somebody put one in that is not the JSON it must be."""


class WorkflowUnavailable(ReconnectError):
    """Step Functions did not take a call. What was recorded stays; the same request may be sent again."""


class PublishFailed(ReconnectError):
    """EventBridge did not take an event. The session's status stands; the event may be sent again."""


class RequestNotKept(ReconnectError):
    """A request from the bus must wait, and the queue did not take it."""


class ResultNotStored(ReconnectError):
    """S3 did not take what was read. Nothing of it is kept and nothing was announced; it may be read again."""


class ResultNotErased(ReconnectError):
    """S3 did not delete what was read. What leads to it is kept, so that the same request may be sent again."""


class ErasureUnfinished(ReconnectError):
    """A login has more to delete than one call has time for, or is opened again and again meanwhile."""


class ResultMissing(ReconnectError):
    """The session has read no data: not yet, or it ended without."""


class ResultExpired(ReconnectError):
    """What the session read has passed its retention."""


class FlinksError(ReconnectError):
    """Base of what can go wrong between Flinks and us, as opposed to what Flinks tells us. `code`: its name outside."""

    code = "FLINKS_UNAVAILABLE"


class FlinksUnavailable(FlinksError):
    """No answer came: connection refused or reset, or a time-out."""


class FlinksReplyUnreadable(FlinksError):
    """An answer came that is not a Flinks JSON reply: HTML from a gateway, truncated JSON, a list."""

    code = "FLINKS_UNREADABLE"


class AccountsInvalid(FlinksReplyUnreadable):
    """A reply of another login came where this one's data was asked for; it proves nothing and must not be kept."""

    code = "ACCOUNTS_INVALID"
