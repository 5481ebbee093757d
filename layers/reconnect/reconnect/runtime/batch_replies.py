"""Replies about batches that run, and what a bus event about one is answered with."""

from collections.abc import Mapping
from typing import Any

from reconnect.model.batch_order import CapOrder
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.errors import InvalidRequest
from reconnect.model.find_request import read_list_cursor
from reconnect.model.report_row import ReportFormat
from reconnect.model.timestamps import to_iso
from reconnect.runtime.callers import caller_of, without_session_name
from reconnect.runtime.http import HttpReply, read_batch_json, read_idempotency_key, read_json, read_query, reply_json
from reconnect.runtime.observability import audit, report
from reconnect.usecases.list_batches import ListBatches
from reconnect.usecases.open_batch import OpenBatch
from reconnect.usecases.steer_batch import SteerBatch
from reconnect.views.batch_progress import show_batch, show_listed_batch
from reconnect.views.batch_view import FindListing

_OPENED, _OK = 202, 200


def reply_batch(event: dict[str, Any], open_batch: OpenBatch, steer: SteerBatch, known: FindListing) -> HttpReply:
    """Answer `POST /batches`, and the endpoints below `/batches/{batchId}`."""
    caller = caller_of(event)
    batch_id = (event.get("pathParameters") or {}).get("batchId", "")
    status = _OK
    match event["routeKey"].rpartition("/")[2]:
        case "batches":
            key = read_idempotency_key(event)
            run = open_batch(_object(event), key=key, caller=without_session_name(caller))
            status, shown = _OPENED, (run, steer.steering_of(run))
            _note("batch_opened", run.batch_id, caller)
        case "items":
            run = open_batch.add(batch_id, _object(event))
            status, shown = _OPENED, (run, steer.steering_of(run))
            _note("batch_filled", batch_id, caller)
        case "pause":
            shown = steer.pause(batch_id)
            _note("batch_paused", batch_id, caller)
        case "resume":
            shown = steer.resume(batch_id)
            _note("batch_resumed", batch_id, caller)
        case "stop":
            shown = steer.stop(batch_id)
            _note("batch_stopped", batch_id, caller)
        case "caps":
            order = CapOrder.parse(read_json(event))
            shown = steer.limit(batch_id, order.bank, order.cap)
            _note("batch_limited", batch_id, caller)
        case "report":
            link = steer.report(batch_id, read_query(event).get("format", ReportFormat.JSON_LINES))
            _note("batch_report_read", batch_id, caller)
            return reply_json(_OK, {"url": link.url, "expiresAt": to_iso(link.expires_at)})
        case _:
            shown = steer.read(batch_id)
    return reply_json(status, _show(shown, steer, known))


def reply_list(event: dict[str, Any], list_batches: ListBatches) -> HttpReply:
    """Answer `GET /batches?cursor=`."""
    listed = list_batches(read_list_cursor(read_query(event)))
    return reply_json(_OK, {"batches": [show_listed_batch(*each) for each in listed.batches], "cursor": listed.cursor})


def opened_by_bus(event: Mapping[str, Any], open_batch: OpenBatch) -> dict[str, Any]:
    """Take BatchRequested, or the schedule's same event, {id, detail}: once for each id. The reply is not used."""
    run = open_batch(event["detail"], key=f"event/{event['id']}", caller="bus")
    _note("batch_opened", run.batch_id, "bus")
    return {"batchId": run.batch_id, "status": run.status.value}


def _object(event: dict[str, Any]) -> Mapping[str, Any]:
    body = read_batch_json(event)
    if not isinstance(body, Mapping):
        raise InvalidRequest({"body": 'must be a JSON object such as {"loginIds": ["..."], "deadline": "..."}'})
    return body


def _show(shown: tuple[BatchRun, Steering], steer: SteerBatch, known: FindListing) -> dict[str, Any]:
    return show_batch(*shown, known, steer.clock())


def _note(what: str, batch_id: str, caller: str) -> None:
    audit(what, "none", caller)
    report(what, "none", batch_id=batch_id)
