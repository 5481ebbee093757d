"""A stand-in for the service's batches, behind the HTTP client of the command line and of the client package."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from reconnect.model.batch_request import BatchRequest
from reconnect.views.batch_view import show_planned
from tests.schemas.checking import api_validator, faults
from tests.unit.world import World

BATCH_ID = "0123456789abcdef0123456789abcdef"
REPORT = {"jsonl": b'{"ending": "SUCCEEDED"}\n', "csv": b"ending\nSUCCEEDED\n", "parquet": b"PAR1\x00\xff\nPAR1"}
_ACTIONS = {"pause": "PAUSED", "resume": "RUNNING", "stop": "STOPPING"}


def a_view(**changes: Any) -> dict[str, Any]:
    """A batch at one institution, as the API shows it."""
    totals = dict.fromkeys(
        ("items", "duplicates", "malformed", "skipped", "queued", "live", "parked", "ended", "notStarted", "succeeded"),
        0,
    )
    bank = {
        **{"key": "7", "institution": {"id": 7, "names": {"en": "Zag", "fr": "Zag"}}, "endings": {}},
        **{"queued": 0, "live": 0, "parked": 0, "ended": 0, "cap": 60, "breaker": "closed", "endsAt": None},
    }
    view: dict[str, Any] = {
        **{"batchId": BATCH_ID, "label": None, "status": "RUNNING", "createdAt": "2026-03-14T04:00:00Z"},
        **{"startAt": "2026-03-14T04:00:00Z", "deadline": "2026-03-14T10:00:00Z", "maxPerInstitution": 60},
        **{"totals": totals, "endings": {}, "skipped": {}, "institutions": [bank], "endsAt": None, "dollars": 0.0},
        **{"malformed": [], "failureCode": None, "report": None},
    }
    return {**view, **changes, "totals": {**totals, **changes.get("totals", {})}}


@dataclass
class BatchService:
    """Answers as the contract says. `ending`: the views that reads of the batch give in turn, the last one for ever;
    `listed`: what the list has, two on a page.

    `asked`: the requests so far; `keys`: the body of each Idempotency-Key; `on_part` is called after a part was taken.
    """

    world: World
    ending: list[dict[str, Any]] = field(default_factory=lambda: [a_view()])
    login_ids: list[str] = field(default_factory=list)
    listed: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    status: str = "LOADING"
    on_part: Callable[[int], None] = lambda _number: None

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Answer one request."""
        path = (request.url or "").partition("api.test")[2]
        if path.startswith("/report."):
            return _response(200, REPORT[path.removeprefix("/report.")])
        body = json.loads(request.body) if request.body else None
        self.asked.append((f"{request.method} {path.replace(BATCH_ID, '{id}')}", body))
        if request.method == "GET" and path.partition("?")[0] == "/batches":
            status, answer = 200, self._page(path)
        else:
            status, answer = self._answer(path, body, dict(request.headers).get("Idempotency-Key"), request.body)
        return _response(status, json.dumps(answer).encode())

    def _answer(self, path: str, body: Any, key: Any, raw: Any) -> tuple[int, dict[str, Any]]:
        answer: dict[str, Any]
        match path.strip("/").split("/"):
            case ["batches", "plan"]:
                sent = BatchRequest.parse(body, datetime.now(UTC))
                answer = show_planned(self.world.service.plan_batch(sent), sent.lines, lambda _: None)
            case ["batches"] if self.keys.setdefault(key, raw) != raw:
                return 409, {"code": "idempotency_key_reused", "title": "Reused", "detail": "Another body."}
            case ["batches"] | ["batches", _, "items"]:
                name = "OpenBatchRequest" if path == "/batches" else "AddItemsRequest"
                assert faults(api_validator(name), body) == []
                answer = self._take(body)
            case ["batches", _, asked] if asked.startswith("report?format="):
                form = asked.partition("=")[2]
                answer = {"url": f"https://api.test/report.{form}", "expiresAt": "2026-03-14T11:00:00Z"}
            case ["batches", _, "caps"]:
                answer = a_view(institutions=[{**self.ending[0]["institutions"][0], "cap": body["max"]}])
            case ["batches", _, action]:
                answer = a_view(status=_ACTIONS[action])
            case ["batches", found] if found == BATCH_ID:
                answer = self.ending.pop(0) if len(self.ending) > 1 else self.ending[0]
            case _:
                return 404, {"code": "batch_not_found", "title": "No such batch", "detail": "Check the id."}
        return 200, answer

    def _page(self, path: str) -> dict[str, Any]:
        first = int(path.partition("?cursor=")[2] or 0)
        page = {
            "batches": self.listed[first : first + 2],
            "cursor": str(first + 2) if self.listed[first + 2 :] else None,
        }
        assert faults(api_validator("BatchPage"), page) == []
        return page

    def _take(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.status == "LOADING":
            named = body.get("loginIds") or [item["loginId"] for item in body["items"]]
            self.login_ids += [login_id for login_id in named if login_id not in set(self.login_ids)]
            self.status = "LOADING" if body.get("moreItems") else "RUNNING"
        self.on_part(len(self.asked))
        return a_view(status=self.status, totals={"items": len(self.login_ids), "queued": len(self.login_ids)})


def a_listed(number: int, **changes: Any) -> dict[str, Any]:
    """A batch in the list."""
    view = {**a_view(), "batchId": f"{number:032x}", "finishedAt": None, **changes}
    names = ("batchId", "label", "status", "createdAt", "startAt", "deadline", "finishedAt", "totals", "dollars")
    return {name: view[name] for name in (*names, "failureCode")}


def steps(*statuses: str) -> Iterator[dict[str, Any]]:
    """Views of one batch in these statuses, each with one login more that has ended."""
    for number, status in enumerate(statuses):
        left = len(statuses) - 1 - number
        yield a_view(
            status=status, totals={"items": number + left, "ended": number, "succeeded": number, "queued": left}
        )


def _response(status: int, content: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = status, content
    return response
