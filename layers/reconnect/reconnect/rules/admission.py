"""How many requests Flinks may get, and whose turn it is.

The budget is a clock that counts requests: it goes as fast as Flinks takes them. Who needs some takes the next numbers,
and it is their turn when the clock reaches the first one. So waiting is first come, first served, the time is known at
once, and a rate that changes moves all who wait alike: nobody has to take new numbers.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.budget import Budget, Place
from reconnect.model.frozen import frozen

# The rate at which Flinks refused is halved for this many seconds, and refusals in that time are no news: they are
# answers to what was sent before. Then most of it is tried again, and more each second: quickly if that leads back to a
# rate that Flinks is known to take, or else slowly. `python -m devtools.bench admission` shows what others would do.
_HALVED_SECONDS = 3
_MOST_OF_IT = 0.9
_GROWTH_TO_KNOWN, _GROWTH = 0.05, 0.01
# Requests a second where no rate is configured: what is assumed when Flinks refuses for the first time, and the most.
_FIRST_RATE, _MOST_RATE = 20.0, 1000.0
# However often Flinks refuses.
_LEAST_RATE = 0.2
# Without a configured rate, a refusal is forgotten after this, unless sessions still wait.
_CALM = timedelta(minutes=10)
# What nobody used is kept for so many seconds.
_KEPT_SECONDS = 1.0


@frozen
class Admission:
    """`rate`: requests a second that Flinks is known to take; 0: unknown, so there is no budget until Flinks refuses.

    `attended_share`: the part of the budget, from 0 to 1, that people who are at the page may take ahead of all others.
    """

    rate: float
    attended_share: float

    def fresh(self, now: datetime) -> Budget:
        """Return the budget that nobody has used yet."""
        return Budget(since=now, done=0.0)

    def limits(self, budget: Budget | None, now: datetime) -> bool:
        """Whether there is a budget to keep to."""
        if self.rate:
            return True
        if budget is None or budget.refused_at is None:
            return False
        return now - budget.refused_at < _CALM or self._waiting(budget, now) > 0

    def refuse(self, budget: Budget | None, now: datetime) -> Budget:
        """Return the budget after Flinks refused a request; the same one if that is no news."""
        if budget is None or not self.limits(budget, now):
            begun = _set_back(budget or self.fresh(now), 0, now)
            return replace(begun, refused_at=now, refused_rate=_FIRST_RATE)
        if budget.refused_at is not None and (now - budget.refused_at).total_seconds() < _HALVED_SECONDS:
            return budget
        rate = max(self.rate_at(budget, now), _LEAST_RATE)
        return replace(budget, since=now, done=self.done_at(budget, now), refused_at=now, refused_rate=rate)

    def take(self, budget: Budget, requests: int, now: datetime, *, is_attended: bool) -> tuple[Budget, Place]:
        """Take so many requests; a person takes them ahead of all who wait, if that is sooner."""
        budget = self._without_leftovers(budget, now)
        in_turn = self.expected(budget, Place(budget.queued, now), now)
        if is_attended and in_turn.at > now and self.attended_share:
            number = max(budget.people, self.done_at(budget, now))
            first = self.expected(budget, Place(number, now, is_ahead=True), now)
            if first.at < in_turn.at:
                people = round(number + requests / self.attended_share, 3)
                return replace(budget, people=people, ahead=budget.ahead + requests), first
        return replace(budget, queued=budget.queued + requests), in_turn

    def expected(self, budget: Budget, place: Place, now: datetime) -> Place:
        """Return the place with the time at which its turn is expected now; not before `now`."""
        number = place.number + (0 if place.is_ahead else budget.ahead)
        return replace(place, at=max(now, self._reaches(budget, number)))

    def rate_at(self, budget: Budget, now: datetime) -> float:
        """Requests a second that Flinks may get now."""
        if budget.refused_at is None:
            return self.rate
        half, start, until_full = self._course(budget)
        seconds = (now - budget.refused_at).total_seconds() - _HALVED_SECONDS
        return half if seconds < 0 else start * math.exp(self._growth * min(seconds, until_full))

    def done_at(self, budget: Budget, now: datetime) -> float:
        """Where the clock stands."""
        anchor = budget.refused_at or budget.since
        before, after = ((at - anchor).total_seconds() for at in (budget.since, max(now, budget.since)))
        return round(budget.done + self._sum(budget, after) - self._sum(budget, before), 3)

    def _waiting(self, budget: Budget, now: datetime) -> float:
        """The requests that were taken and whose turn is still to come; negative: how many nobody used."""
        return budget.queued + budget.ahead - self.done_at(budget, now)

    def _without_leftovers(self, budget: Budget, now: datetime) -> Budget:
        """Set the clock back if nobody used it for long: Flinks does not take later what it was not sent before."""
        kept = self.rate_at(budget, now) * _KEPT_SECONDS
        if self._waiting(budget, now) >= -kept:
            return budget
        return _set_back(budget, kept, now)

    def _reaches(self, budget: Budget, number: float) -> datetime:
        """When the clock reaches this number."""
        anchor = budget.refused_at or budget.since
        before = (budget.since - anchor).total_seconds()
        if number <= budget.done:
            return budget.since
        # Rounded up, so that the clock is there.
        seconds = self._seconds_for(budget, number - budget.done + self._sum(budget, before))
        return anchor + timedelta(seconds=math.ceil(seconds * 1000) / 1000)

    def _sum(self, budget: Budget, seconds: float) -> float:
        """How far the clock goes in so many seconds after the refusal, or in all if there was none."""
        if budget.refused_at is None:
            return self.rate * seconds
        half, start, until_full = self._course(budget)
        grown = min(max(seconds - _HALVED_SECONDS, 0), until_full)
        full = max(seconds - _HALVED_SECONDS - grown, 0)
        return half * min(seconds, _HALVED_SECONDS) + self._grown(start, grown) + self._full * full

    def _seconds_for(self, budget: Budget, requests: float) -> float:
        """The inverse of `_sum`."""
        if budget.refused_at is None:
            return requests / self.rate
        half, start, until_full = self._course(budget)
        if requests <= half * _HALVED_SECONDS:
            return requests / half
        rest = requests - half * _HALVED_SECONDS
        growing = self._grown(start, until_full)
        if rest <= growing:
            return _HALVED_SECONDS + math.log1p(rest * self._growth / start) / self._growth
        return _HALVED_SECONDS + until_full + (rest - growing) / self._full

    def _course(self, budget: Budget) -> tuple[float, float, float]:
        """The halved rate, the rate after that, and for how many seconds it then grows until it is the full one."""
        half, start = budget.refused_rate / 2, _MOST_OF_IT * budget.refused_rate
        half, start = min(half, self._full), min(start, self._full)
        return half, start, math.log(self._full / start) / self._growth

    def _grown(self, start: float, seconds: float) -> float:
        """The requests in so many seconds of a rate that grows from `start`."""
        return start * math.expm1(self._growth * seconds) / self._growth

    @property
    def _full(self) -> float:
        return self.rate or _MOST_RATE

    @property
    def _growth(self) -> float:
        return _GROWTH_TO_KNOWN if self.rate else _GROWTH


def _set_back(budget: Budget, kept: float, now: datetime) -> Budget:
    """Return the budget with its clock where nothing waits and so many requests are left."""
    done = round(budget.queued + budget.ahead + kept, 3)
    return replace(budget, since=now, done=done, people=min(budget.people, done))
