"""A batch's list, as requests or as an object: nothing wrong in it stops the rest, and no crash counts a line twice."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconnect.model.batch_errors import BatchClosed, BatchNotFound, ReportMissing
from reconnect.model.batch_run import BatchRun, BatchStatus, Steering
from reconnect.model.errors import IdempotencyConflict, InvalidRequest, SessionChanged, WorkflowUnavailable
from reconnect.model.login import Login
from reconnect.model.session import Status
from reconnect.usecases.load_items import PART_TAKES
from reconnect.views.batch_report import totals_of
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW
from tests.unit.batching import Killed, Night, Writer, name_of
from tests.unit.world import World

KEY = "batches/tonight.jsonl"
DEADLINE = (NOW + timedelta(hours=6)).isoformat()


def an_order(**changes: Any) -> dict[str, Any]:
    return {"deadline": DEADLINE, "maxPerInstitution": 2, "loginIds": [name_of(1)], **changes}


def an_object(world: World, lines: Iterable[str] | bytes, etag: str = "v1") -> None:
    data = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
    world.batch_files.objects[KEY] = (data, etag)


def from_object(world: World, lines: Iterable[str] | bytes) -> BatchRun:
    """A batch whose list is this object, read to its end."""
    an_object(world, lines)
    run = world.service.open_batch(an_order(loginIds=None, source={"key": KEY}), key=None)
    while not world.service.load_batch(run.batch_id):
        pass
    return world.batches.get(run.batch_id)


def requests_of(world: World, run: BatchRun) -> list[dict[str, Any]]:
    return sorted((dict(item.request or {}) for item in world.batches.all_items(run.batch_id)), key=str)


def test_a_batch_is_loaded_and_its_execution_started(world: World) -> None:
    run = world.service.open_batch(
        an_order(loginIds=[name_of(1), name_of(2)], label="tonight", caps={"14": 0}), key="k"
    )

    assert (run.status, run.label, run.open) == (BatchStatus.RUNNING, "tonight", 2)
    assert world.batch_runs.started == [(run.batch_id, 0)]
    assert world.batches.steering(run.batch_id).caps == {"14": 0}


def test_the_same_key_finds_the_same_batch_even_after_its_deadline(world: World) -> None:
    first = world.service.open_batch(an_order(), key="k", caller="a")
    world.clock.turn(hours=7)

    again = world.service.open_batch(an_order(), key="k", caller="a")

    assert again == first
    with pytest.raises(IdempotencyConflict):
        world.service.open_batch(an_order(maxPerInstitution=3), key="k", caller="a")
    with pytest.raises(InvalidRequest):
        world.service.open_batch(an_order(), key="k", caller="b")


def test_duplicates_are_one_and_malformed_entries_are_named_by_their_position(world: World) -> None:
    items = [
        {"loginId": name_of(1)},
        {"loginId": "no guid"},
        {"loginId": name_of(10).upper()},
        {"loginId": name_of(10), "language": "de", "Ann Smith": 1},
        {"loginId": name_of(10)},
    ]

    run = world.service.open_batch(an_order(loginIds=None, items=items), key=None)

    assert totals_of(run).items() >= {"items": 2, "duplicates": 1, "malformed": 2, "queued": 2}.items()
    assert [line for line, _ in run.faults] == [2, 4]
    assert run.faults[0][1].startswith("must be a Flinks LoginId")
    assert run.faults[1][1] == "language: must be one of en, fr; unknown fields: 1"


def test_those_that_need_no_refresh_are_skipped_with_their_reason(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.logins.save(Login(login_id=name_of(2), last_refresh=NOW - timedelta(hours=1)))
    world.logins.save(Login(login_id=name_of(3), unattended_questions=9))
    world.logins.save(Login(login_id=name_of(5), asked_at=NOW - timedelta(days=2), unattended_questions=1))

    run = world.service.open_batch(
        an_order(loginIds=[LOGIN_ID, *map(name_of, (2, 3, 4, 5))], freshWithinHours=2), key=None
    )

    assert run.skipped == {"live_session": 1, "fresh": 1, "hopeless": 1, "asked_recently": 1}
    assert (run.open, run.items) == (1, 5)


def test_a_list_comes_in_parts_each_of_which_may_be_repeated(world: World) -> None:
    run = world.service.open_batch(an_order(moreItems=True), key=None)
    assert (run.status, world.batch_runs.started) == (BatchStatus.LOADING, [])
    second = {"loginIds": [name_of(2), name_of(1)], "moreItems": True}
    last = {"loginIds": [name_of(3)]}

    for part in (second, second, last, last):
        run = world.service.open_batch.add(run.batch_id, part)

    assert totals_of(run).items() >= {"items": 3, "duplicates": 1, "queued": 3}.items()
    assert run.status is BatchStatus.RUNNING
    assert world.batch_runs.started == [(run.batch_id, 0)]
    with pytest.raises(BatchClosed):
        world.service.open_batch.add(run.batch_id, {"loginIds": [name_of(4)]})


def test_while_a_part_is_written_another_one_waits(world: World) -> None:
    run = world.service.open_batch(an_order(moreItems=True), key=None)
    writer = Writer(2)
    dying = World(clock=world.clock, batches=writer.watch(world.batches))
    with pytest.raises(Killed):
        dying.service.open_batch.add(run.batch_id, {"loginIds": [name_of(2)], "moreItems": True})

    with pytest.raises(SessionChanged):
        world.service.open_batch.add(run.batch_id, {"loginIds": [name_of(3)], "moreItems": True})
    world.clock.turn(seconds=PART_TAKES.total_seconds() + 1)
    run = world.service.open_batch.add(run.batch_id, {"loginIds": [name_of(3)], "moreItems": True})

    assert run.items == 2


@given(last=st.integers(1, 12), more=st.booleans())
def test_a_request_that_dies_anywhere_can_be_repeated(last: int, *, more: bool) -> None:
    world, writer = World(), Writer(last)
    order = an_order(loginIds=[name_of(1), name_of(2), name_of(1)], moreItems=more)
    watched = {name: writer.watch(getattr(world, name)) for name in ("batches", "logins", "batch_runs")}
    try:
        World(clock=world.clock, **watched).service.open_batch(order, key="k")
    except Killed:
        assert writer.is_dead

    run = world.service.open_batch(order, key="k")

    assert totals_of(run).items() >= {"items": 2, "duplicates": 1, "queued": 2}.items()
    assert len(world.batch_runs.started) == (0 if more else 1)


def test_a_workflow_that_is_down_loses_no_batch(world: World) -> None:
    world.batch_runs.is_down = True
    with pytest.raises(WorkflowUnavailable):
        world.service.open_batch(an_order(), key="k")
    world.batch_runs.is_down = False

    run = world.service.open_batch(an_order(), key="k")

    assert world.batch_runs.started == [(run.batch_id, 0)]


LINES = [
    name_of(1),
    json.dumps({"loginId": name_of(2), "correlationId": "c-2"}),
    json.dumps(name_of(3)),
    "",
    "{broken",
    "[1, 2]",
    name_of(1).upper(),
    "not a login",
]


def test_an_object_of_json_lines_is_read_with_the_numbers_of_its_lines(world: World) -> None:
    run = from_object(world, LINES)

    assert totals_of(run).items() >= {"items": 3, "duplicates": 1, "malformed": 3, "queued": 3}.items()
    assert [(line, fault[:12]) for line, fault in run.faults] == [
        (5, "is not JSON"),
        (6, "must be a Fl"),
        (8, "must be a Fl"),
    ]
    assert {"loginId": name_of(2), "correlationId": "c-2"} in requests_of(world, run)
    assert run.status is BatchStatus.RUNNING


def test_an_object_of_csv_has_the_names_of_the_fields_in_its_header(world: World) -> None:
    header = "\ufeffuserRef,loginId,linkLifetimeHours,correlationId"
    lines = [header, f'"a,b",{name_of(1)},48,', f",{name_of(2)}", f"x,{name_of(3)},two", f"{name_of(4)},,,,"]

    run = from_object(world, lines)

    assert requests_of(world, run) == [
        {"loginId": name_of(2)},
        {"userRef": "a,b", "loginId": name_of(1), "linkLifetimeHours": 48},
    ]
    assert [line for line, _ in run.faults] == [4, 5]


def test_the_names_in_an_object_may_be_spelled_as_databases_do(world: World) -> None:
    csv = from_object(world, ["LOGIN_ID,Correlation-Id,city", f"{name_of(1)},billing:1,Laval"])
    lines = from_object(world, [json.dumps({"login_id": name_of(2), "correlation_id": "billing:2"})])

    found = [world.batches.all_items(run.batch_id) for run in (csv, lines)]
    assert [(item.correlation_id, item.end) for items in found for item in items] == [
        ("billing:1", None),
        ("billing:2", None),
    ]
    assert (csv.malformed, lines.malformed) == (0, 0)


def test_an_empty_object_is_a_batch_without_logins(world: World) -> None:
    assert totals_of(from_object(world, b""))["items"] == 0


@given(
    numbers=st.lists(st.integers(1, 30), max_size=60),
    lasts=st.lists(st.integers(1, 30), max_size=4),
    piece=st.integers(40, 400),
    has_end=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_reader_that_dies_anywhere_counts_every_line_once(
    numbers: list[int], lasts: list[int], piece: int, *, has_end: bool
) -> None:
    world = World()
    data = "\n".join(map(name_of, numbers)).encode() + (b"\n" if has_end else b"")
    an_object(world, data)
    run = world.service.open_batch(an_order(loginIds=None, source={"key": KEY}), key=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reconnect.usecases.load_batch._PIECE_BYTES", piece)
        patch.setattr("reconnect.model.batch_lines._LONGEST_LINE", 36)
        for last in lasts:
            writer = Writer(last)
            try:
                World(
                    clock=world.clock,
                    batches=writer.watch(world.batches),
                    batch_files=writer.watch(world.batch_files),
                ).service.load_batch(run.batch_id)
            except Killed:
                world.clock.turn(seconds=PART_TAKES.total_seconds() + 1)
        while not world.service.load_batch(run.batch_id):
            pass

    read = world.batches.get(run.batch_id)
    assert (read.items, read.malformed) == (len(set(numbers)), 0)
    assert read.duplicates == len(numbers) - len(set(numbers))
    assert read.open == len(set(numbers))


def test_a_line_that_is_too_long_is_malformed_and_no_other_one(world: World) -> None:
    run = from_object(world, [name_of(1), "x" * 900_000, name_of(2)])

    assert totals_of(run).items() >= {"items": 2, "malformed": 1}.items()
    assert run.faults == ((2, "is too long"),)


def test_reading_stops_in_time_and_goes_on_where_it_was(world: World) -> None:
    an_object(world, [name_of(number) for number in range(1, 3001)])
    run = world.service.open_batch(an_order(loginIds=None, source={"key": KEY}), key=None)
    slow = world.batch_files.read

    def read(*given: Any) -> Any:
        world.clock.turn(seconds=20)
        return slow(*given)

    world.batch_files.read = read  # type: ignore[method-assign,assignment]

    done = [world.service.load_batch(run.batch_id) for _ in range(2)]

    assert done == [False, True]
    assert world.batches.get(run.batch_id).items == 3000


@pytest.mark.parametrize(
    ("objects", "code"),
    [({}, "SOURCE_MISSING"), ({KEY: (b"another", "v2")}, "SOURCE_CHANGED")],
    ids=["gone", "changed"],
)
def test_a_batch_fails_before_any_call_if_its_object_goes_or_changes(
    world: World, objects: dict[str, tuple[bytes, str]], code: str
) -> None:
    an_object(world, [name_of(number) for number in range(1, 3001)])
    run = world.service.open_batch(an_order(loginIds=None, source={"key": KEY}), key=None)
    slow = world.batch_files.read

    def read(*given: Any) -> Any:
        answer = slow(*given)
        world.batch_files.objects = {**objects}
        return answer

    if code == "SOURCE_CHANGED":
        world.batch_files.read = read  # type: ignore[method-assign,assignment]
    else:
        world.batch_files.objects = {}

    assert world.service.load_batch(run.batch_id)
    assert world.service.run_batch(run.batch_id).done

    failed = world.batches.get(run.batch_id)
    assert (failed.status, failed.failure) == (BatchStatus.FAILED, code)
    assert world.sessions.all == []
    [event] = world.events.published
    assert (event.detail["status"], event.detail["failureCode"], event.detail["wasKept"]) == ("FAILED", code, False)
    with pytest.raises(ReportMissing):
        world.service.steer_batch.report(run.batch_id)


def test_a_report_is_there_once_the_batch_has_ended() -> None:
    night = Night()
    night.open([night.login(1)])
    with pytest.raises(ReportMissing):
        night.world.service.steer_batch.report(night.batch_id)
    night.play()

    link = night.world.service.steer_batch.report(night.batch_id)

    assert link.url == f"https://results.test/batches/{night.batch_id}/report.jsonl?lifetime=300"
    assert link.expires_at == night.world.clock() + timedelta(minutes=5)


def test_an_unknown_batch_is_not_found(world: World) -> None:
    with pytest.raises(BatchNotFound):
        world.service.steer_batch.read("0" * 32)


def test_a_batch_that_was_never_read_to_its_end_is_read_on_when_it_is_resumed(world: World) -> None:
    an_object(world, [name_of(1)])
    run = world.service.open_batch(an_order(loginIds=None, source={"key": KEY}), key=None)
    world.clock.turn(minutes=6)

    world.service.steer_batch.resume(run.batch_id)

    assert world.batch_runs.started == [(run.batch_id, 0), (run.batch_id, 1)]


def test_a_batch_that_lost_its_execution_gets_another_one_when_it_is_resumed(world: World) -> None:
    run = world.service.open_batch(an_order(), key=None)
    world.service.run_batch(run.batch_id)
    world.service.steer_batch.resume(run.batch_id)
    assert world.batch_runs.started == [(run.batch_id, 0)]

    world.clock.turn(minutes=6)
    resumed, steering = world.service.steer_batch.resume(run.batch_id)

    assert world.batch_runs.started == [(run.batch_id, 0), (run.batch_id, 1)]
    assert (resumed.execution, steering) == (1, Steering(run.batch_id, version=1))
