"""A night that misses its deadline by its plan, and the same night with the remedy that the plan names."""

import random
from dataclasses import dataclass

from reconnect.model.batch import Window
from tests.nights.night import CAP, MIDNIGHT, WHOLE, plan_reduced, play_reduced

LOGINS = 5_000
# Of the time that the plan needs, so much is left. Closer to the deadline than its error a plan proves little.
_LEAST, _MOST = 0.5, 0.85


@dataclass(frozen=True)
class LateNight:
    """Whether the bank that the plan names was not done at the deadline, and whether it was with the plan's cap."""

    is_late: bool
    is_remedied: bool


def play_late(seed: int, logins: int = LOGINS) -> LateNight:
    """Play both nights. The cap is reduced as the logins are: a bank takes as many rounds as in a whole night."""
    cap = max(1, CAP * logins // WHOLE)
    needed = plan_reduced(seed, logins, Window(MIDNIGHT, MIDNIGHT, cap)).ends_at - MIDNIGHT
    deadline = MIDNIGHT + needed * random.Random(seed).uniform(_LEAST, _MOST)  # noqa: S311 - nothing is secret here
    plan, late = play_reduced(seed, logins, Window(MIDNIGHT, deadline, cap))
    named = plan.forecasts[0]
    _, remedied = play_reduced(seed, logins, Window(MIDNIGHT, deadline, named.cap_needed or 0))
    is_done = [banks.is_done(named.load, deadline) for banks in (late, remedied)]
    return LateNight(is_late=not plan.is_feasible and not is_done[0], is_remedied=is_done[1])
