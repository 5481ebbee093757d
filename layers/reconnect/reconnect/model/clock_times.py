"""Times as a clock on the wall shows them, such as 06:00 in Toronto."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def is_on_clock(text: str) -> bool:
    """Whether a text is a time on the clock, such as 06:00."""
    return bool(_CLOCK.fullmatch(text))


def next_on_clock(text: str, zone: tzinfo | None, after: datetime) -> datetime:
    """The first moment after `after` at which a clock in the zone shows this time, in UTC.

    No zone is that of this machine. Raises ValueError if it is no time on the clock.
    """
    hour, _, minute = text.partition(":")
    day, wanted = after.astimezone(zone).date(), time(int(hour), int(minute))
    # A clock that is put forward may skip a day's time so far that only the day after next has it.
    candidates = (in_zone(datetime.combine(day + timedelta(days=ahead), wanted), zone) for ahead in range(3))
    return next(at.astimezone(UTC) for at in candidates if at > after)


def in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    """A time without an offset as one in the zone."""
    # `astimezone` knows on which side of a change of this machine's clock a time lies.
    return at.replace(tzinfo=zone) if zone else at.astimezone()
