"""The events of a session: one for each write that carries one, under one id, without personal data."""

import json
from datetime import timedelta

import pytest

from reconnect.model.errors import PublishFailed
from reconnect.model.failures import Failure, Owner
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.usecases.deliver_events import DeliverEvents
from reconnect.views.event_detail import VERSION, detail
from tests.fakes.builders import (
    CONNECT_URL,
    DATA_REQUEST_ID,
    LINK,
    LOGIN_ID,
    REQUEST_ID,
    RESULT_ID,
    SESSION_ID,
    TASK_TOKEN,
    a_receipt,
    a_session,
)
from tests.fakes.clock import NOW
from tests.fakes.events import FakeEvents
from tests.unit.world import World

KNOWN_ACCOUNTS = frozenset({"an-account-id"})
PERSONAL = (LOGIN_ID, REQUEST_ID, DATA_REQUEST_ID, TASK_TOKEN, CONNECT_URL, RESULT_ID, *KNOWN_ACCOUNTS)


@pytest.fixture
def events() -> FakeEvents:
    return FakeEvents()


def deliver(events: FakeEvents, session: Session) -> None:
    world = World()
    deliver = DeliverEvents(
        events=events,
        read_image=lambda _: session,
        urls=world.service.signed_urls,
        institutions=world.service.institutions,
        feed=None,
        clock=world.clock,
        pause=world.pause,
    )
    deliver({})


def a_session_that_asks(**changes: object) -> Session:
    return a_session(Status.AWAITING_USER, **{"version": 4, "event_type": "ReconnectRequired", **changes})


def test_each_published_version_has_its_own_event_id(events: FakeEvents) -> None:
    deliver(events, a_session_that_asks())

    [event] = events.published
    assert (event.detail_type, event.event_id) == ("ReconnectRequired", f"{SESSION_ID}.4")
    assert event.detail == detail(a_session_that_asks(), World().service.signed_urls.link(a_session_that_asks()))


def test_a_version_without_an_event_is_not_published(events: FakeEvents) -> None:
    deliver(events, a_session_that_asks(event_type=None))

    assert events.published == []


def test_the_same_version_has_the_same_event_id_each_time(events: FakeEvents) -> None:
    for _ in range(3):
        deliver(events, a_session_that_asks())

    assert {event.event_id for event in events.published} == {f"{SESSION_ID}.4"}


def test_event_ids_differ_by_version_and_session(events: FakeEvents) -> None:
    for session in (a_session_that_asks(), a_session_that_asks(version=5), a_session_that_asks(session_id="another")):
        deliver(events, session)

    assert len({event.event_id for event in events.published}) == 3


def test_a_refusal_of_the_bus_raises_so_that_lambda_retries() -> None:
    with pytest.raises(PublishFailed):
        deliver(FakeEvents(refusals=1), a_session_that_asks())


def test_no_event_contains_anything_personal() -> None:
    fields = {
        "receipt": a_receipt(),
        "known_accounts": KNOWN_ACCOUNTS,
        "data_request_id": DATA_REQUEST_ID,
        "connect_url": CONNECT_URL,
        "task_token": TASK_TOKEN,
        "return_url": "https://app.example/of/a/person",
    }

    events = {status: json.dumps(detail(a_session(status, **fields))) for status in Status}

    personal = (*PERSONAL, "app.example")
    assert [(status, secret) for status, event in events.items() for secret in personal if secret in event] == []


def test_an_event_has_the_status_and_the_owner_of_the_next_step() -> None:
    event = detail(
        a_session_that_asks(correlation_ids=frozenset({"order-2", "order-1"}), language="fr", quarantined=True), LINK
    )

    assert event["nextStep"].pop("sentence").startswith("La banque pose une question")
    assert event == {
        "version": VERSION,
        "occurredAt": "2026-03-14T09:26:53.589793Z",
        "sessionId": SESSION_ID,
        "sequence": 4,
        "correlationIds": ["order-1", "order-2"],
        "status": "AWAITING_USER",
        "nextStep": {"owner": "user"},
        "institution": None,
        "link": LINK,
        "linkExpiresAt": "2026-03-21T09:26:53.589793Z",
        "failureCode": None,
        "nextAllowedAt": None,
        "lastRefresh": None,
        "quarantined": True,
    }


def test_an_event_has_the_time_of_its_change_and_not_of_its_delivery() -> None:
    session = a_session_that_asks().note(at=NOW + timedelta(minutes=5), actor=Actor.BANK, cause="challenge_shown")

    assert detail(session)["occurredAt"] == "2026-03-14T09:31:53.589793Z"


def test_an_event_has_the_age_of_the_data_once_it_is_known() -> None:
    assert detail(a_session(Status.SUCCEEDED, receipt=a_receipt()))["lastRefresh"] == "2026-03-14T09:26:53.589793Z"


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_the_event_of_an_ending_has_no_link(status: Status) -> None:
    assert detail(a_session(status))["link"] is None


def test_the_event_of_an_ending_has_its_code_and_next_allowed_time() -> None:
    failure = Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank")
    event = detail(a_session(Status.FAILED, failure=failure, next_allowed_at=NOW + timedelta(hours=1)))

    assert (event["failureCode"], event["nextStep"]["owner"]) == ("DISABLED_LOGIN", "user")
    assert event["nextAllowedAt"] == "2026-03-14T10:26:53.589793Z"


def test_an_event_is_not_published_again_by_the_next_write(world: World) -> None:
    """A session that was read carries no event, so each write publishes only its own."""
    world.with_session(Status.AUTHORIZING)
    world.ask()

    world.sessions.join(SESSION_ID, frozenset({"order-1"}))
    world.ask(token="token-2")

    assert world.sessions.event_types == ["ReconnectRequired"]
