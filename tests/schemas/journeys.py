"""One journey for each published event: the use cases over fakes, run until they publish it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import marshal
from reconnect.adapters.event_bus import EventBridgeEvents
from reconnect.model.attempt import Ask
from reconnect.model.session import Actor, Session, Status
from reconnect.model.signing import RedirectState
from reconnect.runtime.service import Service
from tests.fakes.builders import (
    DOCUMENT,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_attempt,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

LATER = NOW + timedelta(hours=1)
ANOTHER_LOGIN_ID = "0badcafe-0000-4000-8000-000000000000"


class World(FakePorts):
    """One session over fakes, and the events that it publishes."""

    def __init__(self, session: Session, **script: Any) -> None:
        super().__init__(flinks=FakeFlinks(**script))
        self.sessions.with_session(session)
        self.workflow.start(session)
        settings = a_settings(flinks_connect_demo=False, completeness_polls=0, reminder_hours="24")
        self.service = Service(self, settings)

    def published(self) -> list[dict[str, Any]]:
        """The entries that EventBridge receives, in order."""
        bus = _Bus()
        self.events = EventBridgeEvents(bus, "a-bus")  # type: ignore[assignment,arg-type]
        deliver = Service(self, self.service.settings).deliver_events
        for session in self.sessions.published:
            deliver(marshal(to_item(session)))
        return [{**entry, "Detail": json.loads(entry["Detail"])} for entry in bus.entries]


class _Bus:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{}]}


def _closed(reason: str, session: Session) -> World:
    world = World(session)
    world.service.close_session(SESSION_ID, reason)
    return world


def _fetched(session: Session, **script: Any) -> World:
    world = World(session, cached_authorize=a_refreshed_reply(LATER), **script)
    world.clock.now = LATER
    world.service.fetch_accounts(SESSION_ID, 0)
    return world


def a_user_who_must_answer() -> World:
    world = World(a_session(Status.AUTHORIZING, correlation_ids=frozenset({"b:2", "a:1"}), language="fr"))
    world.service.build_connect_url.await_redirect(SESSION_ID, TASK_TOKEN, Ask.ANSWER)
    return world


def a_user_who_must_sign_in() -> World:
    world = World(a_session(Status.AUTHORIZING))
    world.service.build_connect_url.await_redirect(SESSION_ID, TASK_TOKEN, Ask.SIGN_IN)
    return world


def a_user_who_must_start_again() -> World:
    world = World(a_session(Status.AUTHORIZING))
    world.service.build_connect_url.await_click(SESSION_ID, TASK_TOKEN)
    return world


def a_user_who_did_not_come_for_a_day() -> World:
    world = World(a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone"))
    world.clock.turn(hours=30)
    world.service.sweep_sessions()
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


def an_unknown_code() -> World:
    return _closed("SOMETHING_NEW_42", a_session(Status.AUTHORIZING))


def a_crash() -> World:
    return _closed("States.Runtime", a_session(Status.STARTING))


def a_start_whose_answer_was_lost() -> World:
    return _closed("AttemptUncertain", a_session(Status.STARTING))


def a_caller_who_cancels() -> World:
    world = World(a_session(Status.AWAITING_USER))
    world.service.stop_session(SESSION_ID, "CANCELLED")
    return world


def an_answer_after_the_end() -> World:
    return _fetched(replace(a_session(Status.EXPIRED), attempt=an_attempt(request_id=None)))


def a_user_who_connects_another_login() -> World:
    world = World(a_session(Status.AWAITING_USER))
    world.service.redirect_webhook(RedirectState(SESSION_ID, 1, LATER).sign(SIGNING_KEY), ANOTHER_LOGIN_ID)
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
    an_unknown_code: "SessionFailed",
    a_crash: "SessionFailed",
    a_start_whose_answer_was_lost: "SessionFailed",
    a_caller_who_cancels: "SessionCancelled",
    an_answer_after_the_end: "SessionCorrected",
    a_user_who_connects_another_login: "LoginChanged",
}
