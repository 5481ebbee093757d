"""Every endpoint refuses a record of a newer version; once it is readable again, the session goes on."""

from collections.abc import Callable
from typing import Any

import requests

from devtools.service import Service
from reconnect.adapters.dynamodb.formats import READ, WRITTEN
from tests.system.support import (
    a_login,
    a_user_at,
    problem_of,
    starts_of,
    sweep,
    wait_for_end,
    wait_until,
)


def _mark(service: Service, session_id: str, fmt: int) -> None:
    """Mark a session's record with another format."""
    service.engine.client("dynamodb").update_item(
        TableName=service.stack.outputs["TableName"],
        Key={"pk": {"S": f"SESSION#{session_id}"}, "sk": {"S": "SESSION"}},
        UpdateExpression="SET fmt = :fmt",
        ExpressionAttributeValues={":fmt": {"N": str(fmt)}},
    )


def _record(service: Service, session_id: str) -> dict[str, Any]:
    return dict(
        service.engine.client("dynamodb").get_item(
            TableName=service.stack.outputs["TableName"],
            Key={"pk": {"S": f"SESSION#{session_id}"}, "sk": {"S": "SESSION"}},
        )["Item"]
    )


def test_every_endpoint_refuses_a_record_of_a_newer_version_and_leaves_it(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    waiting = wait_until(service, session_id, "AWAITING_USER")
    user = a_user_at(waiting)
    _mark(service, session_id, READ + 1)
    before = _record(service, session_id)

    signed: list[Callable[[], Any]] = [
        lambda: service.api.open_session(loginId=login_id),
        lambda: service.api.open_session("a-key-of-its-own", loginId=login_id),
        lambda: service.api.read_session(session_id),
        lambda: service.api.read_result(session_id),
        lambda: service.api.cancel_session(session_id),
        lambda: service.api.erase_login(login_id),
    ]
    problems = [problem_of(request) for request in signed]
    calls = [
        requests.get(f"{waiting['link']}/status", timeout=30),
        requests.post(f"{waiting['link']}/attempts", timeout=30),
        requests.post(f"{waiting['link']}/events", json={"step": "REDIRECT"}, timeout=30),
    ]
    page = requests.get(waiting["link"], timeout=30)
    sweep(service)
    left = _record(service, session_id)
    _mark(service, session_id, WRITTEN)

    assert [(each.status, each.body["code"]) for each in problems] == [(503, "record_unreadable")] * len(problems)
    assert [(each.status_code, each.json()["code"]) for each in calls] == [(503, "record_unreadable")] * len(calls)
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert left == before
    user.answer_correctly()
    user.follow_redirect()
    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"
    assert starts_of(service, login_id) == 1
