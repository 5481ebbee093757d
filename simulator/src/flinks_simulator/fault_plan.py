"""Which calls are planned to go wrong: of one login, or of everyone."""

from flinks_simulator.records import Login
from flinks_simulator.users import Fault, PlannedFault


class FaultPlan:
    """The faults for everyone; those for one login stand in its record, and are forgotten with it."""

    def __init__(self) -> None:
        self._for_everyone: list[PlannedFault] = []

    def add(self, fault: Fault, login: Login | None) -> None:
        """Let a call go wrong, counted from now."""
        self._of(login).append(PlannedFault(fault))

    def count_call(self, action: str, login: Login | None) -> list[Fault]:
        """Count a call, and return what goes wrong with it; without a login, among the faults for everyone."""
        return [each.fault for each in self._of(login) if each.is_due(action)]

    def _of(self, login: Login | None) -> list[PlannedFault]:
        return login.faults if login else self._for_everyone
