"""All ports in memory, in one object that a `Service` is built over."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconnect.adapters.dynamodb.session_items import from_item
from reconnect.adapters.dynamodb.table import unmarshal
from reconnect.adapters.report_forms import new_report
from reconnect.model.report_row import ReportFormat
from reconnect.model.session import Session
from reconnect.ports import InParallel
from reconnect.ports.batches import ReportForm
from tests.fakes.at_once import one_after_another
from tests.fakes.bank_healths import FakeBankHealths
from tests.fakes.batches import FakeBatches, FakeBatchFiles, FakeBatchRuns, FakeLeases
from tests.fakes.budgets import FakeBudgets
from tests.fakes.builders import IDEMPOTENCY_KEY, SIGNING_KEY, TASK_TOKEN, WEBHOOK_SECRET
from tests.fakes.clock import Clock
from tests.fakes.contacts import FakeContacts
from tests.fakes.delay_queue import FakeDelayQueue
from tests.fakes.directories import FakeDirectories
from tests.fakes.events import FakeEvents
from tests.fakes.feeds import FakeFeed
from tests.fakes.flinks import FakeFlinks
from tests.fakes.keys import FakeKeys
from tests.fakes.references import FakeReferences
from tests.fakes.results import FakeResults
from tests.fakes.roll_ups import FakeRollUps
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow


@dataclass
class FakePorts:
    """The port `Ports`. A test replaces the ports it is about; `counted`: the metrics that were counted."""

    clock: Clock = field(default_factory=Clock)
    logins: FakeLogins = field(default_factory=FakeLogins)
    sessions: FakeSessions = None  # type: ignore[assignment]
    references: FakeReferences = field(default_factory=FakeReferences)
    claims: FakeClaims = None  # type: ignore[assignment]
    contacts: FakeContacts = field(default_factory=FakeContacts)
    budgets: FakeBudgets = field(default_factory=FakeBudgets)
    directories: FakeDirectories = field(default_factory=FakeDirectories)
    bank_healths: FakeBankHealths = field(default_factory=FakeBankHealths)
    roll_ups: FakeRollUps = field(default_factory=FakeRollUps)
    batches: FakeBatches = field(default_factory=FakeBatches)
    leases: FakeLeases = field(default_factory=FakeLeases)
    batch_files: FakeBatchFiles = field(default_factory=FakeBatchFiles)
    batch_runs: FakeBatchRuns = field(default_factory=FakeBatchRuns)
    feed: FakeFeed = field(default_factory=FakeFeed)
    delay_queue: FakeDelayQueue = None  # type: ignore[assignment]
    flinks: Any = field(default_factory=FakeFlinks)
    workflow: Any = field(default_factory=lambda: FakeWorkflow(TASK_TOKEN))
    events: FakeEvents = field(default_factory=FakeEvents)
    results: FakeResults = field(default_factory=FakeResults)
    counted: list[str] = field(default_factory=list)
    measured: list[tuple[str, float, dict[str, str]]] = field(default_factory=list)
    jitter: Callable[[], float] = lambda: 0.5
    in_parallel: InParallel = one_after_another
    signing_keys: FakeKeys = field(default_factory=lambda: FakeKeys(SIGNING_KEY))
    webhook_keys: FakeKeys = field(default_factory=lambda: FakeKeys(WEBHOOK_SECRET.encode()))

    def __post_init__(self) -> None:
        self.sessions = self.sessions or FakeSessions(self.logins)
        self.claims = self.claims or FakeClaims(self.clock)
        self.delay_queue = self.delay_queue or FakeDelayQueue(self.clock)

    def count(self, name: str, **_dimensions: str) -> None:
        """Record that a metric was counted."""
        self.counted.append(name)

    def measure(self, name: str, seconds: float, **facts: str) -> None:
        """Record a duration."""
        self.measured.append((name, seconds, facts))

    def new_report(self) -> Mapping[ReportFormat, ReportForm]:
        """A report's forms, which need nothing from outside."""
        return new_report()

    def pause(self, seconds: float) -> None:
        """Turn the clock."""
        self.clock.turn(seconds=seconds)

    def new_id(self) -> str:
        """A random id."""
        return secrets.token_hex(16)

    def idempotency_key(self) -> bytes:
        """The key that seals callers' idempotency keys."""
        return IDEMPOTENCY_KEY

    def read_image(self, image: Mapping[str, Any]) -> Session:
        """The session in an image of the table's stream."""
        return from_item(unmarshal(dict(image)))
