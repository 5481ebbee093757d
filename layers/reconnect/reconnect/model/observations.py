"""Poll results that are not stored yet. Polling writes nothing: the workflow carries the observations, and the next
step that saves the session records them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from reconnect.model.frozen import frozen
from reconnect.model.outcomes import AUTHORIZED
from reconnect.model.session import Actor, Session, TimelineEntry

# More changes than this between two writes mean that the bank wavers; the last ones are enough.
_MOST = 40


@frozen
class Observation:
    """The same code, `polls` times in a row, the first time `at`."""

    at: datetime
    code: str
    polls: int = 1


Observations = tuple[Observation, ...]


def add_poll(
    observations: tuple[Observation, ...], at: datetime, code: str, *, is_first: bool = False
) -> tuple[Observation, ...]:
    """Return the observations with one poll added; the first poll of an attempt always begins a new one."""
    if observations and observations[-1].code == code and not is_first:
        return (*observations[:-1], replace(observations[-1], polls=observations[-1].polls + 1))
    return (*observations[1 - _MOST :], Observation(at, code))


def count_polls(observations: Iterable[Observation], code: str) -> int:
    """The number of polls that found this code."""
    return sum(each.polls for each in observations if each.code == code)


def record_observations(session: Session, observations: Iterable[Observation]) -> Session:
    """Merge the observations into the timeline, by time. An entry that is there already only gets the new count: a step
    may run twice, and the workflow always passes all its observations.
    """
    timeline = session.timeline
    for each in observations:
        others = [entry for entry in timeline if not (entry.polls and entry.at == each.at)]
        before = [entry for entry in others if entry.at <= each.at]
        status = before[-1].status if before else session.status
        entry = TimelineEntry(each.at, Actor.BANK, each.code, status, each.polls)
        # By time, not by position: the clocks of two writers may differ.
        timeline = (*before, entry, *(entry for entry in others if entry.at > each.at))
    session = session if timeline == session.timeline else replace(session, timeline=timeline)
    return _with_end_of_attempt(session, observations)


def _with_end_of_attempt(session: Session, observations: Iterable[Observation]) -> Session:
    """Mark the attempt as over if a poll found it authorized; the poll itself wrote nothing."""
    attempt = session.attempt
    if attempt is None or attempt.is_over:
        return session
    if any(each.code == AUTHORIZED.code and each.at >= attempt.started_at for each in observations):
        return replace(session, attempt=replace(attempt, is_over=True))
    return session
