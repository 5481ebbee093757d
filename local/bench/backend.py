"""A backend as it should be: it opens sessions, and hears of them on the bus instead of asking again and again."""

import json
import threading
from collections import defaultdict
from types import TracebackType
from typing import Any, Self

from local.following import Snapshot
from local.service import Service

PATIENCE_SECONDS = 300
_NAME = "bench"

Detail = dict[str, Any]


class Backend:
    """One backend of one service, for as long as the `with` block lasts."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._sqs = service.engine.client("sqs")
        self._queue: str = self._sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        self._announced: dict[str, list[tuple[str, Detail]]] = defaultdict(list)
        self._news = threading.Condition()
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
        """Ask for fresh data for a new login of this FlinksCapital user; returns the session's id."""
        return self.open_for(self.service.simulator.bank.add_login(username))

    def open_for(self, login_id: str) -> str:
        """Ask for fresh data for this login; returns the session's id."""
        return str(self.service.api.open_session(loginId=login_id).body["sessionId"])

    def wait_until_asked(self, session_id: str, status: str = "AWAITING_USER") -> Detail:
        """Wait for the announcement that the user is needed, in this status."""
        return self._wait(session_id, lambda kind, detail: kind == "ReconnectRequired" and detail["status"] == status)

    def wait_for_success(self, session_id: str) -> Snapshot:
        """Wait for the announcement of the end, then read the session, once."""
        ended = self._wait(session_id, lambda kind, _: kind not in ("ReconnectRequired", "LoginChanged"))
        if ended["status"] != "SUCCEEDED":
            raise RuntimeError(f"session {session_id} ended {ended['status']}")
        return self.service.api.read_session(session_id)

    def _wait(self, session_id: str, is_it: Any) -> Detail:
        def find() -> Detail | None:
            return next((detail for kind, detail in self._announced[session_id] if is_it(kind, detail)), None)

        with self._news:
            if not self._news.wait_for(find, PATIENCE_SECONDS):
                raise TimeoutError(f"nothing was announced of session {session_id} in {PATIENCE_SECONDS} s")
            return find() or {}

    def _listen(self) -> None:
        while not self._stopping.is_set():
            answer = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                with self._news:
                    self._announced[event["detail"]["sessionId"]].append((event["detail-type"], event["detail"]))
                    self._news.notify_all()
