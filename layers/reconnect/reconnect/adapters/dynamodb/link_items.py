"""What links caused, as a map in the items of sessions and logins."""

from collections.abc import Mapping
from typing import Any

from reconnect.adapters.dynamodb.values import from_micros, read_time, without_none, write_micros
from reconnect.model.link_use import LinkUse
from reconnect.model.timestamps import to_iso


def link_use_to_map(use: LinkUse | None) -> dict[str, Any] | None:
    """What links caused, as a map."""
    if use is None:
        return None
    return without_none(
        {
            "since": write_micros(use.since),
            "attempts": use.attempts or None,
            "loads": use.loads or None,
            "paused_until": to_iso(use.paused_until),
        }
    )


def link_use_from_map(item: Mapping[str, Any] | None) -> LinkUse | None:
    """What `link_use_to_map` wrote."""
    if item is None:
        return None
    return LinkUse(
        since=from_micros(item["since"]),
        attempts=int(item.get("attempts", 0)),
        loads=int(item.get("loads", 0)),
        paused_until=read_time(item.get("paused_until")),
    )
