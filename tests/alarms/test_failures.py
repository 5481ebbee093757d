"""No cause of total failure is silent: each is brought about, and the template's alarms are evaluated."""

from pathlib import Path

import pytest

from tests.alarms.cloudwatch import NOTIFYING
from tests.alarms.failures import WAYS, WITHIN, Way, watch
from tests.alarms.table import rung_in_health

_PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_total_failure_rings_its_alarm_within_five_minutes(way: Way) -> None:
    rang = watch(way)

    assert rang.seconds is not None, f"only {rang.after} rang"
    assert rang.seconds <= WITHIN


def test_a_healthy_service_with_refusals_and_late_data_rings_no_alarm() -> None:
    assert rung_in_health() == set()


def test_the_operations_page_lists_every_way_to_fail_with_its_alarm() -> None:
    _, _, below = _PAGE.read_text().partition("| what breaks | alarm that rings |\n")
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in below.partition("\n\n")[0].splitlines()[1:]]

    assert rows == [[way.what, f"`{way.alarm}`"] for way in WAYS]
    assert {way.alarm for way in WAYS} <= NOTIFYING
