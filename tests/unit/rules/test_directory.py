"""When the directory keeps a bank from being tried: only if it is sure, and recent."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.institution import Directory, Institution, Listing
from reconnect.rules.directory import BELIEVED_FOR, DirectoryRule
from tests.fakes.clock import NOW

RULE = DirectoryRule(disabled_statuses=frozenset({"disabled", "off"}))
_STATUSES = st.sampled_from(["Enabled", "Disabled", "OFF", "", "Something new"])


@given(
    status=_STATUSES,
    age=st.timedeltas(timedelta(0), timedelta(days=5)),
    number=st.sampled_from([14, 2, None]),
)
def test_only_a_recent_word_for_this_very_bank_blocks_it(status: str, age: timedelta, number: int | None) -> None:
    directory = Directory(NOW - age, {14: Listing(14, {"en": "Maple Bank"}, {}, status)})

    blocks = RULE.disables(directory, Institution(number, "Maple Bank"), NOW)

    assert blocks is (status in {"Disabled", "OFF"} and number == 14 and age < BELIEVED_FOR)


def test_without_a_directory_or_a_bank_nothing_is_blocked() -> None:
    off = Directory(NOW, {14: Listing(14, {"en": "Maple Bank"}, {}, "Disabled")})

    assert not RULE.disables(None, Institution(14), NOW)
    assert not RULE.disables(off, None, NOW)
    assert not DirectoryRule(disabled_statuses=frozenset()).disables(off, Institution(14), NOW)


def test_a_name_finds_its_bank_only_if_no_other_bank_has_it() -> None:
    maple, other, same = (Listing(number, {"en": name}) for number, name in ((1, "Maple"), (2, "Other"), (3, "maple")))

    assert Directory(NOW, {1: maple, 2: other}).find(Institution(None, "MAPLE")) is maple
    assert Directory(NOW, {1: maple, 2: other, 3: same}).find(Institution(None, "Maple")) is None
    assert Directory(NOW, {2: other}).find(Institution(1, "Other")) is None, "an id is not overruled by a name"
