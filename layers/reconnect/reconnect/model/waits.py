"""Why a login must be left alone for a while."""

from datetime import datetime
from enum import StrEnum


class WaitReason(StrEnum):
    """Why nothing may begin on a login before its `next_allowed_at`."""

    COOLDOWN = "cooldown"
    LOCKOUT_GUARD = "lockout_guard"
    OPEN_ATTEMPT = "open_attempt"


def ends_later(until: datetime | None, standing: datetime | None) -> bool:
    """Whether a wait until then would outlast the one that stands; None is no wait."""
    return until is not None and (standing is None or until > standing)
