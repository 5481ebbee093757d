"""The typed client: it repeats what may succeed later, and waits for a session's end."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, Self, TypedDict, TypeVar, Unpack, cast
from uuid import uuid4

from reconnect_client.api import Api, ApiProblem, NoAnswer
from reconnect_client.batches import length, parts
from reconnect_client.results import fetch_report, fetch_result
from reconnect_client.types import (
    AddItemsRequest,
    Batch,
    BatchPage,
    BatchPlan,
    BatchRequest,
    Erasure,
    EventPage,
    EvidenceDocument,
    FindRequest,
    FoundLogin,
    FoundLogins,
    InstitutionHealth,
    InstitutionList,
    ListedBatch,
    ListedSession,
    OpenBatchRequest,
    OpenRequest,
    ResultLink,
    Session,
    SessionPage,
    Status,
)

_ENDED = frozenset({"SUCCEEDED", "STALE", "EXPIRED", "FAILED", "CANCELLED", "REPAIRED"})
_BATCH_ENDED = frozenset({"FINISHED", "STOPPED", "FAILED"})
# A batch runs for hours; its view costs a read of the table.
_BATCH_POLL_SECONDS, _LOCAL_BATCH_POLL_SECONDS = 10.0, 0.5
# Whoever must wait longer for a repeat is told, instead of waiting here.
_LONGEST_PAUSE_SECONDS = 20.0

_Answer = TypeVar("_Answer")


class ListFilters(TypedDict, total=False):
    """Which sessions are listed. `endedOn`: a day such as 2026-03-14 (UTC); `limit`: how many a page has at most."""

    needs: Literal["user"]
    status: Status
    institution: str
    endedOn: str
    limit: int


class StillWaiting(Exception):
    """The session or the batch did not reach the expected status in time; it goes on."""


class Client:
    """A client of one service. Its methods raise ApiProblem for a refusal, NoAnswer if no reply came.

    A request that may succeed later is repeated up to `retries` times, after `Retry-After` or 1, 2, 4 seconds.
    """

    def __init__(self, api: Api, retries: int = 3, pause: Callable[[float], None] = time.sleep) -> None:
        self._api, self._retries, self._pause = api, retries, pause

    @classmethod
    def from_environment(cls) -> Self:
        """Return a client of RECONNECT_API_URL with AWS' usual credentials; raise Misconfigured."""
        return cls(Api.from_environment())

    def open(self, idempotency_key: str | None = None, **request: Unpack[OpenRequest]) -> Session:
        """Open a session, or join the live one of the login: `joined` says which.

        Without a key of yours, a new one makes the repeats of this call safe.
        """
        key = idempotency_key or str(uuid4())
        return cast(Session, self._patiently(lambda: self._api.open_session(key, **request)).body)

    def read(self, session_id: str) -> Session:
        """Read a session."""
        return cast(Session, self._patiently(lambda: self._api.read_session(session_id)))

    def link(self, session_id: str) -> str | None:
        """Return where to send the user; None once the session has ended. Keep it out of logs."""
        return self.read(session_id)["link"]

    def wait(self, session_id: str, *, patience: float) -> Session:
        """Read a session until it has ended; raise StillWaiting after `patience` seconds."""
        deadline = time.monotonic() + patience
        while (session := self.read(session_id))["status"] not in _ENDED:
            if time.monotonic() > deadline:
                raise StillWaiting(f"session {session_id} is still {session['status']} after {patience:.0f} s")
            self._pause(self._api.poll_seconds)
        return session

    def result_link(self, session_id: str) -> ResultLink:
        """Return a link of some minutes to the data. Keep it out of logs."""
        return cast(ResultLink, self._patiently(lambda: self._api.read_result(session_id)))

    def result(self, session_id: str) -> bytes:
        """Return the data as Flinks sent it, checked against its receipt; raise ResultProblem if it is gone."""
        return self._patiently(lambda: fetch_result(self._api, session_id))

    def evidence(self, session_id: str) -> EvidenceDocument:
        """Return what is recorded of a session, as a document in which any change can be found."""
        return cast(EvidenceDocument, self._patiently(lambda: self._api.read_evidence(session_id)))

    def cancel(self, session_id: str) -> Session:
        """End a session; one that has ended does not change."""
        return cast(Session, self._patiently(lambda: self._api.cancel_session(session_id)))

    def remind(self, session_id: str) -> Session:
        """Send the user the link again, as a reminder; a repeat within a minute changes nothing."""
        return cast(Session, self._patiently(lambda: self._api.remind_user(session_id)))

    def extend(self, session_id: str, *, link_lifetime_hours: int) -> Session:
        """Let the link live for so many hours since the session was opened; it never becomes shorter."""
        return cast(Session, self._patiently(lambda: self._api.extend_link(session_id, link_lifetime_hours)))

    def find(self, **by: Unpack[FindRequest]) -> list[FoundLogin]:
        """Find a login by its `loginId`, or those of a `userRef` or a `correlationId`; give exactly one."""
        return cast(FoundLogins, self._patiently(lambda: self._api.find_logins(**by)))["logins"]

    def sessions(self, **filters: Unpack[ListFilters]) -> Iterator[ListedSession]:
        """List sessions, page by page as they are consumed."""
        cursor: str | None = None
        while True:
            page = cast(SessionPage, self._patiently(partial(self._api.list_sessions, **filters, cursor=cursor)))
            yield from page["sessions"]
            cursor = page["cursor"]
            if cursor is None:
                return

    def events(self, after: str | None = None, *, since: str | None = None, limit: int = 100) -> Iterator[EventPage]:
        """Read the feed of events, page by page, up to the newest that can be read; each page is in order.

        `after`: the `cursor` of the last page that you have handled; keep it with what you made of the events. Without
        it the feed begins with the oldest event, or at `since`, a time such as 2026-03-14T09:26:00Z.
        """
        page: EventPage | None = None
        while page is None or page["hasMore"]:
            where = {"after": after} if after else {"from": since}
            page = cast(EventPage, self._patiently(partial(self._api.read_events, **where, limit=limit)))
            after = page["cursor"]
            yield page

    def institutions(self, window: Literal["24h", "7d", "30d"] = "24h") -> list[InstitutionHealth]:
        """Return how the sessions of each institution ended in the last 24 hours, 7 or 30 days."""
        return cast(InstitutionList, self._patiently(lambda: self._api.list_institutions(window)))["institutions"]

    def institution_health(self, institution_id: str) -> InstitutionHealth:
        """Return the same of one institution, in each window."""
        return cast(InstitutionHealth, self._patiently(lambda: self._api.read_institution_health(institution_id)))

    def plan_batch(self, **request: Unpack[BatchRequest]) -> BatchPlan:
        """Ask whether up to 1,000 logins can be refreshed by a deadline; nothing is started."""
        return cast(BatchPlan, self._patiently(lambda: self._api.plan_batch(**request)))

    def open_batch(self, idempotency_key: str | None = None, **request: Unpack[OpenBatchRequest]) -> Batch:
        """Open a batch; without a key of yours, a new one makes the repeats of this call safe."""
        key = idempotency_key or str(uuid4())
        return cast(Batch, self._patiently(lambda: self._api.open_batch(key, **request)))

    def add_items(self, batch_id: str, **request: Unpack[AddItemsRequest]) -> Batch:
        """Add up to 1,000 logins to a batch that was opened with `moreItems`; the last part says nothing of more."""
        return cast(Batch, self._patiently(lambda: self._api.add_batch_items(batch_id, **request)))

    def run_batch(
        self,
        items: Iterable[OpenRequest],
        /,
        *,
        idempotency_key: str,
        progress: Callable[[int, Batch], None] = lambda _sent, _batch: None,
        **settings: Unpack[OpenBatchRequest],
    ) -> Batch:
        """Open a batch of any number of logins, in parts; `progress` is called with how many were sent so far.

        The same key, items and settings go on where an earlier call was interrupted. Raises ValueError without items.
        """
        bodies = parts(items)
        if (first := next(bodies, None)) is None:
            raise ValueError("a batch needs at least one login")
        request = cast(OpenBatchRequest, {**settings, **first})
        batch = self.open_batch(idempotency_key, **request)
        sent = length(first)
        progress(sent, batch)
        for body in bodies:
            if batch["status"] != "LOADING":
                # An earlier call sent the last part.
                break
            sent += length(body)
            if batch["totals"]["items"] < sent:
                batch = self.add_items(batch["batchId"], **body)
            progress(sent, batch)
        return batch

    def batch(self, batch_id: str) -> Batch:
        """Read a batch: how far it is, by institution."""
        return cast(Batch, self._patiently(lambda: self._api.read_batch(batch_id)))

    def batches(self) -> Iterator[ListedBatch]:
        """List batches, the newest first, page by page as they are consumed."""
        cursor: str | None = None
        while True:
            page = cast(BatchPage, self._patiently(partial(self._api.list_batches, cursor)))
            yield from page["batches"]
            cursor = page["cursor"]
            if cursor is None:
                return

    def pause_batch(self, batch_id: str) -> Batch:
        """Begin no more sessions of a batch; those that are live go on."""
        return self._steer(batch_id, "pause")

    def resume_batch(self, batch_id: str) -> Batch:
        """Begin sessions of a batch again."""
        return self._steer(batch_id, "resume")

    def stop_batch(self, batch_id: str) -> Batch:
        """End a batch: no more sessions begin, those that are live go on to their end."""
        return self._steer(batch_id, "stop")

    def set_cap(self, batch_id: str, institution: str, most: int) -> Batch:
        """Let a batch have so many live attempts at an institution, named by its `key`; 0 is none for now."""
        return cast(Batch, self._patiently(lambda: self._api.cap_batch(batch_id, institution, most)))

    def batch_report(self, batch_id: str, report_format: Literal["jsonl", "csv", "parquet"] = "jsonl") -> bytes:
        """Return the report of a batch that has ended, texts in UTF-8; raise ResultProblem if it is gone."""
        return self._patiently(lambda: fetch_report(self._api, batch_id, report_format))

    def wait_for_batch(
        self, batch_id: str, *, patience: float, progress: Callable[[Batch], None] = lambda _batch: None
    ) -> Batch:
        """Read a batch until it has ended; raise StillWaiting after `patience` seconds. `progress` gets every view."""
        deadline = time.monotonic() + patience
        while True:
            batch = self.batch(batch_id)
            progress(batch)
            if batch["status"] in _BATCH_ENDED:
                return batch
            if time.monotonic() > deadline:
                raise StillWaiting(f"batch {batch_id} is still {batch['status']} after {patience:.0f} s")
            self._pause(_LOCAL_BATCH_POLL_SECONDS if self._api.is_local else _BATCH_POLL_SECONDS)

    def erase(self, login_id: str, *, delete_card: bool = False) -> Erasure:
        """Erase a login, its sessions and its data."""
        return cast(Erasure, self._patiently(lambda: self._api.erase_login(login_id, delete_card=delete_card)))

    def _steer(self, batch_id: str, action: str) -> Batch:
        return cast(Batch, self._patiently(lambda: self._api.steer_batch(batch_id, action)))

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer:
        for tried in range(self._retries):
            try:
                return call()
            except NoAnswer:
                self._pause(2.0**tried)
            except ApiProblem as problem:
                seconds = 2.0**tried if problem.retry_after is None else problem.retry_after
                if not problem.is_temporary or seconds > _LONGEST_PAUSE_SECONDS:
                    raise
                self._pause(seconds)
        return call()
