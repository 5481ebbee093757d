"""An entry of a session's trail as one line of text: seconds since the opening, what, and the caller or #version.

Of the opening itself, which every session has, the line is the caller alone.
"""

from datetime import datetime, timedelta

from reconnect.model.trail import TrailEntry

_OPENED = "session_opened"


def line_of(entry: TrailEntry, created_at: datetime) -> str:
    """The entry as a line. No caller's name has a space or begins with a number sign."""
    if entry.by and entry.what == _OPENED and entry.at == created_at:
        return entry.by
    seconds = f"{(entry.at - created_at).total_seconds():.6f}".rstrip("0").rstrip(".")
    return f"{seconds} {entry.what} {entry.by if entry.version is None else f'#{entry.version}'}"


def entry_in(line: str, created_at: datetime) -> TrailEntry:
    """The entry that `line_of` wrote."""
    if " " not in line:
        return TrailEntry(created_at, _OPENED, by=line)
    seconds, what, who = line.split(" ", 2)
    at = created_at + timedelta(seconds=float(seconds))
    if who.startswith("#"):
        return TrailEntry(at, what, version=int(who[1:]))
    return TrailEntry(at, what, by=who)
