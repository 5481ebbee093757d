"""What our looks at Flinks found. A look by itself writes nothing: the workflow keeps what was seen, and the next step
that writes the record anyway writes it down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from reconnect.model.outcomes import AUTHORIZED
from reconnect.model.session import Actor, Session, TimelineEntry

# More changes than this between two writes are a bank that wavers; the last ones tell it.
_MOST = 40


@dataclass(frozen=True, slots=True)
class Observation:
    """The same code, `polls` times in a row, the first time `at`."""

    at: datetime
    code: str
    polls: int = 1


Observations = tuple[Observation, ...]


def add_poll(
    observations: tuple[Observation, ...], at: datetime, code: str, *, is_first: bool = False
) -> tuple[Observation, ...]:
    """What was seen, with one look more; the first one at an attempt is told apart from those before."""
    if observations and observations[-1].code == code and not is_first:
        return (*observations[:-1], replace(observations[-1], polls=observations[-1].polls + 1))
    return (*observations[1 - _MOST :], Observation(at, code))


def count_polls(observations: Iterable[Observation], code: str) -> int:
    """How many looks found this."""
    return sum(each.polls for each in observations if each.code == code)


def record_observations(session: Session, observations: Iterable[Observation]) -> Session:
    """Tell in the timeline what was seen, each where it belongs. What stands there already is only counted on: a step
    may run twice, and the workflow brings everything that it saw.
    """
    timeline = session.timeline
    for each in observations:
        told = [entry for entry in timeline if not (entry.polls and entry.at == each.at)]
        before = [entry for entry in told if entry.at <= each.at]
        status = before[-1].status if before else session.status
        entry = TimelineEntry(each.at, Actor.BANK, each.code, status, each.polls)
        # By time and not by place: the clocks of two writers may differ.
        timeline = (*before, entry, *(entry for entry in told if entry.at > each.at))
    session = session if timeline == session.timeline else replace(session, timeline=timeline)
    return _with_end_of_attempt(session, observations)


def _with_end_of_attempt(session: Session, observations: Iterable[Observation]) -> Session:
    """A poll that found the attempt authorized wrote nothing: that it is over is written down here."""
    attempt = session.attempt
    if attempt is None or attempt.is_over:
        return session
    if any(each.code == AUTHORIZED.code and each.at >= attempt.started_at for each in observations):
        return replace(session, attempt=replace(attempt, is_over=True))
    return session
