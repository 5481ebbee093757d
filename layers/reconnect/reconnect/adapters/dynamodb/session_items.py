"""The session as a DynamoDB item and back: snake_case names, ISO times, absent rather than null.

Writes are billed per started kilobyte, so nothing is stored twice, and a timeline entry is one line of text that begins
with the seconds since the session was opened.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from reconnect.adapters.dynamodb.contacts import ask_state_from_map, ask_state_to_map
from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.institution_items import institution_from_map, institution_to_map
from reconnect.adapters.dynamodb.known_accounts import known_accounts_from_item, known_accounts_to_item
from reconnect.adapters.dynamodb.link_items import link_use_from_list, link_use_to_list, load_from_list, load_to_list
from reconnect.adapters.dynamodb.receipt_items import options_from_map, options_to_map, receipt_from_map, receipt_to_map
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.trail_lines import entry_in, line_of
from reconnect.adapters.dynamodb.values import epoch, read_micros, read_time, without_none, write_micros
from reconnect.model.attempt import Ask, Attempt
from reconnect.model.budget import Place
from reconnect.model.failures import Failure, Owner
from reconnect.model.presence import Presence
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.shelves import bank_of, name_of_shelf
from reconnect.model.timestamps import to_iso
from reconnect.model.trail import note_event
from reconnect.model.waits import WaitReason

# How long a session is kept after its end, unless the deployer chose another time (SessionRetentionDays).
DEFAULT_RETENTION = timedelta(days=400)

# The partition of the index of live sessions; it allows 500 sessions a second before it needs a second one.
LIVE = "LIVE"

# The endings that need a failure to explain them.
_FAILED = {Status.STALE, Status.EXPIRED, Status.FAILED}

_PLAIN = (
    "language",
    "time_zone",
    "return_url",
    "brand_name",
    "brand_name_french",
    "reference",
    "task_token",
    "connect_url",
    "link",
    "data_request_id",
    "wait_try",
)


def session_key(session_id: str) -> dict[str, str]:
    """The table key of a session record."""
    return {"pk": f"SESSION#{session_id}", "sk": "SESSION"}


def read_session_key(key: Mapping[str, str]) -> str:
    """The id of the session that has this table key."""
    return key["pk"].partition("#")[2]


def login_key(login_id: str) -> str:
    """The LoginId in one letter case, because GUIDs are case-insensitive; Flinks gets it as the caller wrote it."""
    return login_id.casefold()


def shelf_place(session: Session) -> str:
    """Where a session stands on its list: by its bank, and then by its age."""
    return f"{bank_of(session)}#{epoch(session.created_at)}"


def to_item(session: Session, retention: timedelta = DEFAULT_RETENTION) -> dict[str, Any]:
    """A session as an item of plain types, which TTL removes `retention` after its end."""
    shelf = name_of_shelf(session)
    item = without_none(
        {
            **session_key(session.session_id),
            **{name: getattr(session, name) for name in _PLAIN},
            "login": login_key(session.login_id),
            "login_id": session.login_id if session.login_id != login_key(session.login_id) else None,
            "execution_name": session.execution_name if session.execution_name != session.session_id else None,
            "live": None if session.status.is_terminal else LIVE,
            "due_at": to_iso(session.due_at),
            # Of the index `shelf`: neither changes while the session stays on its list.
            "shelf": shelf,
            "shelf_place": shelf and shelf_place(session),
            "announcement": session.event_type,
            "correlation_ids": set(session.correlation_ids) or None,
            "refs": set(session.found_by - session.users) or None,
            "users": set(session.users) or None,
            "asking": ask_state_to_map(session.asking),
            "unheard": session.has_pending_evidence or None,
            "quarantined": session.quarantined or None,
            "presence": session.presence and session.presence.value,
            "failures": session.failures or None,
            "reminders": session.reminders or None,
            "next_allowed_at": to_iso(session.next_allowed_at),
            "wait_reason": _reason_to_keep(session),
            "known_refresh": write_micros(session.known_refresh),
            "institution": institution_to_map(session.known_institution),
            "status": session.status.value,
            "version": session.version,
            "created_at": to_iso(session.created_at),
            "link_expires_at": to_iso(session.link_expires_at),
            "expires_at": epoch(_end_of(session) + retention),
            "link_use": link_use_to_list(session.link_use),
            "load": load_to_list(session.load),
            "place": session.place and _place_to_map(session.place),
            "bank_back_at": write_micros(session.bank_back_at),
            "attempt": session.attempt and _attempt_to_map(session.attempt),
            "options": options_to_map(session.options),
            **known_accounts_to_item(session.known_accounts, session.newest_days),
            "receipt": session.receipt and receipt_to_map(session.receipt),
            "failure": session.failure
            and {
                "code": session.failure.code,
                "owner": session.failure.owner.value,
                "sentence": session.failure.sentence,
            },
            "timeline": [_entry_to_line(entry, session.created_at) for entry in session.timeline],
            "trail": trail_lines(session, without=session.version if session.event_type else None) or None,
        }
    )
    return in_format(item)


def trail_lines(session: Session, *, without: int | None = None) -> list[str]:
    """The trail's lines; `without` the event of this version, which the record tells until its next write."""
    return [
        line_of(entry, session.created_at) for entry in session.trail if without is None or entry.version != without
    ]


def from_item(item: Mapping[str, Any]) -> Session:
    """The session that `to_item` wrote, with the event of its last write. Raises RecordUnreadable."""
    check_format(item)
    with reading(item):
        session = _whole(in_shape(_from_item(item)))
        is_noted = any(entry.version == session.version for entry in session.trail)
        return session if is_noted else note_event(session)


