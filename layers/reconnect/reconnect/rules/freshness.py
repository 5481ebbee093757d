"""The freshness proof, the product's central claim: is the data newer than it was before the attempt?

Cached /Authorize repeats the last live result, so a 200 proves nothing; only Login.LastRefresh does [D CACHE-ERR].
"""

from datetime import datetime, timedelta
from enum import StrEnum

from reconnect.model.attempt import Attempt


class Proof(StrEnum):
    """What a LastRefresh says about an attempt. Only `FRESH` proves it."""

    FRESH = "FRESH"
    NOT_NEWER = "NOT_NEWER"
    IN_FUTURE = "IN_FUTURE"
    UNDATED = "UNDATED"


def judge(last_refresh: datetime | None, attempt: Attempt, now: datetime, clock_skew: timedelta) -> Proof:
    """Say whether a LastRefresh, aware UTC, shows a refresh that came after the attempt began.

    It must be strictly newer than the date that Flinks gave before the attempt, so that no two clocks are compared. If
    there is no such date, or only our last session remembers it (others may have refreshed the login since), it must
    also not be older than the attempt, less `clock_skew`, by which Flinks' clock may be behind ours. It must never lie
    further in the future than `clock_skew`.
    """
    if last_refresh is None:
        return Proof.UNDATED
    if last_refresh > now + clock_skew:
        return Proof.IN_FUTURE
    before = attempt.refreshed_before
    if before is not None and last_refresh <= before:
        return Proof.NOT_NEWER
    is_certain = before is not None and not attempt.is_remembered
    if not is_certain and last_refresh < attempt.started_at - clock_skew:
        return Proof.NOT_NEWER
    return Proof.FRESH
