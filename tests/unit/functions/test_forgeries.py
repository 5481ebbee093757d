"""Links, redirect states and webhooks that are none of ours have no effect, and are refused cleanly."""

from tests.unit.forging import try_all


def test_no_forged_replayed_or_cross_used_request_is_accepted() -> None:
    tried, accepted = try_all(1_500)

    assert accepted == []
    assert tried.total() >= 1_500
    kinds = {kind.partition(": ")[2] for kind in tried}
    assert len(kinds) == 36, "22 kinds of links and states, 14 of webhooks"
