"""A list of logins is sorted out line by line, and a batch has a deadline that can be met."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.batch_request import MAX_LOGINS, BatchRequest, Lines
from reconnect.model.errors import InvalidRequest
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW

BY_SIX = "2026-03-14T06:00:00-04:00"
BODY: dict[str, Any] = {"loginIds": [LOGIN_ID], "deadline": BY_SIX, "maxPerInstitution": 60}


@given(values=st.lists(st.sampled_from([LOGIN_ID, LOGIN_ID.upper()]) | st.uuids().map(str) | st.none() | st.text()))
def test_each_line_is_a_login_a_repeat_of_one_or_malformed(values: list[object]) -> None:
    lines = Lines.of(enumerate(values, 1))

    sorted_out = [*lines.login_ids, *lines.duplicates, *lines.malformed]
    assert sorted(sorted_out) == list(range(1, len(values) + 1))
    assert len({login_id.casefold() for login_id in lines.login_ids.values()}) == len(lines.login_ids)
    named = {str(values[position - 1]).casefold() for position in lines.duplicates}
    assert named <= {login_id.casefold() for login_id in lines.login_ids.values()}


def test_a_deadline_is_read_in_its_own_time_zone() -> None:
    request = BatchRequest.parse(BODY, NOW)

    assert request.window.deadline.isoformat() == "2026-03-14T10:00:00+00:00"
    assert request.window.start_at == NOW


@given(day=st.integers(0, 400), hour=st.integers(0, 23))
def test_a_deadline_on_the_clock_is_the_next_after_the_start_whatever_the_clocks_do(day: int, hour: int) -> None:
    now = NOW + timedelta(days=day)
    body = {**BODY, "deadline": f"{hour:02}:30", "timeZone": "America/Toronto"}

    window = BatchRequest.parse(body, now).window

    local = window.deadline.astimezone(ZoneInfo("America/Toronto"))
    # In the hour that a clock skips in spring, its next one counts.
    assert (local.hour, local.minute) in {(hour, 30), (hour + 1, 30)}
    assert timedelta() < window.deadline - window.start_at <= timedelta(hours=25)


@pytest.mark.parametrize("zone", [None, "Nowhere/Land", 7])
def test_a_deadline_on_the_clock_needs_its_time_zone(zone: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        BatchRequest.parse({**BODY, "deadline": "06:00", "timeZone": zone}, NOW)

    assert refused.value.errors.keys() == {"timeZone"}


def test_a_batch_does_not_start_in_the_past() -> None:
    assert BatchRequest.parse({**BODY, "startAt": "2026-03-13T00:00:00Z"}, NOW).window.start_at == NOW


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loginIds", []),
        ("loginIds", LOGIN_ID),
        ("loginIds", [LOGIN_ID, 7]),
        ("loginIds", [LOGIN_ID] * (MAX_LOGINS + 1)),
        ("deadline", None),
        ("deadline", "06:60"),
        ("timeZone", "Nowhere/Land"),
        ("deadline", "2026-03-14T10:00:00"),
        ("deadline", NOW.isoformat()),
        ("deadline", (NOW + timedelta(days=8)).isoformat()),
        ("deadline", 6),
        ("startAt", BY_SIX + "x"),
        ("maxPerInstitution", None),
        ("maxPerInstitution", 0),
        ("maxPerInstitution", True),
        ("maxPerInstitution", 1.5),
        ("freshWithinHours", 721),
        ("includeHopeless", "yes"),
        ("assumedSeconds", "34"),
        ("cap", 60),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        BatchRequest.parse({**BODY, field: value}, NOW)

    assert refused.value.errors.keys() == {field}
