"""Plans a list of any length: the service is asked in parts, and the parts are added up by its own rule."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from reconnect.model.batch import Load, Window
from reconnect.model.batch_request import MAX_LOGINS, Lines
from reconnect.model.institution import Institution, Listing
from reconnect.rules.batch_plan import combine, plan_batch
from reconnect.views.batch_view import show_plan

Ask = Callable[[list[str]], Mapping[str, Any]]
"""Ask the service for the plan of some logins."""


def plan_lines(lines: Lines, window: Window, ask: Ask) -> dict[str, Any]:
    """Return the plan of all these logins, as the service would answer it; its positions are the lines' numbers."""
    loads: list[Load] = []
    listings: dict[Institution | None, Listing] = {}
    skipped: dict[str, list[int]] = {}
    for numbers, login_ids in _parts(lines):
        answer = ask(login_ids)
        for each in answer["institutions"]:
            bank = _institution(each["institution"])
            if bank is not None:
                listings[bank] = Listing(bank.id or 0, each["institution"]["names"])
            loads.append(Load(bank, each["logins"], timedelta(seconds=each["attemptSeconds"]), each["samples"]))
        for each in answer["skipped"]:
            skipped.setdefault(each["reason"], []).extend(numbers[at - 1] for at in each["positions"])
    return {
        **show_plan(plan_batch(combine(loads), window), listings.get),
        "skipped": [{"reason": why, "logins": len(found), "positions": found} for why, found in skipped.items()],
        "duplicates": list(lines.duplicates),
        "malformed": [{"position": number, "fault": fault} for number, fault in lines.malformed.items()],
    }


def _parts(lines: Lines) -> Iterator[tuple[list[int], list[str]]]:
    left = iter(lines.login_ids.items())
    while part := list(islice(left, MAX_LOGINS)):
        yield [number for number, _ in part], [login_id for _, login_id in part]


def _institution(shown: Mapping[str, Any] | None) -> Institution | None:
    return None if shown is None else Institution(shown["id"], shown["names"]["en"])