def _whole(session: Session) -> Session:
    """The session; raise LookupError if it lacks a field that its readers need."""
    if session.status in _FAILED and session.failure is None:
        raise LookupError("why it ended")
    return session


def _from_item(item: Mapping[str, Any]) -> Session:
    failure, session_id = item.get("failure"), read_session_key(item)
    created_at = datetime.fromisoformat(item["created_at"])
    plain: dict[str, Any] = {name: item.get(name) for name in _PLAIN}
    return Session(
        **plain,
        session_id=session_id,
        execution_name=item.get("execution_name", session_id),
        login_id=item.get("login_id", item["login"]),
        due_at=read_time(item.get("due_at")),
        event_type=item.get("announcement"),
        correlation_ids=frozenset(item.get("correlation_ids", ())),
        found_by=frozenset(item.get("refs", ())) | frozenset(item.get("users", ())),
        users=frozenset(item.get("users", ())),
        asking=ask_state_from_map(item.get("asking", {})),
        has_pending_evidence=item.get("unheard", False),
        quarantined=item.get("quarantined", False),
        presence=Presence(item["presence"]) if "presence" in item else None,
        failures=int(item.get("failures", 0)),
        reminders=int(item.get("reminders", 0)),
        next_allowed_at=read_time(item.get("next_allowed_at")),
        wait_reason=_reason_in(item),
        known_refresh=read_micros(item.get("known_refresh")),
        known_institution=institution_from_map(item.get("institution")),
        status=Status(item["status"]),
        version=int(item["version"]),
        created_at=created_at,
        link_expires_at=datetime.fromisoformat(item["link_expires_at"]),
        link_use=link_use_from_list(item.get("link_use")),
        load=load_from_list(item.get("load")),
        place=_place_from_map(item["place"]) if "place" in item else None,
        bank_back_at=read_micros(item.get("bank_back_at")),
        attempt=_attempt_from_map(item["attempt"]) if "attempt" in item else None,
        options=options_from_map(item.get("options", {})),
        **known_accounts_from_item(item),
        receipt=receipt_from_map(item["receipt"]) if "receipt" in item else None,
        failure=failure and Failure(failure["code"], Owner(failure["owner"]), failure["sentence"]),
        timeline=tuple(_entry_from_line(line, created_at) for line in item["timeline"]),
        trail=tuple(entry_in(line, created_at) for line in item.get("trail", ())),
    )


def _end_of(session: Session) -> datetime:
    """When a session ended, or was corrected after that; of a live one, when its link ends. Data is read before it."""
    return session.timeline[-1].at if session.status.is_terminal and session.timeline else session.link_expires_at


def _default_reason(status: Status) -> WaitReason:
    """The wait reason after a session whose record has none; records of older versions never have one."""
    return WaitReason.COOLDOWN if status.is_success else WaitReason.OPEN_ATTEMPT


def _reason_to_keep(session: Session) -> str | None:
    reason = session.wait_reason
    return None if reason is None or reason is _default_reason(session.status) else reason.value


def _reason_in(item: Mapping[str, Any]) -> WaitReason | None:
    if "next_allowed_at" not in item:
        return None
    return WaitReason(item.get("wait_reason", _default_reason(Status(item["status"]))))


def _entry_to_line(entry: TimelineEntry, created_at: datetime) -> str:
    seconds = f"{(entry.at - created_at).total_seconds():.6f}".rstrip("0").rstrip(".")
    polls = f"*{entry.polls}" if entry.polls else ""
    return f"{seconds} {entry.actor} {entry.status}{polls} {entry.cause}"


def _entry_from_line(line: str, created_at: datetime) -> TimelineEntry:
    seconds, actor, status_and_polls, cause = line.split(" ", 3)
    status, _, polls = status_and_polls.partition("*")
    at = created_at + timedelta(seconds=float(seconds))
    return TimelineEntry(at, Actor(actor), cause, Status(status), int(polls or 0))


def _place_to_map(place: Place) -> dict[str, Any]:
    number = Decimal(str(round(place.number, 3)))
    return without_none(
        {
            "number": number,
            "at": to_iso(place.at),
            "ahead": place.is_ahead or None,
            "refusals": place.refusals or None,
        }
    )


def _place_from_map(item: Mapping[str, Any]) -> Place:
    return Place(
        float(item["number"]),
        datetime.fromisoformat(item["at"]),
        item.get("ahead", False),
        int(item.get("refusals", 0)),
    )


def _attempt_to_map(attempt: Attempt) -> dict[str, Any]:
    return without_none(
        {
            "number": attempt.number,
            "started_at": to_iso(attempt.started_at),
            "request_id": attempt.request_id,
            "institution": attempt.institution,
            "institution_id": attempt.institution_id,
            "is_refused": attempt.is_refused or None,
            "asked": attempt.asked and attempt.asked.value,
            "asked_at": to_iso(attempt.asked_at),
            "before": write_micros(attempt.refreshed_before),
            "is_remembered": attempt.is_remembered or None,
            "over": attempt.is_over or None,
        }
    )


def _attempt_from_map(item: Mapping[str, Any]) -> Attempt:
    institution_id = item.get("institution_id")
    return Attempt(
        number=int(item["number"]),
        started_at=datetime.fromisoformat(item["started_at"]),
        request_id=item.get("request_id"),
        institution=item.get("institution"),
        is_refused=item.get("is_refused", False),
        institution_id=None if institution_id is None else int(institution_id),
        asked=Ask(item["asked"]) if "asked" in item else None,
        asked_at=datetime.fromisoformat(item["asked_at"]) if "asked_at" in item else None,
        refreshed_before=read_micros(item.get("before")),
        is_remembered=item.get("is_remembered", False),
        is_over=item.get("over", False),
    )
