"""Whether a session's user is there while the bank is asked."""

from enum import StrEnum


class Presence(StrEnum):
    """What the caller says. An absent user's question is parked at once; `attended` is treated as if nothing was said."""

    ATTENDED = "attended"
    ABSENT = "absent"
