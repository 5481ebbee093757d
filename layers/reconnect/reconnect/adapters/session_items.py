"""The session as a DynamoDB item and back: snake_case names, ISO times, absent rather than null."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reconnect.adapters.receipt_items import options_from_map, options_to_map, receipt_from_map, receipt_to_map
from reconnect.domain.session import Actor, Ask, Attempt, Failure, Owner, Session, Status, TimelineEntry

# Callers may read how a session ended for this long after its link's end; then TTL removes it.
_RETENTION = timedelta(days=30)

_PLAIN = (
    "session_id",
    "login_id",
    "execution_name",
    "language",
    "return_url",
    "correlation_id",
    "task_token",
    "connect_url",
    "link",
    "data_request_id",
)


def session_key(session_id: str) -> dict[str, str]:
    """The table key of a session record."""
    return {"pk": f"SESSION#{session_id}", "sk": "SESSION"}


def to_item(session: Session) -> dict[str, Any]:
    """A session as an item of plain types."""
    return _without_none(
        {
            **session_key(session.session_id),
            **{name: getattr(session, name) for name in _PLAIN},
            "unheard": session.unheard or None,
            "status": session.status.value,
            "version": session.version,
            "created_at": session.created_at.isoformat(),
            "link_expires_at": session.link_expires_at.isoformat(),
            "expires_at": int((session.link_expires_at + _RETENTION).timestamp()),
            "attempt": session.attempt and _attempt_to_map(session.attempt),
            "options": options_to_map(session.options),
            "known_accounts": set(session.known_accounts or ()) or None,
            "receipt": session.receipt and receipt_to_map(session.receipt),
            "failure": session.failure
            and {
                "code": session.failure.code,
                "owner": session.failure.owner.value,
                "sentence": session.failure.sentence,
            },
            "timeline": [
                {
                    "at": entry.at.isoformat(),
                    "actor": entry.actor.value,
                    "cause": entry.cause,
                    "status": entry.status.value,
                }
                for entry in session.timeline
            ],
        }
    )


def from_item(item: Mapping[str, Any]) -> Session:
    """The session that `to_item` wrote."""
    failure = item.get("failure")
    plain: dict[str, Any] = {name: item.get(name) for name in _PLAIN}
    return Session(
        **plain,
        unheard=item.get("unheard", False),
        status=Status(item["status"]),
        version=int(item["version"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        link_expires_at=datetime.fromisoformat(item["link_expires_at"]),
        attempt=_attempt_from_map(item["attempt"]) if "attempt" in item else None,
        options=options_from_map(item.get("options", {})),
        known_accounts=frozenset(item["known_accounts"]) if "known_accounts" in item else None,
        receipt=receipt_from_map(item["receipt"]) if "receipt" in item else None,
        failure=failure and Failure(failure["code"], Owner(failure["owner"]), failure["sentence"]),
        timeline=tuple(
            TimelineEntry(
                at=datetime.fromisoformat(entry["at"]),
                actor=Actor(entry["actor"]),
                cause=entry["cause"],
                status=Status(entry["status"]),
            )
            for entry in item["timeline"]
        ),
    )


def _attempt_to_map(attempt: Attempt) -> dict[str, Any]:
    return _without_none(
        {
            "number": attempt.number,
            "started_at": attempt.started_at.isoformat(),
            "request_id": attempt.request_id,
            "institution": attempt.institution,
            "institution_id": attempt.institution_id,
            "asked": attempt.asked and attempt.asked.value,
            "asked_at": attempt.asked_at and attempt.asked_at.isoformat(),
        }
    )


def _attempt_from_map(item: Mapping[str, Any]) -> Attempt:
    institution_id = item.get("institution_id")
    return Attempt(
        number=int(item["number"]),
        started_at=datetime.fromisoformat(item["started_at"]),
        request_id=item.get("request_id"),
        institution=item.get("institution"),
        institution_id=None if institution_id is None else int(institution_id),
        asked=Ask(item["asked"]) if "asked" in item else None,
        asked_at=datetime.fromisoformat(item["asked_at"]) if "asked_at" in item else None,
    )


def _without_none(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}
