"""The budget of requests to Flinks, as the use cases keep to it and report what Flinks refuses."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.budget import Budget, Place
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.ports import Budgets, Clock, Count
from reconnect.rules.admission import Admission

# How long a Lambda environment relies on what it read: reads are rare, and a budget that another environment has just
# begun is kept to a little late.
_RELIED_ON = timedelta(seconds=5)
# How often others may change the clock at the same moment.
_TRIES = 8

_UNKNOWN = (RecordUnreadable, StoreUnavailable)


class RequestBudget:
    """Takes requests from the budget and reports refusals to it.

    While Flinks' rate is not configured and Flinks refuses nothing, nothing is written. If the budget cannot be read or
    written, everything is admitted, because without it Flinks itself decides.
    """

    def __init__(self, budgets: Budgets, admission: Admission, clock: Clock, count: Count) -> None:
        self._budgets, self._admission, self._clock, self._count = budgets, admission, clock, count
        self._known: Budget | None = None
        self._read_at: datetime | None = None

    def take(self, requests: int, *, is_attended: bool = False) -> Place | None:
        """Take so many requests and return when it is their turn; None if there is no budget to keep to."""
        try:
            for _ in range(_TRIES):
                now, known = self._clock(), self._recent()
                if not self._admission.limits(known, now):
                    return None
                budget = known or self._admission.fresh(now)
                after, place = self._admission.take(budget, requests, now, is_attended=is_attended)
                if (saved := self._save(known, after)) is not None:
                    # What others took since the budget was read comes before these requests.
                    before = place.number if place.is_ahead else saved.queued - requests
                    return self._admission.expected(saved, Place(before, now, place.is_ahead), now)
        except _UNKNOWN:
            self._count("BudgetUnknown")
        return None

    def take_spare(self, requests: int) -> bool:
        """Take so many requests if nothing waits for its turn; False if something does."""
        if self.has_waiting():
            return False
        self.take(requests)
        return True

    def has_waiting(self) -> bool:
        """Whether something waits for its turn."""
        now, known = self._clock(), self._in_force()
        return known is not None and self._admission.expected(known, Place(known.queued, now), now).at > now

    def expected(self, place: Place) -> Place:
        """Return the place with the time at which its turn is expected now."""
        now, known = self._clock(), self._in_force()
        return replace(place, at=now) if known is None else self._admission.expected(known, place, now)

    def after(self, requests: int) -> datetime:
        """When Flinks will have got so many requests from now on; now if there is no budget to keep to."""
        now, known = self._clock(), self._in_force()
        if known is None:
            return now
        number = self._admission.done_at(known, now) + requests
        return self._admission.expected(known, Place(number, now, is_ahead=True), now).at

    def refused(self) -> None:
        """Report that Flinks refused a request as one too many. Never fails: the reply must not be lost for it."""
        self._count("FlinksThrottled")
        try:
            for _ in range(_TRIES):
                known = self._read()
                after = self._admission.refuse(known, self._clock())
                if after == known or self._save(known, after) is not None:
                    return
        except _UNKNOWN:
            self._count("BudgetUnknown")

    def _in_force(self) -> Budget | None:
        """The budget; None if there is none to keep to."""
        try:
            known = self._recent()
        except _UNKNOWN:
            self._count("BudgetUnknown")
            return None
        return known if self._admission.limits(known, self._clock()) else None

    def _recent(self) -> Budget | None:
        if self._read_at is None or self._clock() - self._read_at >= _RELIED_ON:
            return self._read()
        return self._known

    def _read(self) -> Budget | None:
        return self._learn(self._budgets.get())

    def _save(self, before: Budget | None, after: Budget) -> Budget | None:
        saved = self._budgets.save(before, after)
        if saved is None:
            self._read_at = None
            return None
        return self._learn(saved)

    def _learn(self, budget: Budget | None) -> Budget | None:
        self._known, self._read_at = budget, self._clock()
        return budget
