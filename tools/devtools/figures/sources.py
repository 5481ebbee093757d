"""Where the figures come from: one line for each module that measures some."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from devtools.figures.figure import Figure


@dataclass(frozen=True)
class Source:
    """A module whose function `figures` measures a group. `is_slow`: it is left to `make figures-all`.

    It is named and not imported: what is not measured is not loaded, and some of them belong to the tests.
    """

    group: str
    module: str
    is_slow: bool = False

    def measure(self) -> Iterable[Figure]:
        """Measure the group; each figure comes as soon as it is known."""
        figures: Iterable[Figure] = import_module(self.module).figures()
        return figures


# In the order of the documents.
SOURCES = (
    Source("Cost of a session", "devtools.bench.cost"),
    Source("Cost of a batch", "devtools.bench.batch_cost", is_slow=True),
    Source("A batch's progress", "devtools.bench.batch_progress"),
    Source("Latency in simulated time", "tests.model.latency"),
    Source("Admission", "devtools.bench.admission"),
    Source("The page", "devtools.bench.page"),
    Source("The page in Chromium", "devtools.bench.page_in_chromium", is_slow=True),
    Source("Plans of batches", "tests.unit.nights"),
    Source("The sweeper", "tests.unit.sweeping"),
    Source("Crashes", "tests.model.crashes"),
    Source("Alarms", "tests.alarms.table"),
    Source("Forgeries", "tests.unit.forging"),
    Source("Evidence", "tests.unit.tampering"),
    Source("Institutions", "tests.unit.rolling_up"),
    Source("Anonymous requests", "tests.model.anonymous"),
    Source("Preflight", "tests.unit.preflight.instances"),
    Source("Nights of batches", "tests.nights.__main__", is_slow=True),
    Source("A deployed night", "tests.nights.deployed", is_slow=True),
    Source("Whole suites", "tests.counting", is_slow=True),
    Source("Load", "devtools.bench.load", is_slow=True),
    Source("A million rows", "devtools.bench.many_rows", is_slow=True),
    Source("Cold start", "devtools.bench.cold", is_slow=True),
    Source("Privacy", "tests.system.canaries", is_slow=True),
    Source("Large result", "devtools.bench.result", is_slow=True),
    Source("Code and documents", "tests.architecture.counting"),
    Source("Scanners and licences", "devtools.audit.counting", is_slow=True),
)
