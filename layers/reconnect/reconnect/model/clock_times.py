"""Times as a clock on the wall shows them, such as 06:00 in Toronto."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def next_on_clock(text: str, zone: tzinfo | None, after: datetime) -> datetime | None:
    """The first moment after `after` at which a clock in the zone shows this time, in UTC; None if it is no such text.

    No zone is that of this machine.
    """
    if not (found := _CLOCK.fullmatch(text)):
        return None
    day = after.astimezone(zone).date()
    wanted = time(int(found[1]), int(found[2]))
    # A clock that is put forward may skip a day's time so far that only the day after next has it.
    candidates = (in_zone(datetime.combine(day + timedelta(days=ahead), wanted), zone) for ahead in range(3))
    return next(at.astimezone(UTC) for at in candidates if at > after)


def in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    """A time without an offset as one in the zone."""
    # `astimezone` knows on which side of a change of this machine's clock a time lies.
    return at.replace(tzinfo=zone) if zone else at.astimezone()
