"""An institution's cap is halved when there were too many attempts, and grows slowly while there are not."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.learned_cap import LearnedCap
from reconnect.model.outcomes import known_as
from reconnect.model.session import Session

# It grows by one for so many clean endings.
_CLEAN_ENDINGS = 20
# Refusals within this time after it was halved are answers to what was begun before.
_ONE_NEWS = timedelta(minutes=1)
_TOO_MANY = {"TOO_MANY_REQUESTS", "CONCURRENT_SESSION"}


def learn(before: LearnedCap, asked: int, now: datetime, *, clean: int, refused: int) -> LearnedCap:
    """Return the cap after some attempts that ended clean, or were refused as too many.

    `asked`: the cap that the batch asks for. What was learned is below it, and forgotten once it has grown to it.
    """
    if refused:
        if before.halved_at is not None and now - before.halved_at < _ONE_NEWS:
            return before
        last = asked if before.cap is None else min(before.cap, asked)
        return LearnedCap(before.key, max(1, last // 2), halved_at=now)
    if before.cap is None:
        return before
    grown, rest = divmod(before.clean + clean, _CLEAN_ENDINGS)
    cap = before.cap + grown
    return LearnedCap(before.key) if cap >= asked else replace(before, cap=cap, clean=rest)


def was_refused_as_too_many(session: Session) -> bool:
    """Whether Flinks or the bank refused one of the session's attempts because there were others."""
    return any(known_as(entry.cause) in _TOO_MANY for entry in session.timeline)
