"""The use cases that announce something, over fakes, each brought to the point where it does."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from reconnect.adapters.event_bus import EventBridgeEvents
from reconnect.model.session import Actor, Ask, Session, Status
from reconnect.model.signing import RedirectState
from reconnect.rules.endings import Endings
from reconnect.rules.reminders import Reminders
from reconnect.usecases.build_connect_url import BuildConnectUrl
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls
from reconnect.usecases.deliver_events import DeliverEvents
from reconnect.usecases.evidence import EvidenceHandler
from reconnect.usecases.fetch_accounts import FetchAccounts
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.redirect_webhook import RedirectWebhook
from reconnect.usecases.stop_session import StopSession
from reconnect.usecases.sweep_sessions import SweepSessions
from tests.fakes.builders import (
    DOCUMENT,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    a_cooldown,
    a_pacing,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_attempt,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow

LATER = NOW + timedelta(hours=1)
ANOTHER_LOGIN_ID = "0badcafe-0000-4000-8000-000000000000"


class World:
    """One session, everything that may happen to it, and the bus that hears of it."""

    def __init__(self, session: Session, **script: Any) -> None:
        self.clock, self.logins, self.workflow = Clock(), FakeLogins(), FakeWorkflow(TASK_TOKEN)
        self.sessions = FakeSessions(self.logins).with_session(session)
        self.flinks = FakeFlinks(**script)
        self.results = FakeResults()
        self.workflow.start(session)
        signing: dict[str, Any] = {"signing_key": lambda: SIGNING_KEY}
        urls = ConnectUrls(self.flinks, ConnectAddress("https://connect.test", "/v2/", demo=False))
        end = Endings(a_cooldown())
        wake = EvidenceHandler(self.sessions, self.workflow, self.clock, _count)
        self.ask = BuildConnectUrl(self.sessions, urls, self.clock, public_base_url="https://api.test", **signing)
        self.close = CloseSession(self.sessions, self.logins, end, self.clock)
        self.stop = StopSession(self.sessions, end, self.close, self.workflow, self.clock, _count)
        keep = KeepResult(self.results, self.clock, timedelta(days=30))
        self.fetch = FetchAccounts(
            self.sessions, self.flinks, keep, self.clock, a_pacing(), end, _count, completeness_polls=0
        )
        self.redirect = RedirectWebhook(wake, self.clock, _count, **signing)
        self.sweep = SweepSessions(
            self.sessions,
            self.logins,
            self.flinks,
            self.workflow,
            self.clock,
            _count,
            stop=self.stop,
            fetch=self.fetch,
            wake=wake,
            pacing=a_pacing(),
            reminders=Reminders((timedelta(hours=24),), time(21), time(8), "America/Toronto"),
        )

    def events(self) -> list[dict[str, Any]]:
        """The entries that EventBridge is given for all that happened."""
        bus = _Bus()
        deliver = DeliverEvents(EventBridgeEvents(bus, "a-bus"))  # type: ignore[arg-type]
        for session in self.sessions.published:
            deliver(session)
        return [{**entry, "Detail": json.loads(entry["Detail"])} for entry in bus.entries]


class _Bus:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{}]}


def _count(_name: str) -> None:
    """Nobody counts here."""


def _closed(reason: str, session: Session) -> World:
    world = World(session)
    world.close(SESSION_ID, reason)
    return world


def _fetched(session: Session, **script: Any) -> World:
    world = World(session, cached_authorize=a_refreshed_reply(LATER), **script)
    world.clock.now = LATER
    world.fetch(SESSION_ID, 0)
    return world


def a_user_who_must_answer() -> World:
    world = World(a_session(Status.AUTHORIZING, correlation_ids=frozenset({"b:2", "a:1"}), language="fr"))
    world.ask.await_redirect(SESSION_ID, TASK_TOKEN, Ask.ANSWER)
    return world


def a_user_who_must_sign_in() -> World:
    world = World(a_session(Status.AUTHORIZING))
    world.ask.await_redirect(SESSION_ID, TASK_TOKEN, Ask.SIGN_IN)
    return world


def a_user_who_must_start_again() -> World:
    world = World(a_session(Status.AUTHORIZING))
    world.ask.await_click(SESSION_ID, TASK_TOKEN)
    return world


def a_user_who_did_not_come_for_a_day() -> World:
    world = World(a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone"))
    world.clock.turn(hours=30)
    world.sweep()
    return world


def a_refresh() -> World:
    return _fetched(a_session(Status.AUTHORIZING))


def a_refresh_elsewhere() -> World:
    return _fetched(a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone"))


def a_refresh_without_accounts() -> World:
    return _fetched(a_session(Status.AUTHORIZING), get_accounts_detail=a_reply(200, accounts=(), document=DOCUMENT))


def old_data() -> World:
    return _closed("ACCOUNTS_STALE", a_session(Status.AUTHORIZING))


def a_link_that_ended() -> World:
    return _closed("USER_ABSENT", a_session(Status.AWAITING_CLICK))


def a_bank_that_refuses() -> World:
    return _closed("DISABLED_LOGIN", a_session(Status.AUTHORIZING, next_allowed_at=LATER))


def a_code_that_nobody_knows() -> World:
    return _closed("SOMETHING_NEW_42", a_session(Status.AUTHORIZING))


def a_crash() -> World:
    return _closed("States.Runtime", a_session(Status.STARTING))


def a_start_whose_answer_was_lost() -> World:
    return _closed("AttemptUncertain", a_session(Status.STARTING))


def a_caller_who_cancels() -> World:
    world = World(a_session(Status.AWAITING_USER))
    world.stop(SESSION_ID, "CANCELLED")
    return world


def an_answer_after_the_end() -> World:
    return _fetched(replace(a_session(Status.EXPIRED), attempt=an_attempt(request_id=None)))


def a_user_who_connects_another_login() -> World:
    world = World(a_session(Status.AWAITING_USER))
    world.redirect(RedirectState(SESSION_ID, 1, LATER).sign(SIGNING_KEY), ANOTHER_LOGIN_ID)
    return world


JOURNEYS: dict[Callable[[], World], str] = {
    a_user_who_must_answer: "ReconnectRequired",
    a_user_who_must_sign_in: "ReconnectRequired",
    a_user_who_must_start_again: "ReconnectRequired",
    a_user_who_did_not_come_for_a_day: "ReconnectReminder",
    a_refresh: "SessionSucceeded",
    a_refresh_elsewhere: "SessionRepaired",
    a_refresh_without_accounts: "SessionStale",
    old_data: "SessionStale",
    a_link_that_ended: "SessionExpired",
    a_bank_that_refuses: "SessionFailed",
    a_code_that_nobody_knows: "SessionFailed",
    a_crash: "SessionFailed",
    a_start_whose_answer_was_lost: "SessionFailed",
    a_caller_who_cancels: "SessionCancelled",
    an_answer_after_the_end: "SessionCorrected",
    a_user_who_connects_another_login: "LoginChanged",
}
