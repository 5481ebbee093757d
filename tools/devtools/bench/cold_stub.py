"""AWS and Flinks as a cold function meets them: every call is answered at once, as if all went well."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from devtools.engine.settings import HOST, REPOSITORY
from reconnect.adapters.dynamodb.header_rows import header_row
from reconnect.adapters.dynamodb.session_items import from_item, to_item
from reconnect.adapters.dynamodb.table import marshal, unmarshal
from reconnect.model.batch import Window
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus
from reconnect.model.institution import Institution
from reconnect.model.receipts import Receipt, StoredResult
from reconnect.model.session import Status
from reconnect.model.signing import Link, RedirectState

# One ordinary event of each function: events/<function>/<case>.json.
EVENTS = {
    "build_connect_url": "await_answer",
    "cancel_session": "api",
    "help_user": "remind",
    "find_sessions": "list_needs_user",
    "close_session": "accounts_fresh",
    "connect_page": "page",
    "deliver_events": "reconnect_required",
    "erase_login": "api",
    "fetch_accounts": "first_reading",
    "flinks_webhook": "from_flinks",
    "open_batch": "api_new",
    "open_session": "api_new",
    "poll_authorize": "first_look",
    "read_result": "api",
    "read_session": "api",
    "redirect_webhook": "from_connect",
    "roll_up_endings": "ended",
    "run_batch": "tick",
    "start_authorize": "first_attempt",
    "sweep_sessions": "every_minute",
}
_SESSION_ID = "0123456789abcdef0123456789abcdef"
_SECRET = {"secretKey": "key"}
_SECRET_TEXT = json.dumps(_SECRET)
# In which status a function finds its session, if it is not AWAITING_USER.
_STATUSES = {
    "start_authorize": Status.STARTING,
    "poll_authorize": Status.AUTHORIZING,
    "build_connect_url": Status.AUTHORIZING,
    "fetch_accounts": Status.AUTHORIZING,
    "close_session": Status.FETCHING,
    "connect_page": Status.AWAITING_CLICK,
    "read_result": Status.SUCCEEDED,
}


class _Server(ThreadingHTTPServer):
    """AWS and Flinks for one function."""

    def __init__(self, function: str) -> None:
        super().__init__((HOST, 0), _Answers)
        self.function = function


class Stub:
    """The stub's servers, one for each function, and events that fit them."""

    def __init__(self) -> None:
        self._servers = {function: _Server(function) for function in EVENTS}

    def url(self, function: str) -> str:
        """Return the address of AWS and Flinks for this function."""
        return f"http://{HOST}:{self._servers[function].server_port}"

    def __enter__(self) -> Self:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def event(self, function: str) -> dict[str, Any]:
        """Return the function's event, signed anew."""
        event: dict[str, Any] = _read(function, EVENTS[function])
        key, until = _SECRET_TEXT.encode(), datetime.now(UTC) + timedelta(days=1)
        if function == "connect_page":
            event["pathParameters"] = {"link": Link(_SESSION_ID, until).sign(key)}
        if function == "redirect_webhook":
            event["pathParameters"] = {"state": RedirectState(_SESSION_ID, 1, until).sign(key)}
        if function == "open_batch":
            event["body"] = json.dumps({**json.loads(event["body"]), "deadline": until.isoformat()})
        if function == "flinks_webhook":
            digest = hmac.new(key, event["body"].encode(), hashlib.sha256).digest()
            event["headers"]["flinks-authenticity-key"] = base64.b64encode(digest).decode()
        return event


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    _aws: ClassVar[Mapping[str, Any]] = {
        "GetSecretValue": {"SecretString": _SECRET_TEXT},
        "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
        "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
        "StartExecution": {"executionArn": "arn", "startDate": 1.0},
        "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
    }

    def do_POST(self) -> None:
        """Answer a call of AWS, or of Flinks."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if target == "GetItem":
            self._send(_found(json.loads(body)["Key"]["sk"]["S"], self.server.function))
        elif target:
            self._send(self._aws.get(target, {"Attributes": {}}))
        elif self.path.endswith("GenerateAuthorizeToken"):
            self._send({"HttpStatusCode": 200, "Token": "token"})
        else:
            self._send({"HttpStatusCode": 202, "FlinksCode": "OPERATION_PENDING", "RequestId": "request"}, 202)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815

    def _send(self, body: Mapping[str, Any], status: int = 200) -> None:
        data = json.dumps(body, default=_encode).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def _encode(value: bytes) -> str:
    """Binary values of items, as DynamoDB writes them in JSON."""
    return base64.b64encode(value).decode()


def _read(function: str, case: str) -> Any:
    return json.loads((REPOSITORY / "events" / function / f"{case}.json").read_text())


def _found(sort_key: str, function: str) -> dict[str, Any]:
    """The reply of DynamoDB to a function that reads one item: there are a session and a batch, and nothing else."""
    match sort_key:
        case "SESSION":
            return {"Item": _session(function)}
        case "BATCH":
            return {"Item": _batch()}
    return {}


def _batch() -> dict[str, Any]:
    """A batch that runs, at one institution."""
    now = datetime.now(UTC)
    banks = {"flinkscapital": BankProgress(Institution(14, "FlinksCapital"), open=1)}
    window = Window(now, now + timedelta(hours=8), cap=20)
    run = BatchRun(
        batch_id=_SESSION_ID,
        asked="digest",
        created_at=now,
        window=window,
        status=BatchStatus.RUNNING,
        banks=banks,
        items=1,
        version=1,
    )
    return marshal(header_row(run, retention=timedelta(days=1)))


def _session(function: str) -> dict[str, Any]:
    """The session that a function finds, in DynamoDB's format."""
    (record,) = _read("deliver_events", "reconnect_required")["Records"]
    asking, later = from_item(unmarshal(record["dynamodb"]["NewImage"])), datetime.now(UTC) + timedelta(days=1)
    result = StoredResult(_SESSION_ID, 1, hashlib.sha256().hexdigest(), later)
    receipt = Receipt(fresh=True, last_refresh=later, result=result) if function == "read_result" else None
    status = _STATUSES.get(function, asking.status)
    return marshal(to_item(replace(asking, link_expires_at=later, status=status, receipt=receipt)))
