"""How long the workflow waits before its next poll. The intervals are settings, so that tests can set them to zero."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile

from reconnect.model.attempt import Attempt
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, count_polls
from reconnect.model.outcomes import Outcome
from reconnect.model.reasons import Reason
from reconnect.model.session import Session, Status

# The first polls come quickly, because most banks answer within seconds; the later ones slow down.
_POLL_STEPS = (1, 1, 1.5, 2.5, 4, 6, 10)

# The same within one invocation, where a poll costs no state transition: each step, and the poll until which it lasts.
_STEPS_IN_WINDOW = ((12, 0.5), (21, 1), (30, 2.5), (44, 5))
_LAST_STEP_IN_WINDOW = 10

# Flinks asks for 10 s between polls of the data, for 30 minutes at most. After three minutes they slow down, which
# keeps the longest path within the workflow's budget of polls.
_FETCHES_AT_FULL_PACE = 18
_FETCH_SLOWDOWN = 5

# The sweeper checks an attempt after this, whatever was lost.
ATTEMPT_DEADLINE = timedelta(minutes=15)

# Evidence that is still pending after this will not be taken by the workflow: the sweeper, which runs every minute,
# settles it within a quarter of an hour. Most throttled steps have run by then: AWS retries them for nine minutes on
# average.
EVIDENCE_DEADLINE = timedelta(minutes=13)

# The time for slow calls and their retries, on top of the waits of a status, before its execution counts as lost. And
# how often the workflow polls and waits at most.
_SLACK = timedelta(minutes=20)
MOST_POLLS, MOST_WAITS = 40, 56
# As many polls as last as long within windows.
MOST_POLLS_IN_WINDOWS = 68

# Readings in a row, and polls of all kinds, after which the workflow ends the session.
MOST_FETCHES, MOST_POLLS_IN_ALL = 52, 150

# Seconds; a caller whose user never comes back is promised an answer within a minute. The growth keeps the polls of one
# question within the workflow's budget, however short the interval.
_LONGEST_BACKSTOP = 45
_BACKSTOP_GROWTH = 24

# Seconds between two polls of a workflow that joined another's session, at most.
_LONGEST_FOLLOWING_WAIT = 300

# An abandoned attempt blocks its login for 8 minutes; BUSY waits that many TRY_LATER units.
_BUSY_UNITS = 8


@frozen
class Pacing:
    """The waits, in seconds, and the life of an attempt. `clock_skew`: see `freshness.judge`.

    `backstop`: between our own polls of a question while the user is there; `unattended`: while the user is not.
    """

    poll: int
    backstop: int
    unattended: int
    try_later: int
    fetch: int
    attempt_lifetime: timedelta
    clock_skew: timedelta

    def before_first_poll(self, attempt_number: int) -> int:
        """Before the first poll of an attempt: no wait after a click, because the user is watching."""
        return 0 if attempt_number > 1 else self.before_poll(0)

    def before_poll(self, polls: int) -> int:
        """Before the next poll of a pending attempt, after `polls` polls."""
        return round(self.poll * _POLL_STEPS[min(polls, len(_POLL_STEPS) - 1)])

    def in_window(self, polls: int) -> int:
        """Before the next poll of a pending attempt within the same invocation, after `polls` polls."""
        step = next((step for until, step in _STEPS_IN_WINDOW if polls < until), _LAST_STEP_IN_WINDOW)
        return round(self.poll * step)

    def before_backstop(self, attempt: Attempt, now: datetime, *, is_attended: bool) -> int:
        """Before our own poll of a question; the longer it is open, the less often."""
        waited = (now - attempt.asked_at).total_seconds() if attempt.asked_at else 0
        interval = self.backstop if is_attended else self.unattended
        return min(_LONGEST_BACKSTOP, max(interval, round(waited / _BACKSTOP_GROWTH)))

    def before_fetch(self, fetches: int) -> int:
        """Before the next poll of pending data, after `fetches` polls."""
        return self.fetch * (1 if fetches < _FETCHES_AT_FULL_PACE else _FETCH_SLOWDOWN)

    def before_following(self, polls: int) -> int:
        """Before a workflow that joined another's session polls that session again, after `polls` polls."""
        return min(polls * self.poll, _LONGEST_FOLLOWING_WAIT)

    def before_retry(self, outcome: Outcome, retries: int, jitter: Callable[[], float]) -> int:
        """Before another live attempt: doubling, and spread by up to half so that sessions do not retry together."""
        units = _BUSY_UNITS if outcome is Outcome.BUSY else 2**retries
        return round(self.try_later * units * (1 + jitter() / 2))

    def deadline(self, session: Session) -> datetime | None:
        """Return when the session's execution counts as lost, even if it runs; None while it may wait."""
        if session.status.is_terminal:
            return None
        if session.has_pending_evidence:
            # From the move that the evidence caused; later notes, such as a page reload, do not extend it.
            return _status_since(session) + EVIDENCE_DEADLINE
        if session.next_try_at is not None:
            return session.next_try_at + _SLACK
        since = session.timeline[-1].at
        match session.status:
            case Status.AUTHORIZING:
                seconds = sum(map(self.before_poll, range(MOST_POLLS))) + self.try_later * _BUSY_UNITS * 1.5
            case Status.AWAITING_USER:
                seconds = _LONGEST_BACKSTOP * MOST_WAITS
            case Status.FETCHING:
                seconds = sum(map(self.before_fetch, range(MOST_FETCHES)))
            case Status.STARTING:
                seconds = self.try_later * _BUSY_UNITS * 1.5
            case _:
                return None
        return since + timedelta(seconds=seconds) + _SLACK

    def is_over(self, attempt: Attempt, now: datetime) -> bool:
        """Whether the user has had the attempt's whole life to answer.

        A RequestId dies after 8 minutes without activity [D REC-new, KEY].
        """
        return attempt.asked_at is not None and now - attempt.asked_at > self.attempt_lifetime


def _status_since(session: Session) -> datetime:
    stays = takewhile(lambda entry: entry.status is session.status, reversed(session.timeline))
    return min((entry.at for entry in stays), default=session.timeline[-1].at)


@frozen
class Polls:
    """What came before a reading: `fetches` in a row, all `observations`; `wait`: seconds before the next."""

    fetches: int
    wait: int
    observations: Observations

    def may_go_on(self, most: int) -> bool:
        """Whether incomplete data may be polled again: not too often, and only while the workflow has polls left."""
        incomplete = sum(count_polls(self.observations, code) for code in (Reason.NO_ACCOUNTS, Reason.DATA_INCOMPLETE))
        polls = sum(each.polls for each in self.observations)
        return incomplete < most and self.fetches + 1 < MOST_FETCHES and polls + 1 < MOST_POLLS_IN_ALL
