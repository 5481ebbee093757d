"""The service keeps its promises in any order of events, failures and delays. `make fuzz` runs ten thousand schedules.

Each part has its own seed, so that parts differ, can run in several workers, and repeat exactly.
"""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.schedule import Schedule

_IS_FUZZ = settings().max_examples >= 10_000
# Hypothesis keeps every schedule of a run in memory: ten parts need a tenth of it.
_PARTS = 10 if _IS_FUZZ else 4
_SCHEDULES = settings().max_examples if _IS_FUZZ else 200


@pytest.mark.timeout(3600 if _IS_FUZZ else 120)
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.slow] if part else []) for part in range(_PARTS)]
)
def test_every_schedule_keeps_every_promise(part: int) -> None:
    class Part(Schedule):
        """Holds the seed, which hypothesis stores on the class."""

    run_state_machine_as_test(
        Part if _IS_FUZZ else seed(part)(Part),
        settings=settings(
            max_examples=_SCHEDULES // _PARTS,
            stateful_step_count=40,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
