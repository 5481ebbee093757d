"""The admission figure: a crowd that waits for its turn, in simulated time."""

import pytest

from devtools.bench.admission import longest_wait_in_shares, play_crowd
from reconnect.model.session import Status

_SESSIONS, _RATE = 200, 10


@pytest.mark.parametrize("known", [0, _RATE], ids=["learned", "known"])
def test_no_session_of_a_crowd_fails_because_flinks_throttles(known: int) -> None:
    crowd = play_crowd(_SESSIONS, _RATE, admits=True, known=known)

    assert crowd.count(Status.SUCCEEDED) == _SESSIONS
    assert longest_wait_in_shares(crowd, _RATE) <= 1.2


def test_at_a_known_rate_few_requests_are_refused() -> None:
    crowd = play_crowd(_SESSIONS, _RATE, admits=True, known=_RATE)

    assert crowd.bank.refused / crowd.bank.asked <= 0.02
    assert crowd.ports.budgets.writes < 1.1 * _SESSIONS


def test_without_a_budget_most_of_the_same_crowd_would_fail() -> None:
    assert play_crowd(4 * _SESSIONS, _RATE, admits=False, known=0).count(Status.FAILED) > 2 * _SESSIONS


def test_a_crowd_without_throttling_writes_nothing_for_its_turns() -> None:
    crowd = play_crowd(_SESSIONS, 1000, admits=True, known=0)

    assert (crowd.count(Status.SUCCEEDED), crowd.bank.refused, crowd.ports.budgets.writes) == (_SESSIONS, 0, 0)
