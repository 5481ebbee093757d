"""The cost of requests that nobody signed is bounded, and documented as it is."""

from pathlib import Path

import pytest

from tests.model.anonymous import attempts_in_a_day, costs, table

_PAGE = Path(__file__).parents[2] / "docs" / "links.md"


def test_the_documented_costs_of_anonymous_requests_are_the_measured_ones() -> None:
    assert table() in _PAGE.read_text(), "run `python -m tests.model.anonymous` and copy its table"


def test_a_forgery_costs_no_access_to_the_table_and_no_request_to_flinks() -> None:
    forged = [cost for cost in costs() if "forged" in cost.name]

    assert len(forged) == 3
    assert {(cost.reads, cost.writes, cost.flinks, cost.invocations) for cost in forged} == {(0, 0, 0, 1)}


@pytest.mark.slow
def test_one_link_begins_twelve_live_attempts_in_a_day_at_most() -> None:
    assert attempts_in_a_day() == 12
