"""What is published of a session: the events of its writes, once under one id, and nothing personal."""

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
    DeliverEvents(events=events, read_image=lambda _: session)({})


def asking(**changes: object) -> Session:
    return a_session(Status.AWAITING_USER, **{"version": 4, "event_type": "ReconnectRequired", **changes})


def test_each_published_version_has_an_event_id_of_its_own(events: FakeEvents) -> None:
    deliver(events, asking())

    [event_type] = events.published
    assert (event_type.detail_type, event_type.event_id) == ("ReconnectRequired", f"{SESSION_ID}.4")
    assert event_type.detail == detail(asking())


def test_a_version_without_an_event_is_not_published(events: FakeEvents) -> None:
    deliver(events, asking(event_type=None))

    assert events.published == []


def test_the_same_version_has_the_same_event_id_each_time(events: FakeEvents) -> None:
    for _ in range(3):
        deliver(events, asking())

    assert {event_type.event_id for event_type in events.published} == {f"{SESSION_ID}.4"}


def test_each_version_and_each_session_has_an_id_of_its_own(events: FakeEvents) -> None:
    for session in (asking(), asking(version=5), asking(session_id="another")):
        deliver(events, session)

    assert len({event_type.event_id for event_type in events.published}) == 3


def test_a_refusing_bus_raises_so_that_the_write_is_delivered_again() -> None:
    with pytest.raises(PublishFailed):
        deliver(FakeEvents(refusals=1), asking())


@pytest.mark.parametrize("status", sorted(Status))
def test_no_event_contains_anything_personal(status: Status) -> None:
    session = a_session(
        status,
        receipt=a_receipt(),
        known_accounts=KNOWN_ACCOUNTS,
        data_request_id=DATA_REQUEST_ID,
        connect_url=CONNECT_URL,
        task_token=TASK_TOKEN,
        return_url="https://app.example/of/a/person",
    )

    shown = json.dumps(detail(session))

    assert not [secret for secret in (*PERSONAL, "app.example") if secret in shown]


def test_an_event_has_the_sessions_status_and_who_must_act() -> None:
    shown = detail(asking(correlation_ids=frozenset({"order-2", "order-1"}), language="fr", quarantined=True))

    assert shown["nextStep"].pop("sentence").startswith("La banque pose une question")
    assert shown == {
        "version": VERSION,
        "occurredAt": "2026-03-14T09:26:53.589793Z",
        "sessionId": SESSION_ID,
        "sequence": 4,
        "correlationIds": ["order-1", "order-2"],
        "status": "AWAITING_USER",
        "nextStep": {"owner": "user"},
        "link": LINK,
        "linkExpiresAt": "2026-03-21T09:26:53.589793Z",
        "failureCode": None,
        "nextAllowedAt": None,
        "lastRefresh": None,
        "quarantined": True,
    }


def test_an_event_has_the_time_of_its_change_and_not_of_its_delivery() -> None:
    session = asking().note(at=NOW + timedelta(minutes=5), actor=Actor.BANK, cause="challenge_shown")

    assert detail(session)["occurredAt"] == "2026-03-14T09:31:53.589793Z"


def test_an_event_says_how_old_the_data_is_once_that_is_known() -> None:
    assert detail(a_session(Status.SUCCEEDED, receipt=a_receipt()))["lastRefresh"] == "2026-03-14T09:26:53.589793Z"


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_end_is_published_without_a_link_that_leads_nowhere(status: Status) -> None:
    assert detail(a_session(status))["link"] is None


def test_an_end_is_published_with_its_code_and_next_allowed_time() -> None:
    failure = Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank")
    shown = detail(a_session(Status.FAILED, failure=failure, next_allowed_at=NOW + timedelta(hours=1)))

    assert (shown["failureCode"], shown["nextStep"]["owner"]) == ("DISABLED_LOGIN", "user")
    assert shown["nextAllowedAt"] == "2026-03-14T10:26:53.589793Z"


def test_what_was_published_is_not_published_again_by_the_next_write(world: World) -> None:
    """A session that was read has no event, so a write publishes only its own."""
    world.with_session(Status.AUTHORIZING)
    world.ask()

    world.sessions.join(SESSION_ID, frozenset({"order-1"}))
    world.ask(token="token-2")

    assert world.sessions.event_types == ["ReconnectRequired"]
