"""What is left of a batch: its report, a row for each login, and its event. Neither names a login or a person."""

from typing import Any

from reconnect.model.batch_items import Item, ItemState
from reconnect.model.batch_run import BatchRun
from reconnect.model.institution import Institution
from reconnect.model.report_row import ReportRow
from reconnect.model.timestamps import to_iso, to_millisecond
from reconnect.views.batch_cost import dollars_of
from reconnect.views.event_detail import VERSION

# As an item that never began is called in a report.
_LEFT = ItemState.NOT_STARTED.value


def report_row(item: Item, institution: Institution | None) -> ReportRow:
    """Return the row of one login, by its caller's correlationId."""
    end, bank = item.end, institution or Institution()
    refreshed = end.last_refresh if end else None
    return ReportRow(
        correlation_id=item.correlation_id,
        institution_id=bank.id,
        institution_name=bank.name,
        state=end.state.value if end else _LEFT,
        ending=end.code if end else _LEFT,
        owner=end.owner if end else "nobody",
        status=end.status if end else None,
        asked=end.asked if end else False,
        data_as_of=refreshed and to_millisecond(refreshed),
        session_id=end.session_id if end else None,
    )


def finished_detail(run: BatchRun) -> dict[str, Any]:
    """Return the detail of BatchFinished, without its `eventId`."""
    finished_at = run.finished_at or run.window.deadline
    return {
        "version": VERSION,
        "occurredAt": to_iso(finished_at),
        "batchId": run.batch_id,
        "label": run.label,
        "status": run.status.value,
        "failureCode": run.failure,
        "totals": totals_of(run),
        "endings": run.endings(),
        "dollars": dollars_of(run),
        "startedAt": to_iso(run.window.start_at),
        "finishedAt": to_iso(finished_at),
        "deadline": to_iso(run.window.deadline),
        "wasKept": run.total("not_started") == 0 and finished_at <= run.window.deadline and run.failure is None,
        "reportKey": run.report_key,
    }


def totals_of(run: BatchRun) -> dict[str, int]:
    """Return how many logins there are, and what became of them."""
    return {
        "items": run.items,
        "duplicates": run.duplicates,
        "malformed": run.malformed,
        "skipped": sum(run.skipped.values()),
        "queued": run.total("queued"),
        "live": run.live,
        "parked": run.total("parked"),
        "ended": run.total("ended"),
        "notStarted": run.total("not_started"),
        "succeeded": run.total("succeeded"),
    }
