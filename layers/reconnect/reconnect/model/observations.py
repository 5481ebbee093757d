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
class Seen:
    """The same code, `looks` times in a row, the first time `at`."""

    at: datetime
    code: str
    looks: int = 1


def add_look(seen: tuple[Seen, ...], at: datetime, code: str, *, is_first: bool = False) -> tuple[Seen, ...]:
    """What was seen, with one look more; the first one at an attempt is told apart from those before."""
    if seen and seen[-1].code == code and not is_first:
        return (*seen[:-1], replace(seen[-1], looks=seen[-1].looks + 1))
    return (*seen[1 - _MOST :], Seen(at, code))


def count_looks(seen: Iterable[Seen], code: str) -> int:
    """How many looks found this."""
    return sum(each.looks for each in seen if each.code == code)


def write_down(session: Session, seen: Iterable[Seen]) -> Session:
    """Tell in the timeline what was seen, each where it belongs. What stands there already is only counted on: a step
    may run twice, and the workflow brings everything that it saw.
    """
    timeline = session.timeline
    for each in seen:
        told = [entry for entry in timeline if not (entry.looks and entry.at == each.at)]
        before = [entry for entry in told if entry.at <= each.at]
        status = before[-1].status if before else session.status
        entry = TimelineEntry(each.at, Actor.BANK, each.code, status, each.looks)
        # By time and not by place: the clocks of two writers may differ.
        timeline = (*before, entry, *(entry for entry in told if entry.at > each.at))
    session = session if timeline == session.timeline else replace(session, timeline=timeline)
    return _with_end_of_attempt(session, seen)


def _with_end_of_attempt(session: Session, seen: Iterable[Seen]) -> Session:
    """A poll that found the attempt authorized wrote nothing: that it is over is written down here."""
    attempt = session.attempt
    if attempt is None or attempt.is_over:
        return session
    if any(each.code == AUTHORIZED.code and each.at >= attempt.started_at for each in seen):
        return replace(session, attempt=replace(attempt, is_over=True))
    return session
