"""An event is late if it is published more than a minute after the write that has it."""

from datetime import timedelta

import pytest

from reconnect.runtime.delivery import is_late
from tests.fakes.clock import NOW


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (60, False), (61, True)])
def test_an_event_is_late_after_a_minute(seconds: int, *, expected: bool) -> None:
    written_at = (NOW - timedelta(seconds=seconds)).timestamp()

    assert is_late({"dynamodb": {"ApproximateCreationDateTime": written_at}}, NOW) is expected
