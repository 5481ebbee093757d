"""Of a batch, as many begin as its caps allow, the banks by turns, and nothing is at a bank beyond its cap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.batch import Window
from reconnect.model.batch_items import ItemState, digest_of, first_place, later_place, session_id_of, time_of
from reconnect.model.batch_run import BankProgress, BatchRun, Steering, Wanted
from reconnect.model.failures import Failure, Owner
from reconnect.model.outcomes import RULES, Outcome
from reconnect.model.roll_up import UNKNOWN_KEY
from reconnect.model.session import WAITING, Status
from reconnect.rules.batch_admission import (
    MOST_STARTS,
    MOST_TRIES,
    count,
    end_of,
    grant,
    is_done,
    may_begin,
    next_tick,
    share,
    tries_again_at,
)
from tests.fakes.builders import a_receipt, a_session
from tests.fakes.clock import NOW

BANKS = ["14", "2", "national", UNKNOWN_KEY]
numbers = st.dictionaries(st.sampled_from(BANKS), st.integers(0, 100), min_size=1)
caps = st.fixed_dictionaries({bank: st.integers(0, 100) for bank in BANKS})
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
RUN = BatchRun(batch_id="b", asked="a", created_at=NOW, window=Window(NOW, NOW + timedelta(hours=1), 2))


@given(caps=caps, live=numbers, queued=numbers)
def test_no_cap_is_exceeded_wherever_the_unknown_ones_are(
    caps: dict[str, int], live: dict[str, int], queued: dict[str, int]
) -> None:
    granted = grant(caps, live, queued)

    assert all(0 <= number <= queued[bank] for bank, number in granted.items())
    unknown = live.get(UNKNOWN_KEY, 0) + granted.get(UNKNOWN_KEY, 0)
    for bank, cap in caps.items():
        begun, elsewhere = granted.get(bank, 0), granted.get(UNKNOWN_KEY, 0)
        at_most = live.get(bank, 0) + begun + (unknown if bank != UNKNOWN_KEY else 0)
        # A bank at which nothing may begin says nothing about those whose bank is not known.
        assert at_most <= cap or begun + (elsewhere if cap else 0) == 0


@given(caps=caps, queued=numbers.map(lambda each: {bank: each[bank] for bank in each if bank != UNKNOWN_KEY}))
def test_what_is_free_is_used(caps: dict[str, int], queued: dict[str, int]) -> None:
    assert grant(caps, {}, queued) == {bank: min(caps[bank], number) for bank, number in queued.items()}


@given(
    wanted=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 400), max_size=8), most=st.integers(0, 400)
)
def test_of_too_many_each_bank_gets_its_fair_share(wanted: dict[str, int], most: int) -> None:
    granted = share(wanted, wanted, most)

    assert sum(granted.values()) <= most
    assert sum(granted.values()) == min(most, sum(wanted.values())) or sum(wanted.values()) > most
    largest = max(granted.values(), default=0)
    assert all(granted[bank] == wanted[bank] or granted[bank] >= largest - 1 for bank in wanted)


def test_a_tick_begins_no_more_than_it_has_time_for() -> None:
    bank = {str(number): 1000 for number in range(200)}

    assert sum(grant(bank, {}, bank).values()) == MOST_STARTS


@given(first=st.none() | times, second=times, digests=st.tuples(st.uuids(), st.uuids()))
def test_the_oldest_data_comes_first_and_what_waits_comes_last(
    first: datetime | None, second: datetime, digests: tuple[object, object]
) -> None:
    one, other = (first_place(at, str(digest)) for at, digest in zip((first, second), digests, strict=True))

    assert (one < other) == (first is None or (first, str(digests[0])) < (second, str(digests[1])))
    assert later_place(datetime(1970, 1, 1, tzinfo=NOW.tzinfo), "0", "") > max(one, other)


@given(at=times, passed=st.none() | times)
def test_what_waits_is_always_behind_what_has_been_passed(at: datetime, passed: datetime | None) -> None:
    cursor = later_place(passed, "f" * 24, "") if passed else first_place(at, "f" * 24)

    place = later_place(at, "0" * 24, cursor)

    assert place > cursor
    found = time_of(place)
    assert found is not None
    assert found == at if passed is None or at > passed else found - passed == timedelta(microseconds=1)
    assert time_of(first_place(at, "0")) is None


@given(
    status=st.sampled_from(Status), code=st.sampled_from([*RULES, "WORKFLOW_LOST"]), tries=st.integers(1, MOST_TRIES)
)
def test_an_item_ends_with_its_session_unless_the_bank_may_do_better(status: Status, code: str, tries: int) -> None:
    failure = Failure(code, Owner.BANK, "bank_unavailable") if status is Status.FAILED else None
    session = a_session(status, failure=failure, receipt=a_receipt() if status.is_success else None)

    end = end_of(session, tries, NOW + timedelta(hours=1))

    is_busy = code in RULES and RULES[code].outcome in {Outcome.TRY_LATER, Outcome.BUSY}
    goes_on = not status.is_terminal or (status is Status.FAILED and is_busy and tries < MOST_TRIES)
    if status in WAITING:
        assert end is not None
        assert end.state is ItemState.PARKED
    else:
        assert (end is None) == goes_on
    if end and status.is_terminal:
        assert end.state is ItemState.ENDED
        assert end.code == (code if failure else "SUCCEEDED" if status.is_success else status.value)
        assert end.succeeded == status.is_success


def test_no_item_waits_for_a_time_that_comes_after_the_deadline() -> None:
    session = a_session(Status.FAILED, failure=Failure("RETRY_LATER", Owner.BANK, "bank_unavailable"))

    again_at = tries_again_at(session)

    assert end_of(session, 1, again_at) is not None
    assert end_of(session, 1, again_at + timedelta(microseconds=1)) is None


@pytest.mark.parametrize("state", [ItemState.ENDED, ItemState.PARKED, ItemState.ERASED, ItemState.NOT_STARTED])
def test_an_item_that_ended_is_counted_where_it_belongs(state: ItemState) -> None:
    end = end_of(a_session(Status.SUCCEEDED, receipt=a_receipt()), 1, NOW)
    assert end is not None

    counted = count(BankProgress(open=5), replace(end, state=state))

    assert counted.open == 4
    assert (counted.ended, counted.parked, counted.not_started) == (
        int(state is ItemState.ENDED),
        int(state is ItemState.PARKED),
        int(state is ItemState.NOT_STARTED),
    )
    assert counted.endings == ({"SUCCEEDED": 1} if state is ItemState.ENDED else {})


@pytest.mark.parametrize(
    ("wanted", "seconds", "begins"),
    [
        (Wanted.RUN, 0, True),
        (Wanted.RUN, -1, False),
        (Wanted.RUN, 3600, False),
        (Wanted.PAUSE, 0, False),
        (Wanted.STOP, 0, False),
    ],
)
def test_items_begin_between_start_and_deadline_unless_paused_or_stopped(
    wanted: Wanted, seconds: int, *, begins: bool
) -> None:
    assert may_begin(RUN, Steering("b", wanted), NOW + timedelta(seconds=seconds)) is begins


def test_a_batch_is_done_when_nothing_is_live_and_nothing_more_begins() -> None:
    queued = replace(RUN, banks={"14": BankProgress(open=1)})

    assert is_done(RUN, Steering("b"), 0, NOW)
    assert not is_done(queued, Steering("b", Wanted.PAUSE), 0, NOW)
    assert is_done(queued, Steering("b", Wanted.STOP), 0, NOW)
    assert is_done(queued, Steering("b"), 0, RUN.window.deadline)
    assert not is_done(queued, Steering("b", Wanted.STOP), 1, RUN.window.deadline)


def test_a_batch_that_waits_is_ticked_seldom_but_never_late() -> None:
    assert next_tick(RUN, Steering("b"), 0, NOW, 5) == 5
    assert next_tick(RUN, Steering("b", Wanted.PAUSE), 1, NOW, 5) == 5
    assert next_tick(RUN, Steering("b", Wanted.PAUSE), 0, NOW, 5) == 60
    assert next_tick(RUN, Steering("b"), 0, NOW - timedelta(hours=1), 5) == 60
    assert next_tick(RUN, Steering("b"), 0, NOW - timedelta(seconds=20), 5) == 20


@given(st.uuids(), st.uuids(), st.integers(1, 3))
def test_an_items_names_depend_on_all_that_makes_it_and_on_no_letter_case(
    one: object, other: object, tries: int
) -> None:
    secret = b"a secret"

    assert digest_of(secret, "b", str(one)) == digest_of(secret, "b", str(one).upper())
    names = {
        session_id_of(secret, batch, login, number)
        for batch in "bc"
        for login in {str(one), str(other)}
        for number in (tries, 4)
    }
    assert len(names) == (4 if one == other else 8)
    assert all(len(name) == 32 for name in names)
