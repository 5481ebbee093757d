"""How an institution's health is shown to a caller."""

from typing import Any

from reconnect.model.bank_health import BankHealth, BreakerState
from reconnect.model.health import Health, InstitutionHealth, Times
from reconnect.model.institution import Listing
from reconnect.model.timestamps import to_iso


def show_health(found: InstitutionHealth, listing: Listing | None = None) -> dict[str, Any]:
    """Return an institution with what is known of its endings in each window."""
    return {
        "id": found.key,
        "name": (listing and listing.name_in(None)) or found.institution.name,
        "status": (listing and listing.status) or None,
        "breaker": show_breaker(found.bank),
        "windows": {name: _show_window(health) for name, health in found.windows.items()},
    }


def show_breaker(bank: BankHealth | None) -> dict[str, Any]:
    """Return the state of an institution's breaker, since when it is not closed, and when it is probed next."""
    state = bank.state if bank else BreakerState.CLOSED
    since, probe_at = (bank.opened_at, bank.probe_at) if bank else (None, None)
    return {"state": state, "since": to_iso(since), "nextProbeAt": to_iso(probe_at)}


def _show_window(health: Health) -> dict[str, Any]:
    """Return counts, and shares of all tries, with three decimals."""
    funnel, owners = health.funnel, health.owners
    return {
        "tries": health.tries,
        "funnel": funnel and dict(funnel),
        "shares": funnel and {name: round(number / health.tries, 3) for name, number in funnel.items()},
        "owners": owners and {name: round(number / health.tries, 3) for name, number in owners.items()},
        "secondsToAnswer": _show_times(health.to_answer),
        "secondsToEnd": _show_times(health.to_end),
    }


def _show_times(times: Times | None) -> dict[str, float] | None:
    return None if times is None else {"median": round(times.median, 1), "p90": round(times.p90, 1)}
