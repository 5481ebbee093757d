"""What callers are told about errors: problem details by RFC 9457."""

from reconnect.model.batch_errors import BatchClosed, BatchNotFound, ReportMissing
from reconnect.model.errors import (
    AttemptOpen,
    BatchTooLarge,
    CoolingDown,
    CursorInvalid,
    ErasureUnfinished,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    IdempotencyConflict,
    InstitutionNotFound,
    InvalidRequest,
    LockoutGuarded,
    LoginNotFound,
    NoSuchEndpoint,
    ReconnectError,
    RecordUnreadable,
    RemindedRecently,
    RequestTooLarge,
    ResultExpired,
    ResultMissing,
    ResultNotErased,
    SecretsUnavailable,
    SessionChanged,
    SessionEnded,
    SessionNotFound,
    SignatureInvalid,
    StateInvalid,
    StoreUnavailable,
    TooManyCallers,
    UserNotNeeded,
    WorkflowUnavailable,
)
from reconnect.model.feed_errors import CursorExpired, FeedOff

MAX_BODY_BYTES = 16 * 1024
# A thousand requests with all that most callers give.
MAX_BATCH_BYTES = 512 * 1024

# What comes before a code in a problem's `type` (RFC 9457): a name, not an address.
TYPE = "urn:reconnect:problems:"

# The errors that a caller can act on: status, code for programs, title, and what to do. Codes never change.
PROBLEMS: dict[type[ReconnectError], tuple[int, str, str, str]] = {
    InvalidRequest: (
        400,
        "invalid_request",
        "Invalid request",
        "Fix the fields listed in `errors` and send the request again.",
    ),
    NoSuchEndpoint: (404, "endpoint_not_found", "No such endpoint", "Check the method and the path."),
    SessionNotFound: (
        404,
        "session_not_found",
        "No such session",
        "No session has this id. Check the id, or open a new session.",
    ),
    BatchNotFound: (404, "batch_not_found", "No such batch", "No batch has this id. Check the id."),
    BatchClosed: (409, "batch_closed", "Batch closed", "Its list is complete. Nothing was added. Open another batch."),
    ReportMissing: (
        404,
        "report_missing",
        "No report yet",
        "The report is written when the batch has ended. Try again then.",
    ),
    LoginNotFound: (404, "login_not_found", "No such login", "Nothing is known of it. Check what you searched for."),
    InstitutionNotFound: (
        404,
        "institution_not_found",
        "No such institution",
        "None of its sessions ended within 30 days. Check the id in the list of institutions.",
    ),
    CursorInvalid: (400, "cursor_invalid", "Cursor invalid", "Begin the list again without a cursor."),
    CursorExpired: (
        410,
        "cursor_expired",
        "Cursor expired",
        "The events behind it are no longer kept. Read the oldest ones without a cursor, and your live sessions.",
    ),
    FeedOff: (
        404,
        "event_feed_off",
        "No feed of events",
        "The service was deployed without it. Deploy it with EventFeed set to true, or use its bus.",
    ),
    UserNotNeeded: (409, "user_not_needed", "User not needed", "Nothing was sent. Read the session for its next step."),
    SessionEnded: (409, "session_ended", "Session ended", "Its link cannot be extended. Open a new session."),
    RemindedRecently: (
        429,
        "reminded_recently",
        "Reminded recently",
        "The user was just sent the link. Nothing was sent again. Retry after nextAllowedAt.",
    ),
    ResultMissing: (
        404,
        "result_missing",
        "No result yet",
        "This session has no data. If it is live, try again once it is SUCCEEDED. If it has ended, see its failureCode "
        "and open a new session.",
    ),
    ResultExpired: (
        410,
        "result_expired",
        "Result expired",
        "The data was deleted after its retention period. Open a new session.",
    ),
    ResultNotErased: (503, "erasure_unfinished", "Busy", "Some data is not deleted yet. Send the same request again."),
    ErasureUnfinished: (
        503,
        "erasure_unfinished",
        "Busy",
        "Some data is not deleted yet. Send the same request again.",
    ),
    StateInvalid: (
        404,
        "link_invalid",
        "No such link",
        "The link is incomplete or has expired. Request a new one from the app.",
    ),
    SignatureInvalid: (401, "not_signed", "Not signed", "Sign the body with the webhook secret that Flinks issued."),
    FlinksUnavailable: (503, "flinks_busy", "Flinks is busy", "Nothing was lost. Send the same request again."),
    FlinksReplyUnreadable: (503, "flinks_busy", "Flinks is busy", "Nothing was lost. Send the same request again."),
    BatchTooLarge: (
        413,
        "batch_too_large",
        "Batch too large",
        f"The body must not exceed {MAX_BATCH_BYTES} bytes. Send a longer list in parts.",
    ),
    RequestTooLarge: (413, "request_too_large", "Body too large", f"The body must not exceed {MAX_BODY_BYTES} bytes."),
    IdempotencyConflict: (
        409,
        "idempotency_key_reused",
        "Idempotency key reused",
        "This Idempotency-Key was used with another body. Use a new one.",
    ),
    TooManyCallers: (
        409,
        "too_many_callers",
        "Too many callers",
        "The live session of this login already has a hundred correlation ids. Nothing was changed. To join the "
        "session, send the request without correlationId.",
    ),
    CoolingDown: (
        429,
        "cooldown",
        "Cooldown",
        "This login was just refreshed. Read that session, or retry after nextAllowedAt.",
    ),
    LockoutGuarded: (
        429,
        "lockout_guard",
        "Lockout guard",
        "The bank rejected several answers in a row. No attempt was started, to avoid locking the account. Retry after "
        "nextAllowedAt.",
    ),
    AttemptOpen: (
        429,
        "open_attempt",
        "Attempt still open",
        "An earlier attempt may still be open at the bank, and two attempts would collide. No attempt was started. "
        "Retry after nextAllowedAt.",
    ),
    SessionChanged: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    StoreUnavailable: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    SecretsUnavailable: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    RecordUnreadable: (
        503,
        "record_unreadable",
        "Record unreadable",
        "A stored record of this login or session is damaged or comes from a newer version of the service. It was left "
        "unchanged. Retry once the service runs a version that can read it; the service's log names the record.",
    ),
    WorkflowUnavailable: (
        503,
        "workflow_unavailable",
        "Busy",
        "Your request was recorded. Retry it to get the same session.",
    ),
}
