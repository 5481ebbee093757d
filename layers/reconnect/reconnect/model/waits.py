"""Why no attempt may begin on a login for a while."""

from datetime import datetime
from enum import StrEnum


class WaitReason(StrEnum):
    """Why no attempt may begin on a login before its `next_allowed_at`."""

    COOLDOWN = "cooldown"
    LOCKOUT_GUARD = "lockout_guard"
    OPEN_ATTEMPT = "open_attempt"
    # Only of a link's clicks; it is not stored as the reason of a wait (model/link_use.py).
    LINK_BUDGET = "link_budget"


Pause = tuple[datetime, WaitReason]
"""Until when no attempt may begin, and why."""


def ends_later(until: datetime | None, current: datetime | None) -> bool:
    """Whether a wait until `until` ends after the current one; None is no wait."""
    return until is not None and (current is None or until > current)
