"""When an event may be put into the feed, and until when the feed can be read without missing one.

Both rest on the clocks of the functions' hosts, which are taken to be within a second of the true time.
"""

from datetime import datetime, timedelta

_MINUTE_SECONDS = 60
# The invocations for one session follow each other. One that reads the clock in the first two seconds of a minute waits
# until they are over: the next one, whose clock may be two seconds behind, then finds the same minute or a later one.
_CLOCKS_DIFFER = 2
# A write may take as long as its function runs (30 s), and the clocks of writer and reader may differ.
_SETTLES_IN = timedelta(seconds=30 + 30)


def seconds_to_wait(now: datetime) -> float:
    """For how many seconds a writer waits until it may choose the minute of an event; 0 most of the time."""
    into = now.second + now.microsecond / 1_000_000
    return max(0.0, _CLOCKS_DIFFER - into)


def last_minute(now: datetime) -> datetime:
    """A time in the last minute to which no event can be added any more."""
    return now - _SETTLES_IN - timedelta(seconds=_MINUTE_SECONDS)
