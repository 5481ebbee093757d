"""What links caused, and the page's last load of Connect, as lists in the items of sessions and logins.

Lists, because a record is at its largest while the user is in Connect, and names would be a part of each.
"""

from collections.abc import Sequence
from typing import Any

from reconnect.adapters.dynamodb.values import from_micros, read_time, write_micros
from reconnect.model.link_use import LinkUse, Load
from reconnect.model.timestamps import to_iso


def link_use_to_list(use: LinkUse | None) -> list[Any] | None:
    """Since when, attempts, loads, and until when clicks are paused, if they are."""
    if use is None:
        return None
    paused = [to_iso(use.paused_until)] if use.paused_until else []
    return [write_micros(use.since), use.attempts, use.loads, *paused]


def link_use_from_list(item: Sequence[Any] | None) -> LinkUse | None:
    """What `link_use_to_list` wrote."""
    if item is None:
        return None
    since, attempts, loads, *paused = item
    return LinkUse(from_micros(since), int(attempts), int(loads), read_time(paused[0]) if paused else None)


def load_to_list(load: Load | None) -> list[Any] | None:
    """When, the token, and the click that it answered."""
    return [write_micros(load.at), load.token, load.click] if load else None


def load_from_list(item: Sequence[Any] | None) -> Load | None:
    """What `load_to_list` wrote."""
    if item is None:
        return None
    at, token, click = item
    return Load(from_micros(at), token, click)
