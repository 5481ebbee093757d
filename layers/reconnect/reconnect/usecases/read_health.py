"""Show how well the sessions of an institution, or of all of them, went lately."""

from collections import defaultdict
from dataclasses import replace

from reconnect.model.errors import InstitutionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.health import InstitutionHealth
from reconnect.model.institution import LONGEST_NAME
from reconnect.model.roll_up import RollUp
from reconnect.ports import BankHealths, Clock, RollUps
from reconnect.rules.funnels import WINDOWS, days_of, health_of

# In one letter case, a name may be longer than it was.
_LONGEST_KEY = 2 * LONGEST_NAME
_LONGEST_WINDOW = max(WINDOWS, key=lambda name: WINDOWS[name])


@frozen
class ReadHealth:
    """The use case behind `GET /institutions` and `GET /institutions/{id}/health`."""

    roll_ups: RollUps
    bank_healths: BankHealths
    clock: Clock

    def __call__(self, key: str) -> InstitutionHealth:
        """Return one institution's health in all windows, in one read; raise InstitutionNotFound."""
        now = self.clock()
        # What a caller sends may be longer than DynamoDB allows for a key.
        days = days_of(now, _LONGEST_WINDOW) if len(key) <= _LONGEST_KEY else []
        found = self.roll_ups.of_institution(key, days)
        if not found:
            raise InstitutionNotFound
        return self._with_breakers([health_of(key, found, now, WINDOWS)])[0]

    def every(self, window: str) -> list[InstitutionHealth]:
        """Return the health of all institutions with endings in a window, those with the most tries first."""
        now, by_key = self.clock(), defaultdict[str, list[RollUp]](list)
        for day in days_of(now, window):
            for each in self.roll_ups.of_day(day):
                by_key[each.key].append(each)
        found = [health_of(key, roll_ups, now, [window]) for key, roll_ups in by_key.items()]
        tried = self._with_breakers([each for each in found if each.windows[window].tries])
        return sorted(tried, key=lambda each: (-each.windows[window].tries, each.key))

    def _with_breakers(self, found: list[InstitutionHealth]) -> list[InstitutionHealth]:
        banks = {bank.key: bank for bank in self.bank_healths.get_all([each.key for each in found])}
        return [replace(each, bank=banks.get(each.key)) for each in found]
