"""The validated query by which the feed of events is read."""

from collections.abc import Mapping
from datetime import datetime

from reconnect.model.errors import InvalidRequest
from reconnect.model.feed import FEED_LIFETIME
from reconnect.model.find_request import DEFAULT_LIMIT, LONGEST_CURSOR, check_limit
from reconnect.model.frozen import frozen

_KNOWN = ("after", "from", "limit")


@frozen
class FeedRequest:
    """Which events: those behind a cursor, or since a time, or all that are kept; and how many of them at most."""

    cursor: str | None
    since: datetime | None
    limit: int

    @classmethod
    def parse(cls, query: Mapping[str, str], now: datetime) -> "FeedRequest":
        """Validate a raw query; raise InvalidRequest that names all invalid parameters at once."""
        unknown = {name: f"unknown; known are {', '.join(_KNOWN)}" for name in query.keys() - set(_KNOWN)}
        errors: dict[str, str] = {}
        if not 1 <= len(query.get("after", "-")) <= LONGEST_CURSOR:
            errors["after"] = "is not a cursor that this service made"
        if "limit" in query and (fault := check_limit(query["limit"])):
            errors["limit"] = fault
        since = _time(query["from"]) if "from" in query else None
        if "from" in query and "after" in query:
            errors["from"] = "cannot be combined with after"
        elif "from" in query and since is None:
            errors["from"] = "must be a time such as 2026-03-14T09:26:00Z"
        elif since and not now - FEED_LIFETIME <= since <= now:
            errors["from"] = f"must be a time within the last {FEED_LIFETIME.days} days"
        if errors or unknown:
            raise InvalidRequest(errors, unknown)
        return cls(query.get("after"), since, int(query.get("limit", DEFAULT_LIMIT)))


def _time(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None
