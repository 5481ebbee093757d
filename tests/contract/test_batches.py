"""The contract of the records of batches: nothing is lost to another writer, and queues are read in their order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.batch import Window
from reconnect.model.batch_errors import BatchNotFound
from reconnect.model.batch_items import Item, ItemEnd, ItemState, Lease, first_place, later_place
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Loading, Source, Steering, Wanted
from reconnect.model.errors import RecordUnreadable, SessionChanged
from reconnect.model.institution import Institution
from tests.contract.at_once import at_once
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.clock import NOW

BATCH = "0123456789abcdef0123456789abcdef"
WINDOW = Window(NOW, NOW + timedelta(hours=6), 60)
RUN = BatchRun(batch_id=BATCH, asked="a-seal", created_at=NOW, window=WINDOW)
STEERING = Steering(BATCH, caps={"14": 3})
MAPLE = BankProgress(Institution(14, "Maple Bank"), 5, 2, 1, 1, 1, 0, {"SUCCEEDED": 1}, "a#b", 60, "open", 9, 1)
FULL = replace(
    RUN,
    status=BatchStatus.RUNNING,
    label="the night",
    fresh_within=timedelta(hours=24),
    with_hopeless=True,
    source=Source("batches/list.csv", '"etag"', 12, 3, ("loginId", "userRef")),
    banks={
        "14": BankProgress(Institution(14, "Maple Bank"), 5, 2, 1, 1, 1, 0, {"SUCCEEDED": 1}, "a#b", 60, "open", 9, 1)
    },
    items=7,
    duplicates=1,
    malformed=1,
    skipped={"fresh": 1},
    faults=((5, "must be a Flinks LoginId"),),
    parts=frozenset({"one", "two"}),
    loading=Loading("three", NOW),
    settling=frozenset({"a#1"}),
    execution=2,
    ticked_at=NOW,
    finished_at=NOW,
    report_key="batches/reports/x",
    failure="SOURCE_CHANGED",
)
END = ItemEnd(ItemState.ENDED, "RETRY_LATER", "bank", "FAILED", True, NOW, "a-session", False, 34)


def an_item(number: int = 1, **changes: Any) -> Item:
    digest = f"{number:024x}"
    item = Item(BATCH, digest, "14", "part", True, first_place(NOW, digest), 1, True, {"loginId": "x"}, "corr-1")
    return replace(item, **changes)


def places(store: Store, after: str = "", limit: int = 100, bank: str = "14") -> list[str]:
    return [each.place for each in store.batches.queue(BATCH, bank, after, limit)]


@pytest.mark.parametrize("run", [RUN, FULL], ids=["new", "with everything"])
def test_a_header_is_read_as_it_was_written(store: Store, run: BatchRun) -> None:
    created = store.batches.create(run, STEERING)

    assert created == store.batches.get(BATCH) == replace(run, version=1)
    assert store.batches.steering(BATCH) == replace(STEERING, version=1)


def test_an_unknown_batch_is_not_found(store: Store) -> None:
    for batch_id in (BATCH, "x" * 5000):
        with pytest.raises(BatchNotFound):
            store.batches.get(batch_id)


def test_a_second_batch_with_the_same_id_is_the_first(store: Store) -> None:
    store.batches.create(RUN, STEERING)

    assert store.batches.create(replace(RUN, asked="another"), Steering(BATCH)).asked == "a-seal"
    assert store.batches.steering(BATCH).caps == STEERING.caps


def test_batches_are_listed_once_the_newest_first(store: Store) -> None:
    runs = [replace(RUN, batch_id=f"{n:032x}", created_at=NOW + timedelta(milliseconds=n)) for n in (7, 3, 10, 1)]
    for run in [*runs, replace(runs[0], created_at=NOW + timedelta(hours=1))]:
        store.batches.create(run, Steering(run.batch_id))

    first = store.batches.page(3)
    rest = store.batches.page(3, first.last)

    assert [int(batch_id, 16) for batch_id in first.batch_ids + rest.batch_ids] == [10, 7, 3, 1]
    assert (first.last is None, rest.last) == (False, None)


def test_no_batch_is_listed_before_one_was_opened(store: Store) -> None:
    page = store.batches.page(25)

    assert (page.batch_ids, page.last, store.batches.get_all(page.batch_ids)) == ((), None, [])


def test_many_batches_are_read_with_what_is_wanted_and_none_that_is_gone(store: Store) -> None:
    other = replace(FULL, batch_id="f" * 32)
    store.batches.create(RUN, STEERING)
    store.batches.create(other, Steering(other.batch_id, Wanted.PAUSE))

    found = store.batches.get_all([other.batch_id, "0" * 32, BATCH])

    assert found == [
        (replace(other, version=1), Steering(other.batch_id, Wanted.PAUSE, version=1)),
        (replace(RUN, version=1), replace(STEERING, version=1)),
    ]


@pytest.mark.engine
def test_a_page_of_batches_is_two_requests(dynamodb: InDynamoDb) -> None:
    for number in range(30):
        dynamodb.batches.create(replace(RUN, batch_id=f"{number:032x}"), STEERING)
    requests = dynamodb.count_requests()

    page = dynamodb.batches.page(25)
    assert len(dynamodb.batches.get_all(page.batch_ids)) == 25

    assert requests == ["Query", "BatchGetItem"]


@pytest.mark.engine
def test_a_batch_whose_opening_was_cut_short_is_listed_by_its_repeat(dynamodb: InDynamoDb) -> None:
    dynamodb.batches.create(RUN, STEERING)
    [row] = [row for row in dynamodb.rows() if row["pk"]["S"] == "BATCH#ALL"]
    dynamodb.table.delete({name: row[name]["S"] for name in ("pk", "sk")})
    assert dynamodb.batches.page(25).batch_ids == ()

    dynamodb.batches.create(replace(RUN, created_at=NOW + timedelta(hours=1)), STEERING)

    assert dynamodb.batches.page(25).batch_ids == (BATCH,)


def test_of_many_who_change_a_header_at_once_one_does(store: Store) -> None:
    created = store.batches.create(RUN, STEERING)

    def save(number: int) -> bool:
        try:
            store.batches.save(replace(created, items=number))
        except SessionChanged:
            return False
        return True

    assert at_once(save).count(True) == 1
    assert store.batches.get(BATCH).version == 2


def test_a_change_of_what_is_wanted_never_loses_against_a_tick(store: Store) -> None:
    created = store.batches.create(RUN, STEERING)
    read = store.batches.steering(BATCH)

    assert store.batches.steer(read.to(Wanted.PAUSE))
    store.batches.save(replace(created, items=1))

    assert store.batches.steering(BATCH) == Steering(BATCH, Wanted.PAUSE, {"14": 3}, 2)
    assert not store.batches.steer(read.limit("14", 0))


def test_items_are_read_as_they_were_written(store: Store) -> None:
    queued, skipped = an_item(1), an_item(2, place="", request=None, end=ItemEnd(ItemState.SKIPPED, "fresh"))
    ended = an_item(3, end=END, correlation_id=None)

    for _ in range(2):
        store.batches.load(RUN, [queued, skipped, ended])

    assert sorted(store.batches.items(BATCH, [queued.digest, ended.digest, "none"]), key=lambda each: each.digest) == [
        queued,
        ended,
    ]
    assert [*store.batches.all_items(BATCH)] == [queued, skipped, ended]
    assert places(store) == [queued.place]


def test_a_queue_begins_with_the_oldest_data_and_ends_with_those_that_wait(store: Store) -> None:
    never, old, new = an_item(9, place=first_place(None, "9")), an_item(8), an_item(7)
    old = replace(old, place=first_place(NOW - timedelta(days=1), old.digest))
    waiting = an_item(1, place=later_place(NOW, "1", ""))
    other = an_item(2, bank="140")
    store.batches.load(RUN, [waiting, new, old, never, other])

    assert places(store) == [never.place, old.place, new.place, waiting.place]
    assert places(store, never.place, 2) == [old.place, new.place]
    assert places(store, waiting.place) == []
    assert places(store, bank="140") == [other.place]
    assert store.batches.queue(BATCH, "14", new.place, 9)[0].digest == "1"


def test_a_queue_is_read_from_its_newest_data_too_without_those_that_wait(store: Store) -> None:
    never = an_item(9, place=first_place(None, "9"))
    old = an_item(8, place=first_place(NOW - timedelta(days=1), "8"))
    new, waiting = an_item(7), an_item(1, place=later_place(NOW, "1", ""))
    store.batches.load(RUN, [waiting, new, old, never, an_item(2, bank="140")])

    def newest(after: str = "", limit: int = 9) -> list[str]:
        return [each.place for each in store.batches.newest(BATCH, "14", after, limit)]

    assert newest() == [new.place, old.place, never.place]
    assert newest(limit=2) == [new.place, old.place]
    assert newest(never.place) == [new.place, old.place]
    assert newest(waiting.place) == []


def test_hundreds_of_items_are_loaded_at_once(store: Store) -> None:
    items = [an_item(number) for number in range(130)]

    store.batches.load(RUN, items)

    assert [*store.batches.all_items(BATCH)] == items
    assert len(places(store, limit=1000)) == 130


def test_an_item_that_ended_forgets_its_request(store: Store) -> None:
    item = an_item()
    store.batches.load(RUN, [item])

    for digest in (item.digest, "of no item"):
        store.batches.end(BATCH, digest, END)

    assert store.batches.items(BATCH, [item.digest]) == [replace(item, end=END, request=None)]
    assert len([*store.batches.all_items(BATCH)]) == 1


def test_an_erased_login_is_forgotten_in_each_batch_that_waits_for_it(store: Store) -> None:
    others = [replace(RUN, batch_id=f"{number:032x}") for number in range(130)]
    for run in (*others, RUN):
        store.batches.create(run, Steering(run.batch_id))
    mine, theirs, ended = an_item(1), an_item(2), an_item(3, end=END, request=None)
    store.batches.load(RUN, [mine, theirs, ended])
    store.batches.load(others[7], [replace(mine, batch_id=others[7].batch_id, digest="an-own-digest")])
    digests = {BATCH: mine.digest, others[7].batch_id: "an-own-digest"}

    assert store.batches.forget(lambda batch_id: digests.get(batch_id, "none"))
    assert not store.batches.forget(lambda batch_id: digests.get(batch_id, "none"))
    assert not store.batches.forget(lambda _: ended.digest)

    assert [item.request for item in store.batches.all_items(BATCH)] == [None, theirs.request, None]
    assert [item.request for item in store.batches.all_items(others[7].batch_id)] == [None]
    assert places(store) == sorted([mine.place, theirs.place])


def test_an_item_that_is_moved_has_a_new_place(store: Store) -> None:
    item = an_item()
    store.batches.load(RUN, [item])
    moved = replace(item, place=later_place(NOW, item.digest, ""), tries=2)

    for _ in range(2):
        store.batches.move(RUN, a_lease(), moved.place, 2)

    assert places(store) == [item.place, moved.place]
    assert store.batches.items(BATCH, [item.digest]) == [moved]


def a_lease(number: int = 1, **changes: Any) -> Lease:
    return replace(Lease("14", BATCH, f"{number:024x}", f"session-{number}", 1, NOW), **changes)


def test_all_leases_are_read_whatever_their_batch(store: Store) -> None:
    leases = [a_lease(number) for number in range(5)]
    leases += [a_lease(bank="national bank", batch_id="another"), a_lease(7, bank="unknown")]
    store.leases.take_lock("a writer", NOW, NOW + timedelta(minutes=1))

    for lease in leases:
        store.leases.put(lease)

    assert sorted(store.leases.all(), key=str) == sorted(leases, key=str)


def test_a_lease_of_another_try_is_not_deleted(store: Store) -> None:
    store.leases.put(a_lease())
    second = a_lease(tries=2, session_id="another")
    store.leases.put(second)

    store.leases.delete(a_lease())
    assert store.leases.all() == [second]

    for _ in range(2):
        store.leases.delete(second)
    assert store.leases.all() == []


def test_there_is_one_writer_until_it_leaves_or_its_time_is_over(store: Store) -> None:
    until = NOW + timedelta(minutes=2)

    assert at_once(lambda number: store.leases.take_lock(str(number), NOW, until)).count(True) == 1
    assert not store.leases.take_lock("late", until - timedelta(microseconds=1), until)
    assert store.leases.take_lock("late", until, until + timedelta(minutes=2))
    store.leases.leave_lock("another")
    assert not store.leases.take_lock("another", until, until)
    store.leases.leave_lock("late")
    assert store.leases.take_lock("another", until, until)


@pytest.mark.engine
def test_no_row_outlives_its_batch(dynamodb: InDynamoDb) -> None:
    dynamodb.batches.create(RUN, STEERING)
    dynamodb.batches.load(RUN, [an_item()])
    dynamodb.leases.put(a_lease())
    dynamodb.batches.steer(replace(STEERING, version=1))
    rows = dynamodb.rows()

    ends = {row["sk"]["S"].partition("#")[0]: int(row["expires_at"]["N"]) - WINDOW.deadline.timestamp() for row in rows}

    assert max(ends["ITEM"], ends["QUEUE"]) <= timedelta(days=2).total_seconds()
    assert max(ends.values()) <= timedelta(days=30).total_seconds()


@pytest.mark.engine
def test_an_item_and_its_place_are_a_write_unit_each(dynamodb: InDynamoDb) -> None:
    request = {"loginId": "5e7a3c1b-0f4d-4b8e-9c2a-6d1f0e9b8a77", "userRef": "user-123456", "language": "fr"}
    dynamodb.batches.load(RUN, [an_item(request=request, correlation_id="a-correlation-id-of-the-caller")])

    sizes = [
        sum(len(name) + len(str(next(iter(value.values())))) for name, value in row.items()) for row in dynamodb.rows()
    ]

    assert len(sizes) == 2
    assert max(sizes) < 1024


@pytest.mark.engine
@pytest.mark.parametrize("damage", [{"packed": {"B": b"junk"}}, {"version": {"S": "x"}}, {"fmt": {"N": "99"}}])
def test_a_header_that_cannot_be_read_is_an_error(dynamodb: InDynamoDb, damage: dict[str, object]) -> None:
    dynamodb.batches.create(RUN, STEERING)
    [header] = [row for row in dynamodb.rows() if row["sk"]["S"] == "BATCH"]
    dynamodb.put({**header, **damage})

    with pytest.raises(RecordUnreadable):
        dynamodb.batches.get(BATCH)
