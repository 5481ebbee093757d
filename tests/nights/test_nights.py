"""What must hold in a night of a batch holds in a small one; `make night` plays twenty large ones."""

from tests.nights.__main__ import count
from tests.nights.late import play_late
from tests.nights.night import play

_LOGINS = 4_000
_MUST_BE_NONE = ("seconds above", "not once", "unfinished", "failed", "asked too soon")


def test_a_night_keeps_its_invariants_though_its_writer_dies_and_a_bank_is_down() -> None:
    calm, sick = (play(7, _LOGINS, kills=9, is_paused=True, has_outage=has_outage) for has_outage in (False, True))

    counted = count(calm, sick)

    assert {name: counted[name] for name in _MUST_BE_NONE if counted[name]} == {}
    assert counted["kills"] > 5
    assert sick.banks.sick.refused
    assert counted["probes"] == counted["alone"] > 0


def test_a_night_that_its_plan_calls_late_is_late_and_not_with_the_cap_that_it_names() -> None:
    night = play_late(3, logins=1_000)

    assert (night.is_late, night.is_remedied) == (True, True)
