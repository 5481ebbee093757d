"""The deployed service's events match their schemas and reach the consumers whose pattern selects them."""

import re
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests

from devtools.schemas import SCHEMAS
from devtools.service import Service
from tests.system.support import a_user_at, listening, open_session, receive, wait_for_end, wait_until

_PAGE = (SCHEMAS.parent / "docs" / "events.md").read_text()
(_PATTERN,) = re.findall(r"```json\n(.*?\"correlationIds\".*?)```", _PAGE, re.DOTALL)


def test_a_consumer_receives_only_its_sessions_events_and_they_are_valid(service: Service) -> None:
    with listening(service, "own-sessions", _PATTERN) as queue:
        of_another = open_session(service, "Greatday", correlationId=f"another:{uuid4().hex}")
        answered, refused, cancelled = (
            open_session(service, username, correlationId=f"billing:{uuid4().hex}")
            for username in ("Greatday", "test_disabled_account", "Greatday")
        )
        service.api.cancel_session(of_another)
        waiting = wait_until(service, answered, "AWAITING_USER")
        (redirect_url,) = parse_qs(urlsplit(waiting["connectUrl"]).query)["redirectUrl"]
        requests.get(redirect_url, params={"loginId": str(uuid4())}, timeout=30)
        a_user_at(waiting).answer_correctly()
        for session_id in (answered, refused):
            wait_for_end(service, session_id)
        service.api.cancel_session(cancelled)

        received: list[dict[str, Any]] = []
        while "SessionCancelled" not in [event["detail-type"] for event in received]:
            received.append(receive(service, queue))

    by_session: defaultdict[str, list[str]] = defaultdict(list)
    for event in sorted(received, key=lambda event: event["detail"]["sequence"]):
        by_session[event["detail"]["sessionId"]].append(event["detail-type"])
    assert by_session[answered] == ["ReconnectRequired", "LoginChanged", "SessionSucceeded"]
    assert by_session[refused] == ["SessionFailed"]
    assert by_session[cancelled][-1] == "SessionCancelled"
    assert of_another not in by_session
