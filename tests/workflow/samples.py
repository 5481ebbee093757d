"""Sample results of the real functions: the handlers run, only their use cases are replaced."""

import importlib
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from reconnect.model.attempt import Attempt
from reconnect.model.receipts import Receipt, StoredResult
from reconnect.model.session import Session, Status
from reconnect.model.step import Polled, Step
from reconnect.rules.pacing import MOST_POLLS
from reconnect.runtime.aws import install
from reconnect.runtime.service import Service
from reconnect.usecases.open_session import Opened
from tests.fakes.lambda_runtime import Context
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

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
    """A session with all the data that must not leave it."""
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
    return Step("PENDING", "OPERATION_PENDING", wait_seconds=2, max_retries=3, link_ends_at=0)


class _ReadsOne:
    """The use case that reads a session, or follows it."""

    def follow(self, _session_id: str, polls: int) -> tuple[Session, int]:
        return a_session(), polls


def _polled(*_arguments: object, **_window: int) -> Polled:
    return Polled(_steps_found(), 2, MOST_POLLS, ())


_USE_CASES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "OpenSession": (
        "open_session",
        lambda *_, **__: Opened(a_session(), joined=False),
        {"request": {"loginId": SECRETS["login_id"]}, "executionName": "execution"},
    ),
    "ReadSession": ("read_session", _ReadsOne(), {"sessionId": "s", "looks": 1}),
    "StartAuthorize": ("start_authorize", _steps_found, {"sessionId": "s", "attempt": 1, "retries": 0}),
    "PollAuthorize": ("poll_in_window", _polled, {"sessionId": "s", "polls": 1, "retries": 0}),
    "FetchAccounts": ("fetch_accounts", _steps_found, {"sessionId": "s", "fetches": 1}),
    "CloseSession": ("finish_session", lambda *_: a_session(), {"sessionId": "s", "reason": "ACCOUNTS_FRESH"}),
}
ANSWERING = tuple(_USE_CASES)


def handler_module(function: str) -> ModuleType:
    """The module of a function's handler, by its name in the template."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in function).lstrip("_")
    return importlib.import_module(f"functions.{snake}.app")


def answer_of(function: str) -> Any:
    """What the real handler of a workflow function returns to the state machine."""
    name, use_case, event = _USE_CASES[function]
    service = Service(FakePorts(), a_settings())
    setattr(service, name, use_case)
    install(service)
    try:
        return handler_module(function).lambda_handler(event, Context())
    finally:
        install(None)
