"""Times as an operator gives them: 06:00 in some time zone, or a whole date with its offset."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_zone(name: str | None) -> tzinfo | None:
    """The zone of this name; None is that of this machine."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter("must be an IANA time zone such as America/Toronto") from None


def next_time(text: str, zone: tzinfo | None, after: datetime) -> datetime:
    """The first moment after `after` at which a clock in the zone shows this time; or the moment that the text says."""
    if not (found := _CLOCK.fullmatch(text)):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise click.BadParameter("must be a time such as 06:00 or 2026-03-14T06:00:00-04:00") from None
        return (at if at.tzinfo else _in(at, zone)).astimezone(UTC)
    day = after.astimezone(zone).date()
    wanted = time(int(found[1]), int(found[2]))
    # A clock that is put forward may skip a day's time so far that only the day after next has it.
    candidates = (_in(datetime.combine(day + timedelta(days=ahead), wanted), zone) for ahead in range(3))
    return next(at.astimezone(UTC) for at in candidates if at > after)


def _in(at: datetime, zone: tzinfo | None) -> datetime:
    # `astimezone` knows on which side of a change of this machine's clock a time lies.
    return at.replace(tzinfo=zone) if zone else at.astimezone()
