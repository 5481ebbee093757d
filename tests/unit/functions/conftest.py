"""The handlers as they are deployed, over fakes put where the wiring would build adapters."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from reconnect.runtime import observability, steps, wiring
from tests.fakes.builders import SIGNING_KEY, TASK_TOKEN, WEBHOOK_SECRET
from tests.fakes.clock import Clock
from tests.fakes.delay_queue import FakeDelayQueue
from tests.fakes.events import FakeEvents
from tests.fakes.flinks import FakeFlinks
from tests.fakes.lambda_runtime import Context
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow

FUNCTION_SETTINGS = {
    "TABLE_NAME": "a-table",
    "LINK_LIFETIME_HOURS": "168",
    "FLINKS_API_BASE_URL": "https://flinks.test",
    "FLINKS_CUSTOMER_ID": "a-customer",
    "FLINKS_AUTHORIZE_MODE": "async",
    "FLINKS_STATUS_CALL": "post",
    "FLINKS_TIMEOUT_SECONDS": "20",
    "FLINKS_LONG_TIMEOUT_SECONDS": "215",
    "FLINKS_SECRET_ARN": "arn:aws:secretsmanager:ca-central-1:123456789012:secret:flinks",
    "POLL_INTERVAL_SECONDS": "2",
    "BACKSTOP_INTERVAL_SECONDS": "15",
    "UNATTENDED_INTERVAL_SECONDS": "40",
    "TRY_LATER_SECONDS": "60",
    "FETCH_INTERVAL_SECONDS": "10",
    "ATTEMPT_LIFETIME_SECONDS": "480",
    "CLOCK_SKEW_SECONDS": "60",
    "FLINKS_CONNECT_BASE_URL": "https://connect.test",
    "FLINKS_CONNECT_PATH": "/v2/",
    "FLINKS_CONNECT_DEMO": "true",
    "PUBLIC_BASE_URL": "https://api.test",
    "COOLDOWN_SECONDS": "60",
    "LOCKOUT_GUARD_FAILURES": "3",
    "LOCKOUT_GUARD_SECONDS": "3600",
    "REMINDER_HOURS": "24,72",
    "QUIET_HOURS": "21-8",
    "TIME_ZONE": "America/Toronto",
    "RESULTS_BUCKET": "a-bucket",
    "COMPLETENESS_POLLS": "6",
    "RESULT_RETENTION_DAYS": "30",
}


@dataclass
class Deployed:
    """The service: `invoke(function, event)` runs a handler; what it printed is kept in `output`."""

    clock: Clock
    logins: FakeLogins
    sessions: FakeSessions
    claims: FakeClaims
    delay_queue: FakeDelayQueue
    _read_output: Callable[[], str]
    flinks: FakeFlinks = field(default_factory=FakeFlinks)
    workflow: FakeWorkflow = field(default_factory=lambda: FakeWorkflow(TASK_TOKEN))
    events: FakeEvents = field(default_factory=FakeEvents)
    results: FakeResults = field(default_factory=FakeResults)
    webhook_secret: str | None = WEBHOOK_SECRET
    output: str = ""

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        handler = importlib.import_module(f"functions.{function}.app").lambda_handler
        try:
            reply = handler(event, Context())
        finally:
            self.output += self._read_output()
        # Lambda turns the reply into JSON as UTF-8; what it cannot turn is a crash.
        return json.loads(json.dumps(reply, ensure_ascii=False).encode())


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Deployed:
    for name, value in FUNCTION_SETTINGS.items():
        monkeypatch.setenv(name, value)
    log = StringIO()
    # Powertools took hold of stdout when it was imported, before pytest began to listen.
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)
    clock, logins = Clock(), FakeLogins()

    def read_output() -> str:
        lines = log.getvalue() + "".join(capsys.readouterr())
        log.seek(0)
        log.truncate()
        return lines

    service = Deployed(clock, logins, FakeSessions(logins), FakeClaims(clock), FakeDelayQueue(clock), read_output)
    parts: dict[str, Callable[[], Any]] = {
        "_sessions": lambda: service.sessions,
        "_logins": lambda: service.logins,
        "_claims": lambda: service.claims,
        "_flinks": lambda: service.flinks,
        "_workflow": lambda: service.workflow,
        "_workflow_by_token": lambda: service.workflow,
        "_events": lambda: service.events,
        "_delay_queue": lambda: service.delay_queue,
        "_results": lambda: service.results,
        "_signing_key": lambda: SIGNING_KEY,
        "_webhook_secret": lambda: service.webhook_secret,
        "_now": clock,
    }
    for name, build in parts.items():
        monkeypatch.setattr(wiring, name, build)
    monkeypatch.setattr(steps, "now", clock)
    return service
