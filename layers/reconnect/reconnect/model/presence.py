"""Whether a session's user is there while the bank is asked."""

from enum import StrEnum


class Presence(StrEnum):
    """What the caller says. What needs an absent user is parked at once; `attended` is the same as saying nothing."""

    ATTENDED = "attended"
    ABSENT = "absent"
