"""Times as an operator gives them: 06:00 in some time zone, or a whole date with its offset."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from reconnect.model.clock_times import in_zone, is_on_clock, next_on_clock


def read_zone(name: str | None) -> tzinfo | None:
    """The zone of this name; None is that of this machine."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter("must be an IANA time zone such as America/Toronto") from None


def next_time(text: str, zone: tzinfo | None, after: datetime) -> datetime:
    """The first moment after `after` at which a clock in the zone shows this time; or the moment that the text says."""
    if is_on_clock(text):
        return next_on_clock(text, zone, after)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("must be a time such as 06:00 or 2026-03-14T06:00:00-04:00") from None
    return (at if at.tzinfo else in_zone(at, zone)).astimezone(UTC)
