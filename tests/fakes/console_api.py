"""An API for the operator's page: some sessions of one login, shown by the service's own views."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reconnect.model.batch import Window
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Steering, Wanted
from reconnect.model.hash_chain import Document
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.login_state import Action, FoundLogin, LoginState, Turn
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.waits import WaitReason
from reconnect.views.batch_progress import show_batch, show_listed_batch
from reconnect.views.evidence_document import evidence_of
from reconnect.views.login_view import show_listed, show_login
from reconnect.views.session_view import show
from reconnect_client.api import Api, ApiProblem, Reply
from tests.fakes.builders import CONNECT_URL, LINK, LOGIN_ID, a_receipt, a_session, an_attempt
from tests.fakes.clock import NOW

USER_REF = "user-4711"
WAITING_ID = "7d0b4c9e5a1f4e2b8c3d6f7a9b0e1c2d"
ENDED_ID = "1f6e2d8c4b9a4073a5d1c0e7f3b28694"
FAILED_ID = "c83a5e0d97b14f62b0e9d4a7615f2c38"
BATCH_ID = "a4b1c2d3e5f60718293a4b5c6d7e8f90"
LATE_BATCH_ID = "0b1c2d3e4f5061728394a5b6c7d8e9fa"
_PER_PAGE = 25
_KNOWN = {
    "tries": 40,
    "funnel": {"asked": 31, "opened": 30, "clicked": 30, "answered": 29, "succeeded": 28},
    "shares": {"asked": 0.775, "opened": 0.75, "clicked": 0.75, "answered": 0.725, "succeeded": 0.7},
    "owners": {"bank": 0.2, "us": 0.025, "user": 0.075},
    "secondsToAnswer": {"median": 41.5, "p90": 5400.0},
    "secondsToEnd": {"median": 55.0, "p90": 7200.0},
}
_FEW = {"tries": 3, **dict.fromkeys(_KNOWN.keys() - {"tries"})}

_TOLD = (
    TimelineEntry(NOW, Actor.CALLER, "session_opened", Status.STARTING),
    TimelineEntry(NOW + timedelta(seconds=1), Actor.SERVICE, "authorize_started", Status.AUTHORIZING),
    TimelineEntry(NOW + timedelta(seconds=4), Actor.BANK, "OPERATION_PENDING", Status.AUTHORIZING, polls=5),
    TimelineEntry(NOW + timedelta(seconds=9), Actor.BANK, "challenge_shown", Status.AWAITING_USER),
    TimelineEntry(NOW + timedelta(days=2), Actor.USER, "link_opened", Status.AWAITING_USER),
    TimelineEntry(NOW + timedelta(days=3), Actor.CALLER, "remind_requested user/support", Status.AWAITING_USER),
)


def _sessions() -> list[Session]:
    told = a_session(Status.AWAITING_USER, session_id=WAITING_ID, attempt=an_attempt(institution="Zag"), timeline=_TOLD)
    return [
        told,
        a_session(Status.SUCCEEDED, session_id=ENDED_ID, receipt=a_receipt(), timeline=_TOLD[:1]),
        a_session(Status.FAILED, session_id=FAILED_ID),
    ]


_ZAG = BankProgress(
    institution=Institution(7, "Zag"),
    open=41,
    live=6,
    parked=3,
    ended=10,
    succeeded=8,
    endings={"SUCCEEDED": 8, "RETRY_LATER": 2},
    breaker="half_open",
    seconds=400,
    samples=10,
)
_NIGHT = Window(NOW, NOW + timedelta(hours=6), 60)


def _batches() -> list[tuple[BatchRun, Steering]]:
    """Thirty batches, the newest first: one that runs, one that missed its deadline, and others that wait."""
    runs = BatchRun(
        batch_id=BATCH_ID,
        asked="a-seal",
        created_at=NOW,
        window=_NIGHT,
        status=BatchStatus.RUNNING,
        label="the night of the 14th",
        banks={"7": _ZAG, "unknown": BankProgress(open=2)},
        items=61,
        duplicates=1,
        malformed=1,
        skipped={"needs_user": 5},
        faults=((4, "must be a Flinks LoginId"),),
    )
    late = replace(
        runs,
        batch_id=LATE_BATCH_ID,
        created_at=NOW - timedelta(days=1),
        status=BatchStatus.FINISHED,
        banks={"7": replace(_ZAG, open=0, live=0, not_started=41)},
        finished_at=_NIGHT.deadline,
        report_key="batches/reports/a-report.jsonl",
    )
    waiting = [
        replace(runs, batch_id=f"{number:032x}", label=None, created_at=NOW - timedelta(days=number), banks={})
        for number in range(2, 30)
    ]
    return [
        (runs, Steering(BATCH_ID)),
        (late, Steering(LATE_BATCH_ID)),
        *((each, Steering(each.batch_id, Wanted.PAUSE)) for each in waiting),
    ]


def _institutions(window: str) -> dict[str, Any]:
    names = {"Zag": _KNOWN, "Desjardins": _FEW}
    return {
        "institutions": [
            {"id": name.lower(), "name": name, "status": None, "windows": {window: health}}
            for name, health in names.items()
        ]
    }


class ConsoleApi(Api):
    """Answers as the service does, and records the requests; 30 sessions wait for their user.

    `has_institutions`, `has_batches`: whether it is of a version that has `GET /institutions` and `GET /batches`.
    """

    def __init__(self, *, has_institutions: bool = True, has_batches: bool = True) -> None:
        """Connect to nothing."""
        self.url = "https://api.test"
        self.asked: list[tuple[str, str, Any]] = []
        self.problem: Exception | None = None
        self._has_institutions, self._has_batches = has_institutions, has_batches
        self._batches = _batches()
        self._sessions = {session.session_id: session for session in _sessions()}

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        del headers
        given = json.loads(body) if body else None
        self.asked.append((method, path, given))
        if self.problem:
            raise self.problem
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        match (method, *parts.path.split("/")[1:]):
            case ("POST", "logins", "find"):
                shown = self._find(given)
            case ("GET", "sessions"):
                shown = self._page(query)
            case ("GET", "institutions") if self._has_institutions:
                shown = _institutions(query.get("window", "24h"))
            case ("GET", "batches") if self._has_batches:
                shown = self._batch_page(query)
            case ("GET", "batches", known):
                shown = self._batch(known)
            case ("GET", "sessions", known) if known in self._sessions:
                shown = show(self._sessions[known], LINK)
            case ("GET", "sessions", known, "evidence") if known in self._sessions:
                shown = self.evidence(known)
            case ("POST", "sessions", known, action) if known in self._sessions:
                shown = show(self._act(known, action, given), LINK)
            case _:
                raise ApiProblem(
                    404, {"title": "Not found", "detail": "Nothing is there.", "code": "endpoint_not_found"}
                )
        return Reply(200, shown)

    def evidence(self, session_id: str) -> Document:
        return evidence_of(self._sessions[session_id], at=NOW, by="user/support")

    def _find(self, by: Any) -> dict[str, Any]:
        if by not in ({"loginId": LOGIN_ID}, {"userRef": USER_REF}):
            problem = {"title": "Not found", "detail": "No such login is known.", "code": "login_not_found"}
            raise ApiProblem(404, problem)
        login = Login(login_id=LOGIN_ID, failures=3, last_refresh=NOW)
        state = LoginState(Turn.USER, Action.WAIT, WaitReason.LOCKOUT_GUARD, NOW)
        found = FoundLogin(login, state, tuple(self._sessions.values()))
        return {"logins": [show_login(found, NOW + timedelta(hours=30))]}

    def _page(self, filters: Mapping[str, str]) -> dict[str, Any]:
        if "endedOn" in filters:
            return {"sessions": [show_listed(self._sessions[FAILED_ID])], "cursor": None}
        others = [a_session(Status.AWAITING_CLICK, session_id=f"{number:032x}") for number in range(29)]
        lines = [show_listed(session) for session in (self._sessions[WAITING_ID], *others)]
        first = int(filters.get("cursor", "0"))
        after = first + _PER_PAGE
        return {"sessions": lines[first:after], "cursor": str(after) if after < len(lines) else None}

    def _batch_page(self, query: Mapping[str, str]) -> dict[str, Any]:
        first = int(query.get("cursor", "0"))
        after = first + _PER_PAGE
        shown = [show_listed_batch(*each) for each in self._batches[first:after]]
        return {"batches": shown, "cursor": str(after) if after < len(self._batches) else None}

    def _batch(self, batch_id: str) -> dict[str, Any]:
        for run, steering in self._batches:
            if run.batch_id == batch_id:
                return show_batch(run, steering, lambda _: None, NOW)
        raise ApiProblem(404, {"title": "No such batch", "code": "batch_not_found"})

    def _act(self, session_id: str, action: str, given: Any) -> Session:
        session = self._sessions[session_id]
        match action:
            case "cancel":
                session = replace(session, status=Status.CANCELLED, task_token=None, connect_url=None, due_at=None)
            case "extend":
                lifetime = timedelta(hours=given["linkLifetimeHours"])
                session = replace(session, link_expires_at=session.created_at + lifetime)
        self._sessions[session_id] = session
        return session


# What must never reach the page: whoever has one of them can act as the user.
OF_THE_USER = (LINK, CONNECT_URL)
