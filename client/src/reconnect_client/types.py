"""The objects of the API, written by `make schemas` from `schemas/openapi.yaml`."""

from typing import Any, Literal, NotRequired, TypedDict

OpenOptions = TypedDict(
    "OpenOptions",
    {
        "summaryOnly": NotRequired[bool | None],
        "daysOfTransactions": NotRequired[Literal["Days90", "Days365", None]],
        "withIdentity": NotRequired[bool | None],
        "accounts": NotRequired[list[str] | None],
    },
)

OpenRequest = TypedDict(
    "OpenRequest",
    {
        "loginId": str,
        "language": NotRequired[Literal["en", "fr", None]],
        "timeZone": NotRequired[str | None],
        "returnUrl": NotRequired[str | None],
        "correlationId": NotRequired[str | None],
        "linkLifetimeHours": NotRequired[int | None],
        "brandName": NotRequired[str | None],
        "brandNameFrench": NotRequired[str | None],
        "reference": NotRequired[str | None],
        "presence": NotRequired[Literal["attended", "absent", None]],
        "userRef": NotRequired[str | None],
        "options": NotRequired[OpenOptions | None],
    },
)

Status = Literal["STARTING", "AUTHORIZING", "AWAITING_USER", "AWAITING_CLICK", "FETCHING", "SUCCEEDED", "STALE", "EXPIRED", "FAILED", "CANCELLED", "REPAIRED"]

WaitReason = Literal["cooldown", "lockout_guard", "open_attempt", "link_budget", None]

NextStep = TypedDict(
    "NextStep",
    {
        "owner": Literal["user", "bank", "us", "nobody"],
        "sentence": str,
    },
)

InstitutionNames = TypedDict(
    "InstitutionNames",
    {
        "en": str | None,
        "fr": str | None,
    },
)

Institution = TypedDict(
    "Institution",
    {
        "id": int | None,
        "names": InstitutionNames,
    },
)

Options = TypedDict(
    "Options",
    {
        "summaryOnly": bool,
        "daysOfTransactions": Literal["Days90", "Days365", None],
        "withIdentity": bool,
        "accounts": list[str] | None,
    },
)

AccountCounts = TypedDict(
    "AccountCounts",
    {
        "count": int,
        "matched": int | None,
        "new": int | None,
        "missing": int | None,
    },
)

TransactionCounts = TypedDict(
    "TransactionCounts",
    {
        "count": int,
        "from": str | None,
        "to": str | None,
    },
)

StoredResult = TypedDict(
    "StoredResult",
    {
        "bytes": int,
        "sha256": str,
        "expiresAt": str,
    },
)

Missing = dict[str, int]

Warnings = dict[str, int]

Receipt = TypedDict(
    "Receipt",
    {
        "fresh": bool,
        "lastRefresh": str | None,
        "lastRefreshBefore": str | None,
        "accounts": AccountCounts | None,
        "transactions": TransactionCounts | None,
        "complete": bool | None,
        "missing": Missing,
        "warnings": Warnings,
        "result": StoredResult | None,
    },
)

TimelineEntry = TypedDict(
    "TimelineEntry",
    {
        "at": str,
        "seconds": float,
        "actor": Literal["caller", "service", "user", "bank"],
        "cause": str,
        "status": Status,
        "looks": int,
        "by": str | None,
    },
)

Session = TypedDict(
    "Session",
    {
        "sessionId": str,
        "status": Status,
        "correlationIds": list[str],
        "createdAt": str,
        "linkExpiresAt": str,
        "nextStep": NextStep,
        "institution": Institution | None,
        "link": str | None,
        "connectUrl": str | None,
        "failureCode": str | None,
        "nextAllowedAt": str | None,
        "waitReason": WaitReason,
        "expectedAt": str | None,
        "askedNotBefore": str | None,
        "holdReason": Literal["quiet_hours", "asked_recently", "snoozed", None],
        "quarantined": bool,
        "options": Options,
        "receipt": Receipt | None,
        "timeline": list[TimelineEntry],
        "joined": NotRequired[bool],
    },
)

ResultLink = TypedDict(
    "ResultLink",
    {
        "url": str,
        "expiresAt": str,
        "bytes": int,
        "sha256": str,
    },
)

EvidenceDocument = TypedDict(
    "EvidenceDocument",
    {
        "header": dict[str, Any],
        "entries": list[dict[str, Any]],
        "sha256": str,
    },
)

