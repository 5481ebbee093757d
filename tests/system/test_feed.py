"""The feed of events, on a stack that keeps one: all of them, in order, and none of an erased login."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from devtools.service import Service
from reconnect.adapters.dynamodb.feeds import DynamoDbFeed
from reconnect.model.feed import FeedEvent
from reconnect_client import ApiProblem, parse_event
from reconnect_client.client import Client
from tests.schemas.checking import event_schema, faults, validator
from tests.system.support import a_login, listening, receive, table_of, wait, wait_for_end, wait_until


def kept(service: Service) -> list[dict[str, dict[str, str]]]:
    """The items of the feed, read directly from the table."""
    pages = (
        service.engine.client("dynamodb").get_paginator("scan").paginate(TableName=service.stack.outputs["TableName"])
    )
    return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith("FEED#")]


def let_pass(service: Service, minutes: int) -> None:
    """Put the events of the feed where they would be if they had happened earlier."""
    feed, earlier = DynamoDbFeed(table_of(service)), datetime.now(UTC) - timedelta(minutes=minutes)
    for item in kept(service):
        _, session_id, version = item["sk"]["S"].split("#")
        detail = json.loads(item["detail"]["S"])
        feed.add(FeedEvent(session_id, int(version), item["event"]["S"], detail), earlier)


def test_whoever_was_down_reads_every_event_in_order(deploy: Callable[..., Service]) -> None:
    service = deploy("feed", EventFeed="true")
    client, order, login_id = Client(service.api), f"order-{uuid4().hex}", a_login(service, "Greatday")
    with listening(service, "feed") as queue:
        session_id = client.open(loginId=login_id, correlationId=order)["sessionId"]
        link = wait_until(service, session_id, "AWAITING_USER")["link"]
        client.cancel(session_id)
        wait_for_end(service, session_id)
        published = [receive(service, queue) for _ in range(2)]

    wait(lambda: kept(service), lambda items: len(items) == len(published))
    held = json.dumps(kept(service))
    assert [each for each in (order, login_id, str(link)) if each in held] == []
    assert [page["events"] for page in client.events()] == [[]]

    let_pass(service, minutes=5)
    [page] = client.events()
    assert [parse_event(each).sequence for each in page["events"]] == sorted(
        each["detail"]["sequence"] for each in published
    )
    for event in page["events"]:
        assert faults(validator(event_schema(event["detail-type"])), event["detail"]) == []
        [same] = [each["detail"] for each in published if each["detail"]["eventId"] == event["detail"]["eventId"]]
        assert event["detail"] == same
    assert [each["events"] for each in client.events(page["cursor"])] == [[]]

    client.erase(login_id)
    assert [page["events"] for page in client.events()] == [[]]


def test_a_stack_without_a_feed_says_so(service: Service) -> None:
    with pytest.raises(ApiProblem) as refused:
        service.api.read_events()

    assert (refused.value.status, refused.value.code) == (404, "event_feed_off")
