"""The handlers as they are deployed, over fakes instead of AWS and Flinks."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from reconnect.runtime import observability
from reconnect.runtime.aws import install
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings
from tests.fakes.lambda_runtime import Context
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings


@dataclass
class Deployed(FakePorts):
    """The service: `invoke(function, event)` runs a handler; `output` holds what it printed."""

    read_output: Callable[[], str] = str
    output: str = field(default="")
    settings: Settings = field(default_factory=lambda: a_settings(event_feed=True))

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        install(Service(self, self.settings))
        handler = importlib.import_module(f"functions.{function}.app").lambda_handler
        try:
            reply = handler(event, Context())
        finally:
            self.output += self.read_output()
        # Lambda turns the reply into JSON as UTF-8, and fails if it cannot.
        return json.loads(json.dumps(reply, ensure_ascii=False).encode())

    def count(self, name: str, **dimensions: str) -> None:
        """Count a metric as the deployed functions do."""
        observability.count(name, **dimensions)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Deployed:
    log = StringIO()
    # Powertools kept the stdout of its import, before pytest captured it.
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)

    def read_output() -> str:
        lines = log.getvalue() + "".join(capsys.readouterr())
        log.seek(0)
        log.truncate()
        return lines

    return Deployed(read_output=read_output)
