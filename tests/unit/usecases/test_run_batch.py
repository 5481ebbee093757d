"""A batch refreshes each of its logins once, never more at a bank than its cap, whatever dies in between."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from reconnect.model.bank_health import BankHealth
from reconnect.model.batch_errors import ReportMissing
from reconnect.model.batch_items import Lease
from reconnect.model.batch_run import BatchStatus
from reconnect.model.budget import Place
from reconnect.model.errors import (
    InvalidRequest,
    PublishFailed,
    ResultNotStored,
    StoreUnavailable,
    WorkflowUnavailable,
)
from reconnect.model.open_request import OpenRequest
from reconnect.model.report_row import ReportFormat, report_key
from reconnect.model.session import Session, Status
from reconnect.model.waits import WaitReason
from reconnect.views.batch_report import totals_of
from tests.fakes.batches import FakeLeases
from tests.fakes.clock import NOW
from tests.fakes.events import FakeEvents
from tests.fakes.sessions import FakeLogins
from tests.unit.batching import BIRCH, BUSY, MAPLE, Night, Writer, name_of


def report(night: Night) -> list[dict[str, Any]]:
    document, _ = night.world.batch_files.objects[f"batches/{night.batch_id}/report.jsonl"]
    return [json.loads(line) for line in gzip.decompress(document).splitlines()]


def a_mixed_night() -> Night:
    """Logins at two banks: two are busy, one asks, one is erased while it waits, one must be left alone for a while."""
    night = Night()
    logins = [night.login(number, MAPLE if number % 2 else BIRCH) for number in range(1, 9)]
    night.fate = {logins[0]: [BUSY, BUSY], logins[1]: [Status.AWAITING_CLICK], logins[2]: [BUSY, BUSY, BUSY]}
    night.open(logins)
    night.world.logins.erase(night.world.logins.get(logins[6]))
    until = NOW + timedelta(minutes=8)
    night.world.logins.save(night.world.logins.get(logins[7]).wait(until, WaitReason.OPEN_ATTEMPT))
    return night


def alive(writer: Writer, _: int) -> Writer | None:
    return None if writer.is_dead else writer


def check_mixed(night: Night) -> None:
    run = night.run
    assert run.status is BatchStatus.FINISHED
    assert max(night.most.values()) <= night.cap
    assert sorted(night.opened.values()) == [1, 1, 1, 1, 1, 3, 3]
    assert night.opened[name_of(7)] == 0
    assert run.endings() == {"SUCCEEDED": 5, "RETRY_LATER": 1}
    counts = {"items": 8, "skipped": 1, "queued": 0, "live": 0, "parked": 1, "ended": 6, "notStarted": 0}
    assert counts.items() <= totals_of(run).items()
    assert night.world.leases.all() == []
    assert night.world.events.types.count("BatchFinished") >= 1
    assert len({event.event_id for event in night.world.events.published}) == 1
    endings = Counter(line["ending"] for line in report(night))
    assert endings == {"SUCCEEDED": 5, "RETRY_LATER": 1, "PARKED": 1, "LOGIN_ERASED": 1}


def test_a_batch_ends_each_login_once_and_never_exceeds_a_cap() -> None:
    night = a_mixed_night()

    night.play()

    check_mixed(night)
    assert night.most == {"14": 2, "2": 2}


@given(st.integers(1, 260))
@settings(max_examples=60, deadline=None)
def test_a_writer_that_dies_after_any_of_its_calls_changes_nothing(last: int) -> None:
    night, writer = a_mixed_night(), Writer(last)

    night.play(killing=partial(alive, writer))

    check_mixed(night)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_writers_that_die_again_and_again_change_nothing(lasts: list[int]) -> None:
    night = a_mixed_night()
    writers = [Writer(last) for last in lasts]

    night.play(killing=lambda _: next((writer for writer in writers if not writer.is_dead), None))

    check_mixed(night)


def test_a_dying_writer_is_tried_after_each_call_of_its_first_ticks() -> None:
    night, writer = a_mixed_night(), Writer()
    night.tick(writer)
    night.end_sessions()
    night.tick(writer)

    for last in range(1, writer.calls + 1):
        again, dying = a_mixed_night(), Writer(last)
        again.play(killing=partial(alive, dying))
        check_mixed(again)


def test_the_oldest_data_comes_first() -> None:
    night = Night(cap=1)
    logins = [night.login(number) for number in (3, 1, 2)]
    night.open(logins)

    night.play()

    assert [session.login_id for session in night.world.sessions.all] == [logins[1], logins[2], logins[0]]


def test_a_second_writer_waits_until_the_first_is_done() -> None:
    night = Night()
    night.open([night.login(1)])
    night.world.leases.take_lock("another", NOW, NOW + timedelta(seconds=10))

    ticked = night.world.service.run_batch(night.batch_id)

    assert (ticked.done, ticked.seconds) == (False, 2.0)
    assert night.world.sessions.all == []


def test_two_batches_together_do_not_exceed_a_cap() -> None:
    night = Night()
    night.open([night.login(number) for number in range(1, 4)])
    other = Night(night.world, most=night.most)
    other.open([night.login(number) for number in range(4, 8)])

    done = [False, False]
    while not all(done):
        done = [night.tick(), other.tick()]
        night.end_sessions(1)

    assert night.most == {"14": 2}
    assert len(night.world.sessions.all) == 7


@pytest.mark.parametrize("has_ended", [True, False])
def test_a_batch_that_lost_its_execution_holds_places_only_while_its_sessions_live(*, has_ended: bool) -> None:
    lost = Night()
    lost.open([lost.login(number) for number in (1, 2)])
    lost.tick()
    night = Night(lost.world)
    night.open([night.login(number) for number in (3, 4)])
    if has_ended:
        lost.end_sessions()

    night.tick()
    early = len(night.world.sessions.all)
    night.world.clock.turn(minutes=15)
    night.tick()

    assert early == 2
    assert len(night.world.sessions.all) == (4 if has_ended else 2)


def test_a_login_that_others_refresh_is_followed_and_not_called_again() -> None:
    night = Night()
    login_id = night.login(1)
    night.open([login_id])
    theirs = night.world.service.open_session(OpenRequest(login_id)).session

    night.tick()

    [lease] = night.world.leases.all()
    assert lease.session_id == theirs.session_id
    night.end_sessions()
    night.tick()
    assert night.run.endings() == {"SUCCEEDED": 1}
    assert len(night.world.sessions.all) == 1


def test_a_paused_batch_begins_nothing_and_goes_on_when_it_is_resumed() -> None:
    night = Night(cap=1)
    night.open([night.login(number) for number in (1, 2)])
    night.tick()
    night.world.service.steer_batch.pause(night.batch_id)
    night.end_sessions()

    for _ in range(3):
        assert not night.tick()
    assert len(night.world.sessions.all) == 1
    assert totals_of(night.run).items() >= {"ended": 1, "queued": 1, "live": 0}.items()

    night.world.service.steer_batch.resume(night.batch_id)
    assert night.play().endings() == {"SUCCEEDED": 2}


def test_a_stopped_batch_lets_what_is_live_end_and_starts_nothing_more() -> None:
    night = Night(cap=1)
    night.open([night.login(number) for number in (1, 2, 3)])
    night.tick()
    night.world.service.steer_batch.stop(night.batch_id)
    night.world.service.steer_batch.resume(night.batch_id)

    assert not night.tick()
    run = night.play()

    assert run.status is BatchStatus.STOPPED
    assert totals_of(run).items() >= {"ended": 1, "notStarted": 2, "queued": 0}.items()
    [event] = night.world.events.published
    assert (event.detail["status"], event.detail["wasKept"]) == ("STOPPED", False)
    assert sorted(line["ending"] for line in report(night)) == ["NOT_STARTED", "NOT_STARTED", "SUCCEEDED"]


def test_nothing_begins_before_the_start_or_after_the_deadline() -> None:
    night = Night(cap=1)
    begin = NOW + timedelta(hours=1)
    night.open([night.login(number) for number in (1, 2)], startAt=begin.isoformat())

    while night.world.clock() < begin:
        assert not night.tick()
        assert night.world.sessions.all == []
    night.tick()
    night.world.clock.now = NOW + timedelta(hours=6)
    run = night.play()

    assert len(night.world.sessions.all) == 1
    assert (run.status, run.total("not_started")) == (BatchStatus.FINISHED, 1)


@pytest.mark.parametrize("cap", [0, 1, 3])
def test_a_cap_that_changes_counts_from_the_next_tick_on(cap: int) -> None:
    night = Night(cap=2)
    night.open([night.login(number) for number in range(1, 8)])
    night.tick()
    night.world.service.steer_batch.limit(night.batch_id, "14", cap)

    night.end_sessions()
    night.most.clear()
    night.tick()

    assert night.most["14"] == cap
    assert night.run.bank("14").cap == cap


@dataclass
class MapleIsDown:
    """Limits that are learned from the sessions of a tick."""

    learned: list[tuple[str, int]] = field(default_factory=list)

    def read(self, keys: Sequence[str]) -> None:
        assert "2" in keys

    def __call__(self, key: str, cap: int, _now: datetime, _waiting: int, /) -> int:
        return 0 if key == "14" else cap

    def is_probe_due(self, _key: str, _now: datetime, /) -> bool:
        return False

    def learn(self, ended: Iterable[Session], asked: Mapping[str, int], _now: datetime, /) -> None:
        self.learned += [(session.session_id, asked["2"]) for session in ended]


def test_what_banks_bear_is_learned_from_each_session_once() -> None:
    night, limits = Night(), MapleIsDown()
    logins = [night.login(number, BIRCH) for number in (1, 2, 3)]
    night.fate = {logins[0]: [BUSY], logins[1]: [Status.AWAITING_CLICK]}
    night.open(logins)
    run_batch = night.world.service.run_batch
    learning = replace(run_batch, admit=replace(run_batch.admit, limits=limits))

    while not learning(night.batch_id).done:
        night.world.clock.turn(seconds=5)
        night.end_sessions()

    assert len(limits.learned) == len(set(limits.learned)) == 4
    assert {cap for _, cap in limits.learned} == {2}


def test_a_bank_that_bears_nothing_holds_up_no_other_one() -> None:
    night = Night()
    night.open([night.login(1, MAPLE), night.login(2, BIRCH)])
    run_batch = night.world.service.run_batch
    healthy = replace(run_batch, admit=replace(run_batch.admit, limits=MapleIsDown()))

    assert not healthy(night.batch_id).done

    assert [session.login_id for session in night.world.sessions.all] == [name_of(2)]
    assert [night.run.bank(bank).breaker for bank in ("14", "2")] == ["open", "closed"]


def a_sick_night(alone: Iterable[int] = (), cap: int = 3) -> Night:
    """Six logins at a bank that is down, some of which succeed without their users; its next probe is due."""
    night = Night(cap=cap)
    night.open([night.login(number, succeeds_alone=number in alone) for number in range(1, 7)])
    down = BankHealth(key="14", opened_at=NOW - timedelta(minutes=6), probe_at=NOW - timedelta(minutes=1))
    night.world.bank_healths.save(down)
    return night


def begun(night: Night) -> list[str]:
    return [session.login_id for session in night.world.sessions.all]


@pytest.mark.parametrize(("alone", "probe"), [((2, 5), 5), ((), 1)])
def test_a_bank_that_is_down_is_probed_by_a_login_that_succeeds_alone(alone: tuple[int, ...], probe: int) -> None:
    night = a_sick_night(alone)

    night.tick()

    assert begun(night) == [name_of(probe)]


@pytest.mark.parametrize(("alone", "cap", "probes"), [((5,), 3, [5]), ((), 3, []), ((5,), 2, [])])
def test_while_sessions_wait_for_their_bank_only_such_a_login_joins_them(
    alone: tuple[int, ...], cap: int, probes: list[int]
) -> None:
    night = Night(cap=cap)
    night.open([night.login(number, succeeds_alone=number in alone) for number in range(1, 7)])
    night.tick()
    for session in night.world.sessions.all[2:]:
        night.end(session)
    for session in night.world.sessions.all[:2]:
        night.world.sessions.save(replace(session, bank_back_at=NOW + timedelta(hours=1)))
    now = night.world.clock()
    night.world.bank_healths.save(BankHealth(key="14", opened_at=now, probe_at=now))
    before = begun(night)

    night.tick()

    assert begun(night)[len(before) :] == [name_of(number) for number in probes]


@given(lasts=st.lists(st.integers(1, 30), max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_probe_from_the_end_of_its_queue_leaves_nobody_behind(lasts: list[int]) -> None:
    night = a_sick_night(alone=(5, 6))
    writers = [Writer(last) for last in lasts]
    night.tick(writers[0] if writers else None)
    night.end_sessions()
    night.world.bank_healths = type(night.world.bank_healths)()

    run = night.play(killing=lambda _: next((writer for writer in writers if not writer.is_dead), None))

    assert run.endings() == {"SUCCEEDED": 6}
    assert set(night.opened.values()) == {1}
    assert night.most["14"] <= night.cap


def test_those_whose_bank_is_unknown_count_at_every_bank() -> None:
    night = Night(cap=3)
    night.open([*(night.login(number, None) for number in range(1, 9)), *(night.login(n) for n in range(10, 12))])

    night.tick()

    assert Counter(lease.bank for lease in night.world.leases.all()) == {"14": 2, "unknown": 1}
    assert night.play().endings() == {"SUCCEEDED": 10}


class Failing(FakeLogins):
    """A store that fails for some logins."""

    failing: frozenset[str] = frozenset()
    fault: Exception = StoreUnavailable("down")

    def save(self, login: Any) -> Any:
        if login.login_id in self.failing:
            raise self.fault
        return super().save(login)


@pytest.mark.parametrize("fault", [StoreUnavailable("throttled"), WorkflowUnavailable("down")])
def test_a_store_that_fails_for_a_while_costs_no_login_its_turn(fault: Exception) -> None:
    night = Night()
    logins = [night.login(number) for number in (1, 2, 3)]
    night.open(logins)
    failing = Failing()
    failing._records = night.world.logins._records
    failing.failing, failing.fault = frozenset(logins[:2]), fault
    night.world.logins, healthy = failing, night.world.logins

    for _ in range(3):
        night.tick()
    assert len(night.world.leases.all()) == 2
    night.world.logins = healthy
    run = night.play()

    assert run.endings() == {"SUCCEEDED": 3}
    assert set(night.opened.values()) == {1}
    assert night.most["14"] <= 2


class RefusingLeases(FakeLeases):
    """A store that takes no lease of some items for a while."""

    def __init__(self, *refused: int) -> None:
        super().__init__()
        self._refused, self.asked = refused, 0

    def put(self, lease: Lease) -> None:
        self.asked += 1
        if self.asked in self._refused:
            raise StoreUnavailable("throttled")
        super().put(lease)


@given(st.sets(st.integers(1, 12)))
def test_an_item_that_got_no_lease_keeps_its_place_in_the_queue(refused: set[int]) -> None:
    night = Night(cap=3)
    night.world.leases = RefusingLeases(*refused)
    night.open([night.login(number) for number in range(1, 7)])

    run = night.play()

    assert run.endings() == {"SUCCEEDED": 6}
    assert set(night.opened.values()) == {1}


def test_a_pause_is_felt_in_the_middle_of_a_tick() -> None:
    night = Night(cap=100)
    night.open([night.login(number) for number in range(1, 91)])
    first = night.world.sessions.create

    def create(session: Session) -> Session:
        night.world.service.steer_batch.pause(night.batch_id)
        return first(session)

    night.world.sessions.create = create  # type: ignore[method-assign]
    night.tick()
    begun = len(night.world.sessions.all)
    night.world.sessions.create = first  # type: ignore[method-assign]
    night.world.service.steer_batch.resume(night.batch_id)

    assert 1 <= begun < 90
    assert night.play().endings() == {"SUCCEEDED": 90}


def test_a_workflow_that_did_not_begin_is_started_again() -> None:
    night = Night()
    night.open([night.login(1)])
    night.world.workflow.is_down = True
    night.tick()
    night.world.workflow.is_down = False
    assert night.world.workflow.executions == {}

    night.world.clock.turn(seconds=30)
    night.tick()

    assert len(night.world.workflow.executions) == 1
    assert len(night.world.sessions.all) == 1


@pytest.mark.parametrize("waits", [{"bank_back_at": NOW + timedelta(hours=1)}, {"place": Place(7.0, NOW)}])
def test_a_session_that_waits_for_its_bank_or_its_turn_is_not_started_again(waits: dict[str, Any]) -> None:
    night = Night()
    night.open([night.login(1)])
    night.tick()
    night.world.sessions.save(replace(night.world.sessions.all[0], **waits))
    night.world.workflow.executions.clear()

    night.world.clock.turn(minutes=10)
    night.tick()

    assert night.world.workflow.executions == {}


def test_a_bus_that_is_down_delays_the_end_and_loses_nothing() -> None:
    night = Night()
    night.open([night.login(1)])
    night.world.events = FakeEvents(refusals=2)
    night.tick()
    night.end_sessions()

    for _ in range(2):
        with pytest.raises(PublishFailed):
            night.tick()
    assert not night.run.is_over
    assert night.tick()

    assert [event.event_id for event in night.world.events.published] == [f"{night.batch_id}-FINISHED"]
    assert night.run.status is BatchStatus.FINISHED
    assert night.tick()
    assert len(night.world.events.published) == 1


def test_a_bucket_that_is_down_delays_the_end() -> None:
    night = Night()
    night.open([night.login(1)])
    night.tick()
    night.end_sessions()
    night.world.batch_files.is_down = True

    with pytest.raises(ResultNotStored):
        night.tick()
    night.world.batch_files.is_down = False

    assert night.tick()
    assert len(report(night)) == 1


@pytest.mark.parametrize("stored", range(4))
def test_a_report_is_there_only_once_all_its_forms_are(stored: int) -> None:
    night = Night()
    night.open([night.login(1), night.login(2)])
    night.tick()
    night.end_sessions()
    files = night.world.batch_files
    keep, kept = files.keep_report, list[str]()

    def keep_some(key: str, document: bytes) -> None:
        if len(kept) == stored:
            raise ResultNotStored("down")
        keep(key, document)
        kept.append(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "keep_report", keep_some)
        patch.setattr(night.world.events, "refusals", int(stored == len(ReportFormat)))
        with pytest.raises((ResultNotStored, PublishFailed)):
            night.tick()
    half = dict(files.objects)
    with pytest.raises(ReportMissing):
        night.world.service.steer_batch.report(night.batch_id)
    assert night.tick()

    keys = {report_key(night.batch_id, each) for each in ReportFormat}
    assert {
        night.world.service.steer_batch.report(night.batch_id, each).url.partition("?")[0] for each in ReportFormat
    } == {f"https://results.test/{key}" for key in keys}
    assert files.objects.keys() == keys
    assert [*files.objects][-1] == report_key(night.batch_id, ReportFormat.JSON_LINES), "the event names the last one"
    assert half.items() <= files.objects.items()
    assert len(half) == stored
    rows = parquet.read_table(pa.BufferReader(files.objects[report_key(night.batch_id, ReportFormat.PARQUET)][0]))
    assert [row["session_id"] for row in rows.to_pylist()] == [line["sessionId"] for line in report(night)]


def test_a_report_has_no_other_form() -> None:
    with pytest.raises(InvalidRequest, match="format"):
        Night().world.service.steer_batch.report("0", "xlsx")


def test_a_login_that_must_wait_beyond_the_deadline_is_not_started() -> None:
    night = Night()
    login_id = night.login(1)
    night.open([login_id])
    night.world.logins.save(night.world.logins.get(login_id).wait(NOW + timedelta(hours=6), WaitReason.LOCKOUT_GUARD))

    run = night.play()

    assert totals_of(run)["notStarted"] == 1
    assert [line["ending"] for line in report(night)] == ["LOCKOUT_GUARD"]


def test_an_erasure_between_lease_and_session_opens_nothing_afterwards() -> None:
    night = Night()
    login_id = night.login(1)
    night.open([login_id])
    night.tick()
    [session] = night.world.sessions.all
    night.world.sessions.erase(session.session_id)
    night.world.logins.erase(night.world.logins.get(login_id))

    run = night.play()

    assert night.world.sessions.all == []
    assert totals_of(run)["skipped"] == 1
    assert run.skipped == {"login_erased": 1}


def test_the_report_and_the_event_name_no_login_and_nobody() -> None:
    night = Night()
    login_id = night.login(1)
    night.open([{"loginId": login_id, "correlationId": "order-1", "userRef": "ann@example.test"}], label="tonight")

    run = night.play()

    [line] = report(night)
    assert (line["correlationId"], line["institution"]) == ("order-1", {"id": 14, "name": "Maple Bank"})
    assert (line["ending"], line["asked"], line["status"]) == ("SUCCEEDED", False, "SUCCEEDED")
    [event] = night.world.events.published
    assert (event.detail["label"], event.detail["wasKept"]) == ("tonight", True)
    everything = json.dumps([line, event.detail]) + repr(run) + repr([*night.world.batches.all_items(run.batch_id)])
    assert login_id not in everything
    assert "ann@" not in everything


def test_a_finished_batch_is_left_alone() -> None:
    night = Night()
    night.open([night.login(1)])
    run = night.play()

    assert night.tick()
    assert night.run == run


def test_an_execution_goes_on_in_the_next_one_once() -> None:
    night = Night()
    night.open([night.login(1)])

    for _ in range(2):
        night.world.service.run_batch.go_on(night.batch_id, 1)

    assert night.world.batch_runs.started == [(night.batch_id, 0), (night.batch_id, 1)]
    assert night.run.execution == 1


@settings(max_examples=60)
@given(
    st.integers(0, 6),
    st.sets(st.integers(1, 6), min_size=1),
    st.lists(st.integers(1, 60), max_size=3),
)
def test_nothing_is_left_of_an_erased_login_in_a_batch_and_nothing_begins_for_it(
    tick: int, erased: set[int], lasts: list[int]
) -> None:
    """Logins 5 and 6 are not known when they are loaded."""
    night, writers = Night(), map(Writer, lasts)
    known = [night.login(number, MAPLE if number % 2 else BIRCH) for number in range(1, 5)]
    night.open([*known, name_of(5), name_of(6)])
    for _ in range(tick):
        night.tick(next(writers, None))
        night.end_sessions(1)
    login_ids = [name_of(number) for number in erased]

    for login_id in login_ids:
        night.world.service.erase_login(login_id)
    left = [item.request for item in night.world.batches.all_items(night.batch_id)]
    run = night.play(killing=lambda _: next(writers, None))

    assert [login_id for login_id in login_ids if login_id in json.dumps(left)] == []
    assert [login_id for login_id in login_ids if night.opened[login_id]] == []
    totals = totals_of(run)
    assert (run.open, totals["skipped"] + totals["ended"] + totals["parked"] + totals["notStarted"]) == (0, 6)
    assert len(report(night)) == 6


def test_a_login_that_is_erased_leaves_the_others_of_its_batch() -> None:
    night = Night()
    first, second = night.login(1), night.login(2)
    night.open([first, second])

    erasure = night.world.service.erase_login(first)
    run = night.play()

    assert erasure.was_known
    assert run.skipped == {"login_erased": 1}
    assert sorted(line["ending"] for line in report(night)) == ["LOGIN_ERASED", "SUCCEEDED"]
    assert night.opened == {second: 1}
