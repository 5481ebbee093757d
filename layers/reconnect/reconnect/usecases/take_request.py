"""Take a request from the bus: open, join, or let it wait until its login may be asked for again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconnect.model.errors import TooSoon
from reconnect.model.open_request import OpenRequest
from reconnect.ports import Clock, DelayQueue, Logins
from reconnect.usecases.open_session import Opened, OpenSession


@dataclass(frozen=True, slots=True)
class NotOpened:
    """Why a request opens nothing now, for programs, and when it is taken again; None: never."""

    code: str
    next_allowed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRequest:
    """The use case behind `RefreshRequested`.

    Nobody waits for its answer, so nobody would repeat a request that comes too soon: it repeats itself, through the
    queue, until it opens or joins a session. Its event's id is its key, so however often it comes it is one request.
    """

    open: OpenSession
    logins: Logins
    delay_queue: DelayQueue
    clock: Clock

    def __call__(self, event: Mapping[str, Any]) -> Opened | NotOpened:
        """Take a bus event, {id, detail}, or one that waited, {id, detail, wasKnown}, as this wrote it then.

        `wasKnown`: there was a record of the login. If there is none now, the login was erased while the request
        waited, and nothing of before an erasure may begin anew after it. Raises what can never be taken as
        InvalidRequest or IdempotencyConflict, and RequestNotKept if the queue does not take what must wait.
        """
        request, was_known = OpenRequest.parse(event["detail"]), event.get("wasKnown", False)
        if was_known and not self._is_known(request):
            return NotOpened("login_erased")
        try:
            return self.open(request, key=f"event/{event['id']}")
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
