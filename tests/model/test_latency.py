"""The measured latencies lie between what the waits allow."""

from tests.model.latency import lost_redirect_lateness, redirect_lateness, verdict_lateness

# The longest wait before a poll with the template's defaults, and one call of Flinks.
_LONGEST_SECONDS = 20.5
_STEP_SECONDS = 1


def test_a_verdict_is_found_after_the_bank_has_it_and_within_one_wait() -> None:
    late = [verdict_lateness(seconds) for seconds in (1.1, 7.7, 14.9, 44.4)]

    assert all(0 < seconds < _LONGEST_SECONDS for seconds in late)
    assert len(set(late)) == len(late)


def test_a_redirect_ends_the_session_without_any_wait_of_ours() -> None:
    assert redirect_lateness(30) < _STEP_SECONDS


def test_a_lost_redirect_is_noticed_sooner_with_the_page_open() -> None:
    with_page, without = (lost_redirect_lateness(10, is_page_open=is_open) for is_open in (True, False))

    assert 0 < with_page < without
