"""Times as text."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.timestamps import to_iso, to_millisecond

TIMES = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))


@given(TIMES)
def test_a_time_that_is_written_is_read_as_the_same_time(at: datetime) -> None:
    assert datetime.fromisoformat(to_iso(at)) == at


@given(TIMES)
def test_a_time_to_the_millisecond_takes_three_digits_at_most(at: datetime) -> None:
    short = to_millisecond(at)

    assert 0 <= (at - short).total_seconds() < 0.001
    assert len(to_iso(short)) <= len("2026-03-14T09:26:53.589Z")
