"""How a batch that runs is shown: counts and times by institution; no login."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.batch_run import BankProgress, BatchRun, Steering, Wanted
from reconnect.model.timestamps import to_iso
from reconnect.views.batch_cost import dollars_of
from reconnect.views.batch_report import totals_of
from reconnect.views.batch_view import FindListing, show_institution


def show_batch(run: BatchRun, steering: Steering, listing_of: FindListing, now: datetime) -> dict[str, Any]:
    """Return the body of `GET /batches/{batchId}`; what is live is as of the last tick."""
    ends = {key: _ends_at(run, each, _cap(run, steering, key, each), steering, now) for key, each in run.banks.items()}
    return {
        **_show_terms(run, steering),
        "maxPerInstitution": run.window.cap,
        "totals": totals_of(run),
        "endings": run.endings(),
        "skipped": dict(run.skipped),
        "institutions": [
            _show_bank(key, each, _cap(run, steering, key, each), ends[key], listing_of)
            for key, each in sorted(run.banks.items(), key=lambda pair: (-pair[1].open, pair[0]))
        ],
        "endsAt": to_iso(run.finished_at or _last(ends)),
        "dollars": dollars_of(run),
        "malformed": [{"line": line, "fault": fault} for line, fault in run.faults],
        "failureCode": run.failure,
        "report": {"key": run.report_key} if run.is_over and run.report_key else None,
    }


def show_listed_batch(run: BatchRun, steering: Steering) -> dict[str, Any]:
    """Return a batch as `GET /batches` lists it: what tells it from the others."""
    return {
        **_show_terms(run, steering),
        "finishedAt": to_iso(run.finished_at),
        "totals": totals_of(run),
        "dollars": dollars_of(run),
        "failureCode": run.failure,
    }


def _show_terms(run: BatchRun, steering: Steering) -> dict[str, Any]:
    return {
        "batchId": run.batch_id,
        "label": run.label,
        "status": run.shown_status(steering).value,
        "createdAt": to_iso(run.created_at),
        "startAt": to_iso(run.window.start_at),
        "deadline": to_iso(run.window.deadline),
    }


def _show_bank(
    key: str, bank: BankProgress, cap: int, ends_at: datetime | None, listing_of: FindListing
) -> dict[str, Any]:
    return {
        "key": key,
        "institution": show_institution(bank.institution, listing_of(bank.institution)),
        "queued": bank.queued,
        "live": bank.live,
        "parked": bank.parked,
        "ended": bank.ended,
        "endings": dict(bank.endings),
        "cap": cap,
        "breaker": bank.breaker,
        "endsAt": to_iso(ends_at),
    }


def _cap(run: BatchRun, steering: Steering, key: str, bank: BankProgress) -> int:
    """The cap that is wanted now, or the smaller one that the institution bore at the last tick."""
    wanted = steering.caps.get(key, run.window.cap)
    return 0 if bank.breaker == "open" else wanted


def _ends_at(run: BatchRun, bank: BankProgress, cap: int, steering: Steering, now: datetime) -> datetime | None:
    """When an institution will be done, by what its sessions took; None while that is not known."""
    if run.is_over:
        return run.finished_at
    if bank.open == 0:
        return now
    if not bank.samples or cap == 0 or steering.wanted is not Wanted.RUN:
        return None
    attempt = timedelta(seconds=max(bank.seconds / bank.samples, 1))
    return max(now, run.window.start_at) + attempt * -(-bank.open // cap)


def _last(ends: Mapping[str, datetime | None]) -> datetime | None:
    known = [at for at in ends.values() if at is not None]
    return max(known) if known and len(known) == len(ends) else None
