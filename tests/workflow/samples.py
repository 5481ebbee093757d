"""What states receive when the real functions answer them: the handlers run, only their use cases are replaced."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from reconnect.model.receipts import Receipt, StoredResult
from reconnect.model.session import Attempt, Session, Status
from reconnect.model.step import Step
from reconnect.runtime import observability, opening, wiring
from reconnect.usecases.open_session import Opened

SECRETS = {
    "login_id": "5e115eb7-94b4-4b19-9a0a-1d0d71b00001",
    "request_id": "5e115eb7-94b4-4b19-9a0a-1d0d71b00002",
    "data_request_id": "5e115eb7-94b4-4b19-9a0a-1d0d71b00003",
    "task_token": "AQCsecretTaskToken",
    "connect_url": "https://connect.example/v2/?requestId=secret",
    "link": "https://reconnect.example/connect/a-signed-link",
    "result_id": "5e115eb794b44b199a0a1d0d71b00004",
}

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_RESULT = StoredResult(SECRETS["result_id"], size=3, sha256="5e" * 32, expires_at=_NOW)


def a_session(status: Status = Status.SUCCEEDED) -> Session:
    """A session that knows everything which must not leave it."""
    return Session(
        session_id="0123456789abcdef",
        login_id=SECRETS["login_id"],
        execution_name="execution",
        status=status,
        created_at=_NOW,
        link_expires_at=_NOW,
        due_at=None if status.is_terminal else _NOW,
        attempt=Attempt(1, started_at=_NOW, request_id=SECRETS["request_id"]),
        task_token=SECRETS["task_token"],
        connect_url=SECRETS["connect_url"],
        link=SECRETS["link"],
        data_request_id=SECRETS["data_request_id"],
        receipt=Receipt(fresh=True, last_refresh=_NOW, account_count=1, result=_RESULT),
    )


def _steps_found(*_arguments: object) -> Step:
    return Step("PENDING", "OPERATION_PENDING", wait_seconds=2, max_retries=3)


_USE_CASES: dict[str, tuple[str, Callable[..., Any], dict[str, Any]]] = {
    "OpenSession": (
        "open_session",
        lambda *_, **__: Opened(a_session(), joined=False),
        {"request": {"loginId": SECRETS["login_id"]}, "executionName": "execution"},
    ),
    "ReadSession": ("read_session", lambda *_: a_session(), {"sessionId": "s", "looks": 1}),
    "StartAuthorize": ("start_authorize", _steps_found, {"sessionId": "s", "attempt": 1, "retries": 0}),
    "PollAuthorize": ("poll_authorize", _steps_found, {"sessionId": "s", "polls": 1, "retries": 0}),
    "FetchAccounts": ("fetch_accounts", _steps_found, {"sessionId": "s", "fetches": 1}),
    "CloseSession": ("close_session", lambda *_: a_session(), {"sessionId": "s", "reason": "ACCOUNTS_FRESH"}),
}
ANSWERING = tuple(_USE_CASES)


def handler_module(function: str) -> ModuleType:
    """The module of a function's handler, by its name in the template."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in function).lstrip("_")
    return importlib.import_module(f"functions.{snake}.app")


def answer_of(function: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the real handler of a workflow function returns to the state machine."""
    name, use_case, event = _USE_CASES[function]
    monkeypatch.setattr(wiring, name, lambda: use_case)
    monkeypatch.setattr(wiring, "before_following", lambda looks: looks)
    module = handler_module(function)
    for name in ("count", "report"):
        for counting in (module, opening):
            if hasattr(counting, name):
                monkeypatch.setattr(counting, name, lambda *_, **__: None)
    monkeypatch.setattr(observability.metrics, "namespace", "Tests")
    return module.lambda_handler.__wrapped__.__wrapped__(event, None)
