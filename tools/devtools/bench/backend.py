"""A model backend: it opens sessions and receives their events from the bus instead of polling."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from devtools.service import Service, local_api
from reconnect_cli.following import Snapshot
from reconnect_client.api import Api, ApiProblem, NoAnswer

# Only a broken service takes this long. The engine, unlike AWS, sets no limit to an answer; a caller that gives up
# earlier makes it do the same work again, which would be measured.
PATIENCE_SECONDS = 900
_TRIES = 5
# What a gateway answers when the function did not.
_LOST = (502, 503, 504)
_NAME = "bench"

T = TypeVar("T")

Detail = dict[str, Any]


class _Inbox:
    """The events of one session; hundreds of sessions wait at once, each for its own."""

    def __init__(self) -> None:
        self._events: list[tuple[str, Detail]] = []
        self._changed = threading.Condition()

    def add(self, kind: str, detail: Detail) -> None:
        with self._changed:
            self._events.append((kind, detail))
            self._changed.notify_all()

    def wait_for(self, matches: Callable[[str, Detail], bool]) -> Detail | None:
        with self._changed:
            return self._changed.wait_for(
                lambda: next((detail for kind, detail in self._events if matches(kind, detail)), None), PATIENCE_SECONDS
            )


def open_session(api: Api, login_id: str) -> str:
    """Request fresh data for this login, again if the answer is lost, under one key; return the session's id.

    Without the key a repeat could come too soon after the session that the first request opened: 429.
    """
    key = str(uuid4())
    return str(patiently(lambda: api.open_session(key, loginId=login_id)).body["sessionId"])


def patiently(call: Callable[[], T]) -> T:
    """Make a call, again while its answer is lost: no reply in time, or only a gateway's; then TimeoutError."""
    for _ in range(_TRIES):
        try:
            return call()
        except NoAnswer:
            continue
        except ApiProblem as problem:
            if problem.status not in _LOST:
                raise
    raise TimeoutError(f"the service answered none of {_TRIES} requests")


class Backend:
    """One backend of one service, while the `with` block lasts."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._api = local_api(service.engine, service.stack, timeout=PATIENCE_SECONDS)
        self._sqs = service.engine.client("sqs")
        self._queue: str = self._sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        self._inboxes: dict[str, _Inbox] = defaultdict(_Inbox)
        self._stopping = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="backend", daemon=True)

    def __enter__(self) -> Self:
        events, bus = self.service.engine.client("events"), self.service.stack.outputs["EventBusName"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        events.put_rule(Name=_NAME, EventBusName=bus, EventPattern=json.dumps({"source": ["reconnect"]}))
        events.put_targets(Rule=_NAME, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        self._listening.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listening.join()

    def open(self, username: str) -> str:
        """Request fresh data for a new login of this FlinksCapital user; return the session's id."""
        return self.open_for(self.service.simulator.bank.add_login(username))

    def open_for(self, login_id: str) -> str:
        """Request fresh data for this login, again without an answer; return the session's id."""
        return open_session(self._api, login_id)

    def wait_until_asked(self, session_id: str) -> Detail:
        """Wait for the event that the user is needed."""
        return self._wait(session_id, lambda kind, _: kind == "ReconnectRequired")

    def wait_for_success(self, session_id: str) -> Snapshot:
        """Wait for the event of the end, then read the session once."""
        ended = self._wait(session_id, lambda kind, _: kind not in ("ReconnectRequired", "LoginChanged"))
        if ended["status"] != "SUCCEEDED":
            raise RuntimeError(f"session {session_id} ended {ended['status']}")
        return patiently(lambda: self._api.read_session(session_id))

    def _wait(self, session_id: str, matches: Callable[[str, Detail], bool]) -> Detail:
        found = self._inboxes[session_id].wait_for(matches)
        if found is None:
            raise TimeoutError(f"no event of session {session_id} in {PATIENCE_SECONDS} s")
        return found

    def _listen(self) -> None:
        while not self._stopping.is_set():
            answer = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                # BatchFinished is about no session.
                if session_id := event["detail"].get("sessionId"):
                    self._inboxes[session_id].add(event["detail-type"], event["detail"])
