"""What the service promises, and how often each promise was put to the test."""

from collections import Counter
from enum import StrEnum


class Promise(StrEnum):
    """What the service promises, as the table of `make fuzz` prints it."""

    ONE_ATTEMPT = "one live attempt per login at the bank"
    LEGAL = "only legal transitions, none out of an end"
    TIMELINE = "the timeline loses nothing below its cap"
    ONE_ENDING = "one ending announced per session, others once"
    TOKENS = "a task token is answered at most once"
    FREE = "an ended session's login is free at once"
    REASONS = "whoever must wait is told the true reason"
    HELD = "a session at work holds its login, alone"
    KEYS = "one idempotency key, one session"
    ERASED = "an erased session does not come back"
    PROVED = "success means data refreshed since the attempt"
    DATA = "a fresh receipt leads to the data"
    HEARD = "an answer the bank took is not called absence"
    EVIDENCE = "evidence of an answer leads to its data"
    CLICKED = "a click begins an attempt within 16 minutes"
    WAITED = "whoever is asked for something is waited for"
    NAMED = "no function fails by a bug"
    ENDS = "every session ends by its link's end + 5 min"
    DELIVERED = "every written announcement is delivered"
    QUIET = "in the end nothing runs, no login is held"


# How often things happened, over all schedules: "schedules", "steps", "runs", "points" (the calls that runs made), and
# "kept: ...", "ended: ...", "published: ..." with a promise, an ending, an event type.
TALLY: Counter[str] = Counter()
