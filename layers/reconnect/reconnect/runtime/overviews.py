"""Replies about many logins: how institutions fare, the plan of a batch, and the feed of events."""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from reconnect.model.batch_request import BatchRequest
from reconnect.model.feed_request import FeedRequest
from reconnect.model.find_request import read_window
from reconnect.runtime.callers import caller_of
from reconnect.runtime.http import HttpReply, read_batch_json, read_query, reply_json
from reconnect.runtime.observability import audit
from reconnect.usecases.plan_batch import PlanBatch
from reconnect.usecases.read_feed import ReadFeed
from reconnect.usecases.read_health import ReadHealth
from reconnect.views.batch_view import FindListing, show_planned
from reconnect.views.feed_view import show_event
from reconnect.views.health_view import show_health


def reply_health(event: dict[str, Any], read_health: ReadHealth, known: FindListing) -> HttpReply:
    """Answer `GET /institutions?window=` and `GET /institutions/{institutionId}/health`."""
    if "institutionId" in (event.get("pathParameters") or {}):
        health = read_health(unquote(event["pathParameters"]["institutionId"]))
        return reply_json(200, show_health(health, known(health.institution)))
    every = read_health.every(read_window(read_query(event)))
    return reply_json(200, {"institutions": [show_health(each, known(each.institution)) for each in every]})


def reply_plan(event: dict[str, Any], plan_batch: PlanBatch, known: FindListing, now: datetime) -> HttpReply:
    """Answer `POST /batches/plan`."""
    request = BatchRequest.parse(read_batch_json(event), now)
    planned = plan_batch(request)
    audit("batch_planned", "none", caller_of(event))
    return reply_json(200, show_planned(planned, request.lines, known))


def reply_events(event: dict[str, Any], read_feed: ReadFeed, now: datetime) -> HttpReply:
    """Answer `GET /events?after=`."""
    read = read_feed(FeedRequest.parse(read_query(event), now))
    audit("events_read", "none", caller_of(event))
    events = [show_event(each.event, each.session, each.link) for each in read.events]
    return reply_json(200, {"events": events, "cursor": read.cursor, "hasMore": read.has_more})