Erasure = TypedDict(
    "Erasure",
    {
        "sessions": int,
        "results": int,
        "wasKnown": bool,
        "card": str | None,
        "receipt": EvidenceDocument,
    },
)

FindRequest = TypedDict(
    "FindRequest",
    {
        "loginId": NotRequired[str | None],
        "userRef": NotRequired[str | None],
        "correlationId": NotRequired[str | None],
    },
)

ListedSession = TypedDict(
    "ListedSession",
    {
        "sessionId": str,
        "status": Status,
        "institution": Institution | None,
        "failureCode": str | None,
        "needs": Literal["user", None],
        "createdAt": str,
        "askedAt": str | None,
        "endedAt": str | None,
        "linkExpiresAt": str,
    },
)

SessionPage = TypedDict(
    "SessionPage",
    {
        "sessions": list[ListedSession],
        "cursor": str | None,
    },
)

FoundLogin = TypedDict(
    "FoundLogin",
    {
        "lastRefresh": str | None,
        "ageSeconds": int | None,
        "turn": Literal["user", "bank", "us", "caller", "nobody"],
        "mayDo": Literal["open_session", "remind", "cancel", "wait"],
        "blockedBy": Literal["cooldown", "lockout_guard", "open_attempt", "link_budget", "quarantine", None],
        "nextAllowedAt": str | None,
        "refusals": int,
        "sessions": list[ListedSession],
    },
)

FoundLogins = TypedDict(
    "FoundLogins",
    {
        "logins": list[FoundLogin],
    },
)

BatchRequest = TypedDict(
    "BatchRequest",
    {
        "loginIds": list[str],
        "deadline": str,
        "timeZone": NotRequired[str | None],
        "maxPerInstitution": int,
        "startAt": NotRequired[str | None],
        "freshWithinHours": NotRequired[int | None],
        "assumedSeconds": NotRequired[int | None],
        "includeHopeless": NotRequired[bool | None],
    },
)

Shortfall = TypedDict(
    "Shortfall",
    {
        "lateSeconds": int,
        "logins": int,
        "needsMaxPerInstitution": int | None,
        "needsStartAt": str,
    },
)

InstitutionPlan = TypedDict(
    "InstitutionPlan",
    {
        "institution": Institution | None,
        "logins": int,
        "attemptSeconds": float,
        "samples": int,
        "endsAt": str,
        "feasible": bool,
        "shortfall": Shortfall | None,
    },
)

BatchPeak = TypedDict(
    "BatchPeak",
    {
        "startsPerSecond": float,
        "transitionsPerSecond": float,
        "withinDefaultQuotas": bool,
    },
)

SkippedLogins = TypedDict(
    "SkippedLogins",
    {
        "reason": Literal["fresh", "live_session", "needs_user", "cooldown", "lockout_guard", "open_attempt", "hopeless", "asked_recently", "institution_disabled", "record_unreadable"],
        "logins": int,
        "positions": list[int],
    },
)

MalformedLogin = TypedDict(
    "MalformedLogin",
    {
        "position": int,
        "fault": str,
    },
)

BatchPlan = TypedDict(
    "BatchPlan",
    {
        "feasible": bool,
        "startAt": str,
        "deadline": str,
        "endsAt": str,
        "maxPerInstitution": int,
        "logins": int,
        "institutions": list[InstitutionPlan],
        "peak": BatchPeak,
        "skipped": list[SkippedLogins],
        "duplicates": list[int],
        "malformed": list[MalformedLogin],
    },
)

BatchSource = TypedDict(
    "BatchSource",
    {
        "key": str,
    },
)

Caps = dict[str, int]

OpenBatchRequest = TypedDict(
    "OpenBatchRequest",
    {
        "items": NotRequired[list[OpenRequest] | None],
        "loginIds": NotRequired[list[str] | None],
        "source": NotRequired[BatchSource | None],
        "moreItems": NotRequired[bool | None],
        "deadline": str,
        "timeZone": NotRequired[str | None],
        "maxPerInstitution": int,
        "startAt": NotRequired[str | None],
        "freshWithinHours": NotRequired[int | None],
        "includeHopeless": NotRequired[bool | None],
        "caps": NotRequired[Caps | None],
        "label": NotRequired[str | None],
    },
)

AddItemsRequest = TypedDict(
    "AddItemsRequest",
    {
        "items": NotRequired[list[OpenRequest] | None],
        "loginIds": NotRequired[list[str] | None],
        "moreItems": NotRequired[bool | None],
    },
)

CapRequest = TypedDict(
    "CapRequest",
    {
        "institution": str,
        "max": int,
    },
)

