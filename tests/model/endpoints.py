"""The service's endpoints, called as AWS calls them: at least once, with its own retries."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.builders import WEBHOOK_SECRET
from tests.model.machine import Execution
from tests.model.scheduling import Invocation

if TYPE_CHECKING:
    from tests.model.world import World

# Lambda's retries of an asynchronous call: after how many seconds.
_ASYNC_RETRIES = (60, 120)
_BATCH = 10


class Endpoints:
    """Each method makes one call and returns its run; the result is known once the run is over."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._requests = 0
        self._delivering = False

    def open(self, body: dict[str, Any], key: str | None = None) -> Invocation:
        """Call POST /sessions."""
        headers = {"idempotency-key": key} if key else {}
        event = {"requestContext": {}, "headers": headers, "body": json.dumps(body)}
        return self._world.invoke("open_session", event, self._world.checks.opened(body, key))

    def request_on_bus(self, body: dict[str, Any], event_id: str) -> Invocation:
        """Deliver a RefreshRequested event."""
        return self._in_background("open_session", {"id": event_id, "detail": body})

    def start_workflow(self, name: str, body: dict[str, Any]) -> None:
        """Start our workflow from another one, with a request as input."""
        self._world.machine.begin(name, body)

    def cancel(self, session_id: str) -> Invocation:
        """Call POST /sessions/{id}/cancel."""
        return self._call("cancel_session", {"requestContext": {}, "pathParameters": {"sessionId": session_id}})

    def extend(self, session_id: str, hours: int) -> Invocation:
        """Call POST /sessions/{id}/extend."""
        event = {
            "routeKey": "POST /sessions/{sessionId}/extend",
            "requestContext": {},
            "pathParameters": {"sessionId": session_id},
            "body": json.dumps({"linkLifetimeHours": hours}),
        }
        return self._call("help_user", event)

    def erase(self, login_id: str) -> Invocation:
        """Call DELETE /logins/{loginId}."""
        return self._call("erase_login", {"requestContext": {}, "pathParameters": {"loginId": login_id}})

    def redirect(self, state: str, login_id: str | None) -> Invocation:
        """Call GET /redirect/{state}: Connect sends the browser back."""
        query = {"loginId": login_id} if login_id else {}
        event = {"pathParameters": {"state": state}, "queryStringParameters": query, "headers": {}}
        return self._call("redirect_webhook", event, self._world.owed.redirect(state, login_id))

    def page(self, session_id: str, call: str, body: object = None) -> Invocation:
        """Make a call of the hosted page: attempts, events or status."""
        link = self._world.checks.links[session_id]
        method = "GET" if call == "status" else "POST"
        event = {
            "routeKey": f"{method} /connect/{{link}}/{call}",
            "pathParameters": {"link": link},
            "headers": {},
            "body": json.dumps(body),
        }
        if call == "attempts":
            return self._call("connect_page", event, self._world.owed.click(session_id))
        if body == {"step": "REDIRECT"}:
            return self._call("connect_page", event, self._world.owed.evidence(session_id, "page event"))
        return self._call("connect_page", event)

    def webhook(self, login_id: str, *, is_forged: bool = False) -> Invocation:
        """Call POST /webhooks/flinks."""
        raw = json.dumps({"Login": {"Id": login_id}})
        secret = "forged" if is_forged else WEBHOOK_SECRET
        digest = hmac.new(secret.encode(), raw.encode(), hashlib.sha256).digest()
        headers = {"flinks-authenticity-key": base64.b64encode(digest).decode()}
        replied = _nothing if is_forged else self._world.owed.webhook(login_id)
        return self._call("flinks_webhook", {"headers": headers, "body": raw}, replied)

    def request(self, function: str, event: Mapping[str, object]) -> Invocation:
        """Call an endpoint with any event, such as a link that nobody signed."""
        return self._call(function, event)

    def sweep(self) -> Invocation:
        """Run the sweeper, as its schedule does."""
        return self._call("sweep_sessions", {})

    def report_broken(self, execution: Execution) -> Invocation:
        """Deliver the event Step Functions Execution Status Change."""
        detail = {
            "executionArn": f"arn:{execution.name}",
            "name": execution.name,
            "status": execution.status,
            "input": json.dumps(execution.given),
        }
        return self._in_background("sweep_sessions", {"detail": detail})

    def deliver(self, size: int = _BATCH) -> Invocation | None:
        """Deliver the next batch of the table's stream; from the first failure on it is delivered again."""
        world = self._world
        batch = world.sessions.published[world.delivered : world.delivered + size]
        if not batch:
            return None
        numbered = list(enumerate(batch, world.delivered))
        records = [
            {
                "dynamodb": {
                    "NewImage": {"session": session},
                    "SequenceNumber": str(number),
                    "ApproximateCreationDateTime": world.now().timestamp(),
                }
            }
            for number, session in numbered
        ]

        def delivered(run: Invocation) -> None:
            if run.error is not None:
                return
            failed = [int(each["itemIdentifier"]) for each in run.reply["batchItemFailures"]]
            world.delivered = max(world.delivered, min(failed, default=numbered[-1][0] + 1))

        return world.invoke("deliver_events", {"Records": records}, delivered)

    def redeliver(self) -> Invocation | None:
        """Deliver the last batch once more."""
        world = self._world
        before, world.delivered = world.delivered, max(0, world.delivered - _BATCH)
        run = self.deliver()
        world.delivered = before
        return run

    def _call(self, function: str, event: Any, replied: Callable[[Invocation], None] | None = None) -> Invocation:
        return self._world.invoke(function, event, replied or _nothing)

    def _in_background(self, function: str, event: Any, retries: tuple[int, ...] = _ASYNC_RETRIES) -> Invocation:
        def ended(run: Invocation) -> None:
            if run.error is not None and retries:
                self._world.after(retries[0], again)

        def again() -> None:
            self._in_background(function, event, retries[1:])

        return self._world.invoke(function, event, ended)


def _nothing(_: Invocation) -> None:
    return None
