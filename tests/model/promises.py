"""The service's promises, and counters of how often each was checked."""

from collections import Counter
from enum import StrEnum


class Promise(StrEnum):
    """One promise; its value is the row of the table that `make fuzz` prints (48 characters at most)."""

    ONE_ATTEMPT = "a login has at most one live attempt"
    LEGAL = "transitions are legal; endings are final"
    TIMELINE = "the timeline loses no entry below its cap"
    ONE_ENDING = "ending events are published once per session"
    TOKENS = "a task token is answered at most once"
    FREE = "without a key, no caller gets an ended session"
    REASONS = "a 429 gives the true reason"
    HELD = "a started session holds its login"
    KEYS = "an idempotency key leads to one session"
    ERASED = "an erased session is never written again"
    PROVED = "success needs data newer than the attempt"
    DATA = "a fresh receipt has its stored data"
    ANSWERED = "an answered session does not stay expired"
    EVIDENCE = "evidence of an answer leads to its data"
    CLICKED = "a click starts an attempt within 16 minutes"
    ONE_EXECUTION = "a session is run by one execution at a time"
    PARKED = "a parked session holds no execution"
    WAITED = "a live session moves on or can be woken"
    NAMED = "no function fails because of a bug"
    ENDS = "a session ends within 5 min of its link's end"
    DELIVERED = "every written event is delivered"
    QUIET = "in the end nothing runs and no login is held"


# Counts over all schedules: "schedules", "steps", "runs", "points" (calls made by runs), and "kept: <promise>",
# "ended: <status and failure code>", "published: <event type>".
TALLY: Counter[str] = Counter()
