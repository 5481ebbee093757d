"""Take a request from the bus: open, join, or delay it until its login may be refreshed again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconnect.model.errors import TooSoon
from reconnect.model.frozen import frozen
from reconnect.model.open_request import OpenRequest
from reconnect.ports import Clock, DelayQueue, Logins
from reconnect.usecases.open_session import Opened, OpenSession


@frozen
class NotOpened:
    """The code that says why a request opened nothing, and when it is taken again; None: never."""

    code: str
    next_allowed_at: datetime | None = None


@frozen(kw_only=True)
class TakeRequest:
    """The use case behind `RefreshRequested`.

    No caller waits for the answer, so no caller would repeat a request that comes too soon: the delay queue repeats it
    until it opens or joins a session. The event's id is its idempotency key, so repeats are one request.
    """

    open: OpenSession
    logins: Logins
    delay_queue: DelayQueue
    clock: Clock

    def __call__(self, event: Mapping[str, Any]) -> Opened | NotOpened:
        """Take a bus event, {id, detail}, or a delayed one, {id, detail, wasKnown}, as this method queued it.

        `wasKnown`: the login had a record. If it has none now, it was erased while the request waited, and no request
        from before an erasure may start anything after it. Raises InvalidRequest or IdempotencyConflict for a request
        that can never be taken, and RequestNotKept if the queue did not accept one that must wait.
        """
        request, was_known = OpenRequest.parse(event["detail"]), event.get("wasKnown", False)
        if was_known and not self._is_known(request):
            return NotOpened("login_erased")
        try:
            return self.open(request, key=f"event/{event['id']}", by="bus")
        except TooSoon as refusal:
            waiting = {
                "id": event["id"],
                "detail": event["detail"],
                "wasKnown": was_known or self._is_known(request),
            }
            self.delay_queue.put(waiting, refusal.next_allowed_at - self.clock())
            return NotOpened(refusal.code, refusal.next_allowed_at)

    def _is_known(self, request: OpenRequest) -> bool:
        return self.logins.get(request.login_id).version > 0