Endings = dict[str, int]

SkippedCounts = dict[str, int]

BatchStatus = Literal["LOADING", "RUNNING", "PAUSED", "STOPPING", "FINISHED", "STOPPED", "FAILED"]

BatchTotals = TypedDict(
    "BatchTotals",
    {
        "items": int,
        "duplicates": int,
        "malformed": int,
        "skipped": int,
        "queued": int,
        "live": int,
        "parked": int,
        "ended": int,
        "notStarted": int,
        "succeeded": int,
    },
)

BatchInstitution = TypedDict(
    "BatchInstitution",
    {
        "key": str,
        "institution": Institution | None,
        "queued": int,
        "live": int,
        "parked": int,
        "ended": int,
        "endings": Endings,
        "cap": int,
        "breaker": Literal["closed", "open", "half_open", None],
        "endsAt": str | None,
    },
)

MalformedLine = TypedDict(
    "MalformedLine",
    {
        "line": int,
        "fault": str,
    },
)

BatchReport = TypedDict(
    "BatchReport",
    {
        "key": str,
    },
)

Batch = TypedDict(
    "Batch",
    {
        "batchId": str,
        "label": str | None,
        "status": BatchStatus,
        "createdAt": str,
        "startAt": str,
        "deadline": str,
        "maxPerInstitution": int,
        "totals": BatchTotals,
        "endings": Endings,
        "skipped": SkippedCounts,
        "institutions": list[BatchInstitution],
        "endsAt": str | None,
        "dollars": float,
        "malformed": list[MalformedLine],
        "failureCode": str | None,
        "report": BatchReport | None,
    },
)

ListedBatch = TypedDict(
    "ListedBatch",
    {
        "batchId": str,
        "label": str | None,
        "status": BatchStatus,
        "createdAt": str,
        "startAt": str,
        "deadline": str,
        "finishedAt": str | None,
        "totals": BatchTotals,
        "dollars": float,
        "failureCode": str | None,
    },
)

BatchPage = TypedDict(
    "BatchPage",
    {
        "batches": list[ListedBatch],
        "cursor": str | None,
    },
)

BatchReportLink = TypedDict(
    "BatchReportLink",
    {
        "url": str,
        "expiresAt": str,
    },
)

HealthTimes = TypedDict(
    "HealthTimes",
    {
        "median": float,
        "p90": float,
    },
)

HealthWindow = TypedDict(
    "HealthWindow",
    {
        "tries": int,
        "funnel": dict[str, int] | None,
        "shares": dict[str, float] | None,
        "owners": dict[str, float] | None,
        "secondsToAnswer": HealthTimes | None,
        "secondsToEnd": HealthTimes | None,
    },
)

InstitutionBreaker = TypedDict(
    "InstitutionBreaker",
    {
        "state": Literal["closed", "open", "half_open"],
        "since": str | None,
        "nextProbeAt": str | None,
    },
)

InstitutionHealth = TypedDict(
    "InstitutionHealth",
    {
        "id": str,
        "name": str | None,
        "status": str | None,
        "breaker": InstitutionBreaker,
        "windows": dict[str, HealthWindow],
    },
)

InstitutionList = TypedDict(
    "InstitutionList",
    {
        "institutions": list[InstitutionHealth],
    },
)

FeedEvent = TypedDict(
    "FeedEvent",
    {
        "source": Literal["reconnect"],
        "detail-type": str,
        "time": str,
        "detail": dict[str, Any],
    },
)

EventPage = TypedDict(
    "EventPage",
    {
        "events": list[FeedEvent],
        "cursor": str,
        "hasMore": bool,
    },
)

Problem = TypedDict(
    "Problem",
    {
        "type": str,
        "title": str,
        "status": int,
        "detail": str,
        "errors": NotRequired[dict[str, str]],
        "code": Literal["invalid_request", "endpoint_not_found", "login_not_found", "institution_not_found", "cursor_invalid", "cursor_expired", "event_feed_off", "user_not_needed", "session_ended", "reminded_recently", "session_not_found", "batch_not_found", "batch_closed", "report_missing", "result_missing", "result_expired", "erasure_unfinished", "link_invalid", "not_signed", "flinks_busy", "request_too_large", "batch_too_large", "idempotency_key_reused", "too_many_callers", "cooldown", "lockout_guard", "open_attempt", "busy", "record_unreadable", "workflow_unavailable"],
        "nextAllowedAt": NotRequired[str],
    },
)
