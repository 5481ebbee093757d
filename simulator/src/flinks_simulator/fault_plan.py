"""The planned faults: for one login, or for everyone."""

from flinks_simulator.records import Login
from flinks_simulator.users import Fault, PlannedFault


class FaultPlan:
    """Holds the faults for everyone; those for one login are in its record and are deleted with it."""

    def __init__(self) -> None:
        self._for_everyone: list[PlannedFault] = []

    def add(self, fault: Fault, login: Login | None) -> None:
        """Plan a fault, counting calls from now."""
        self._of(login).append(PlannedFault(fault))

    def count_call(self, action: str, login: Login | None) -> list[Fault]:
        """Count a call and return its faults: those of the login, or without one those for everyone."""
        return [each.fault for each in self._of(login) if each.is_due(action)]

    def _of(self, login: Login | None) -> list[PlannedFault]:
        return login.faults if login else self._for_everyone
