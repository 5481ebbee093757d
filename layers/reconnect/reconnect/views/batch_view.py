"""How a plan of a batch is shown: times, counts and positions; no LoginId."""

from collections.abc import Callable
from typing import Any

from reconnect.model.batch import Forecast, Plan, PlannedBatch
from reconnect.model.batch_request import Lines
from reconnect.model.institution import Institution, Listing
from reconnect.model.languages import LANGUAGES
from reconnect.model.timestamps import to_iso

FindListing = Callable[[Institution | None], Listing | None]
"""Finds a bank's entry in the directory, if it is there."""

# State transitions of a session without a question (docs/performance.md).
_TRANSITIONS_A_SESSION = 11
# What a new account may do in most regions, lastingly: `StartExecution` and state transitions in a second [A].
_STARTS_QUOTA, _TRANSITIONS_QUOTA = 150, 500


def show_planned(planned: PlannedBatch, lines: Lines, listing_of: FindListing) -> dict[str, Any]:
    """Return the body of `POST /batches/plan`."""
    return {
        **show_plan(planned.plan, listing_of),
        "skipped": [
            {"reason": reason, "logins": len(positions), "positions": list(positions)}
            for reason, positions in planned.skipped.items()
        ],
        "duplicates": list(lines.duplicates),
        "malformed": [{"position": position, "fault": fault} for position, fault in lines.malformed.items()],
    }


def show_plan(plan: Plan, listing_of: FindListing) -> dict[str, Any]:
    """Return a plan's times and institutions, the latest end first."""
    transitions = plan.starts_per_second * _TRANSITIONS_A_SESSION
    return {
        "feasible": plan.is_feasible,
        "startAt": to_iso(plan.window.start_at),
        "deadline": to_iso(plan.window.deadline),
        "endsAt": to_iso(plan.ends_at),
        "maxPerInstitution": plan.window.cap,
        "logins": sum(each.load.logins for each in plan.forecasts),
        "institutions": [_show(each, listing_of) for each in plan.forecasts],
        "peak": {
            "startsPerSecond": round(plan.starts_per_second, 2),
            "transitionsPerSecond": round(transitions, 2),
            "withinDefaultQuotas": plan.starts_per_second <= _STARTS_QUOTA and transitions <= _TRANSITIONS_QUOTA,
        },
    }


def _show(forecast: Forecast, listing_of: FindListing) -> dict[str, Any]:
    load = forecast.load
    return {
        "institution": show_institution(load.institution, listing_of(load.institution)),
        "logins": load.logins,
        "attemptSeconds": round(load.attempt.total_seconds(), 3),
        "samples": load.samples,
        "endsAt": to_iso(forecast.ends_at),
        "feasible": forecast.is_feasible,
        "shortfall": None
        if forecast.is_feasible
        else {
            "lateSeconds": round(forecast.late.total_seconds()),
            "logins": forecast.missed,
            "needsMaxPerInstitution": forecast.cap_needed,
            "needsStartAt": to_iso(forecast.start_needed),
        },
    }


def show_institution(known: Institution | None, listing: Listing | None) -> dict[str, Any] | None:
    """Return what is known of a bank, with its names in both languages; None if it is unknown."""
    if known is None:
        return None
    names = {language: (listing and listing.name_in(language)) or known.name for language in LANGUAGES}
    return {"id": known.id, "names": names}
