"""`reconnect batch run` and what steers it: a file becomes one batch, however often the command is interrupted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from reconnect_cli.batches.files import read_logins
from reconnect_cli.batches.running import key_of
from reconnect_cli.cli import main
from reconnect_client.batches import length, parts
from reconnect_client.client import Client
from tests.fakes.builders import LOGIN_ID
from tests.schemas.checking import api_validator, faults
from tests.unit.reconnect_cli.batch_service import BATCH_ID, REPORT, BatchService, a_listed, a_view, steps
from tests.unit.world import World

LOGIN_IDS = [str(UUID(int=number)) for number in range(1, 2501)]
BY = (datetime.now(UTC) + timedelta(hours=6)).isoformat()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchService]:
    """A service that every request of a command reaches; nobody waits for it."""
    found = BatchService(World())
    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")
    monkeypatch.setattr(HTTPAdapter, "send", found.send)
    monkeypatch.setattr(Client.__init__, "__defaults__", (3, lambda _seconds: None))
    yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logins.txt"
    path.write_text("\n".join(LOGIN_IDS))
    return path


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


def run_file(file: Path, *more: str, cap: int = 60) -> Result:
    return run("run", file, "--by", BY, "--max-per-institution", cap, *more)


def test_a_file_is_planned_first_and_then_sent_in_parts_of_a_thousand(service: BatchService, file: Path) -> None:
    ran = run_file(file, "--label", "night")

    assert ran.exit_code == 0, ran.output
    calls = [name for name, _ in service.asked]
    assert calls == [*["POST /batches/plan"] * 3, "POST /batches", *["POST /batches/{id}/items"] * 2]
    assert service.login_ids == LOGIN_IDS
    assert service.status == "RUNNING"
    assert "is kept" in ran.output
    assert f"reconnect batch watch {BATCH_ID}" in ran.output
    assert not [login_id for login_id in LOGIN_IDS if login_id in ran.output]


def test_a_plan_that_misses_its_deadline_is_refused_unless_it_is_forced(service: BatchService, file: Path) -> None:
    refused = run_file(file, cap=1)
    asked = len(service.asked)
    forced = run_file(file, "--force", cap=1)

    assert (refused.exit_code, asked) == (8, 3), refused.output
    assert "it needs --max-per-institution" in refused.output
    assert "Nothing was started" in refused.output
    assert (forced.exit_code, service.login_ids) == (0, LOGIN_IDS)


@given(after=st.integers(1, 3))
def test_a_command_that_was_interrupted_goes_on_with_the_same_batch(after: int) -> None:
    service, sent = BatchService(World()), 0

    def interrupt(_number: int) -> None:
        nonlocal sent
        sent += 1
        if sent == after:
            raise KeyboardInterrupt

    service.on_part = interrupt
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RECONNECT_API_URL", "https://api.test")
        patched.setattr(HTTPAdapter, "send", service.send)
        text = "\n".join(LOGIN_IDS)
        arguments = ["batch", "run", "-", "--by", BY, "--max-per-institution", "60"]
        first = CliRunner().invoke(main, arguments, input=text)
        again = CliRunner().invoke(main, arguments, input=text)

    assert (first.exit_code, again.exit_code) == (130, 0), first.output + again.output
    assert "Give the same command again" in first.output
    assert len(service.keys) == 1
    assert service.login_ids == LOGIN_IDS
    assert service.status == "RUNNING"


def test_the_same_file_with_other_settings_needs_another_label(service: BatchService, file: Path) -> None:
    assert run_file(file).exit_code == 0

    other = run_file(file, cap=61)
    labelled = run_file(file, "--label", "again", cap=61)

    assert (other.exit_code, labelled.exit_code) == (4, 0), other.output + labelled.output
    assert "already runs as a batch until this deadline" in other.output
    assert len(service.keys) == 2


def test_what_a_line_says_of_its_login_reaches_the_batch(service: BatchService, tmp_path: Path) -> None:
    file = tmp_path / "logins.csv"
    file.write_text(f"Login_ID;CORRELATION-ID;user ref;city\n{LOGIN_ID};billing:7;;Laval\n{LOGIN_IDS[0]};;user-1;\n")

    ran = run_file(file)

    assert ran.exit_code == 0, ran.output
    assert service.asked[-1][1]["items"] == [
        {"loginId": LOGIN_ID, "correlationId": "billing:7"},
        {"loginId": LOGIN_IDS[0], "userRef": "user-1"},
    ]
    assert "not used: city" in ran.output


@pytest.mark.parametrize("name", ["login_id", "Login-Id", "LOGINID", "login id", "loginId"])
def test_the_name_of_a_field_matches_whatever_its_spelling(name: str) -> None:
    of_csv = read_logins(f"{name},x\n{LOGIN_ID},1\n")
    of_json = read_logins(json.dumps({name: LOGIN_ID, "x": 1}))

    assert (dict(of_csv.lines.login_ids), dict(of_json.lines.login_ids)) == ({2: LOGIN_ID}, {1: LOGIN_ID})
    assert not [*of_csv.lines.malformed, *of_json.lines.malformed]


def test_a_line_with_a_field_that_is_wrong_is_named_and_the_others_stay() -> None:
    found = read_logins(f'{{"loginId": "{LOGIN_ID}", "language": "de"}}\n{LOGIN_IDS[0]}\n')

    assert dict(found.lines.malformed) == {1: "language must be one of en, fr"}
    assert list(found.items) == [2]


ITEMS = st.lists(
    st.fixed_dictionaries(
        {"loginId": st.just(LOGIN_ID)}, optional={"correlationId": st.text("ab", min_size=1, max_size=128)}
    ),
    min_size=1,
    max_size=3000,
)


@given(items=ITEMS)
@example(items=[{"loginId": LOGIN_ID, "returnUrl": f"https://app.example/{'b' * 1000}"}] * 1001)
def test_no_part_is_longer_than_a_request_may_be_and_no_login_is_lost(items: Any) -> None:
    bodies = list(parts(items))

    bare = [[{"loginId": each} for each in body.get("loginIds") or []] for body in bodies]
    assert [item for body, each in zip(bodies, bare, strict=True) for item in body.get("items") or each] == items
    assert [body.get("moreItems", False) for body in bodies] == [True] * (len(bodies) - 1) + [False]
    assert max(len(json.dumps(body)) for body in bodies) < 520_000
    assert max(length(body) for body in bodies) <= 1000
    assert [fault for body in bodies for fault in faults(api_validator("AddItemsRequest"), body)] == []


def test_the_key_of_a_batch_shows_no_login_and_differs_by_deadline_and_label() -> None:
    items = [{"loginId": LOGIN_ID}]

    keys = {key_of(items, by, label) for by in ("a", "b") for label in (None, "x")} | {key_of([], "a", None)}

    assert len(keys) == 5
    assert not [key for key in keys if LOGIN_ID in key or not key.isascii() or len(key) > 255]


def test_watching_shows_each_change_and_ends_with_the_batch(service: BatchService) -> None:
    service.ending = [*steps("RUNNING", "RUNNING", "PAUSED", "FINISHED")]

    ran = run("watch", BATCH_ID)

    assert ran.exit_code == 0, ran.output
    assert [line[:5] for line in ran.output.splitlines()[:4]] == ["  0 %", " 33 %", " 66 %", "100 %"]
    assert "Zag [7]: 0 queued, 0 live of 60" in ran.output


def test_watching_names_a_bank_whose_breaker_opens_or_whose_cap_changes(service: BatchService) -> None:
    [bank] = a_view()["institutions"]
    banks = [{**bank, "breaker": None}, bank, {**bank, "breaker": "open", "cap": 0}, {**bank, "cap": 7}]
    service.ending = [a_view(institutions=[each]) for each in banks] + [a_view(status="STOPPED", institutions=[])]

    lines = run("watch", BATCH_ID).output.splitlines()

    assert [line.strip() for line in lines if line.strip().startswith("Zag")] == [
        "Zag: cap 0, breaker open",
        "Zag: cap 7, breaker closed",
    ]


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (a_view(status="FINISHED", endsAt="2026-03-14T10:00:00Z"), 0),
        (a_view(status="FINISHED", endsAt="2026-03-14T10:00:01Z"), 8),
        (a_view(status="FINISHED", endsAt="2026-03-14T09:00:00Z", totals={"notStarted": 1}), 8),
        (a_view(status="STOPPED"), 9),
        (a_view(status="FAILED"), 9),
    ],
)
def test_the_exit_code_of_a_watched_batch_says_whether_its_deadline_was_kept(
    service: BatchService, ended: dict[str, Any], code: int
) -> None:
    service.ending = [ended]

    assert run("watch", BATCH_ID).exit_code == code


def test_ctrl_c_leaves_the_batch_running_and_says_how_to_watch_it(
    service: BatchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client.__init__, "__defaults__", (3, interrupt))

    ran = run("watch", BATCH_ID)

    assert ran.exit_code == 130
    assert f"The batch goes on. Watch it again with: reconnect batch watch {BATCH_ID}" in ran.output
    assert [name for name, _ in service.asked] == ["GET /batches/{id}"]


@pytest.mark.parametrize(("command", "status"), [("pause", "PAUSED"), ("resume", "RUNNING"), ("stop", "STOPPING")])
def test_a_batch_is_paused_resumed_and_stopped(service: BatchService, command: str, status: str) -> None:
    ran = run(command, BATCH_ID)

    assert service.asked == [(f"POST /batches/{{id}}/{command}", None)]
    assert f"batch {BATCH_ID}: {status}" in ran.output


@pytest.mark.parametrize("name", ["7", "zag", "ZAG"])
def test_an_institution_is_capped_by_its_key_or_its_name(service: BatchService, name: str) -> None:
    assert run("cap", BATCH_ID, name, 0).exit_code == 0
    assert service.asked[-1] == ("POST /batches/{id}/caps", {"institution": "7", "max": 0})


def test_an_institution_that_the_batch_does_not_have_is_refused_with_those_it_has(service: BatchService) -> None:
    ran = run("cap", BATCH_ID, "Zug", 3)

    assert (ran.exit_code, len(service.asked)) == (1, 1)
    assert "Their keys: 7" in ran.output


@pytest.mark.parametrize("form", [*REPORT])
def test_a_report_is_written_as_the_service_keeps_it(service: BatchService, tmp_path: Path, form: str) -> None:
    path = tmp_path / "report"
    path.write_text("of the night before")

    assert run("report", BATCH_ID, "--format", form, "-o", path).exit_code == 0

    assert path.read_bytes() == REPORT[form]
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
    assert service.asked[0][0] == f"GET /batches/{{id}}/report?format={form}"


def test_a_report_of_texts_goes_to_standard_output_and_parquet_needs_a_file(service: BatchService) -> None:
    ran = run("report", BATCH_ID, "--format", "csv")
    refused = run("report", BATCH_ID, "--format", "parquet")

    assert ran.stdout_bytes == REPORT["csv"]
    assert (refused.exit_code, len(service.asked)) == (2, 1)
    assert "give -o FILE" in refused.output


def test_batches_are_listed_in_one_line_each_as_far_as_they_are_wanted(service: BatchService) -> None:
    over = {"status": "FINISHED", "finishedAt": "2026-03-14T09:00:00Z", "label": "tonight"}
    service.listed = [a_listed(1), a_listed(2, **over), *(a_listed(number) for number in range(3, 9))]

    ran = run("list", "--limit", 3)

    first, second, _ = ran.output.splitlines()
    assert first.startswith(f"{1:032x}  opened 2026-03-14 04:00:00 UTC  RUNNING: 0 fresh; deadline")
    assert second.startswith(f"{2:032x} (tonight)  opened")
    assert "FINISHED: 0 fresh; done 2026-03-14 09:00:00 UTC" in second
    assert [name for name, _ in service.asked] == ["GET /batches", "GET /batches?cursor=2"]


def test_a_list_of_batches_as_json_is_a_line_for_each(service: BatchService) -> None:
    service.listed = [a_listed(1), a_listed(2)]

    ran = run("list", "--json")

    assert [json.loads(line) for line in ran.output.splitlines()] == service.listed


def test_that_there_is_no_batch_is_said_to_people_only(service: BatchService) -> None:
    assert service.listed == []
    assert [run("list").output, run("list", "--json").output] == ["There is no batch.\n", ""]


@pytest.mark.usefixtures("service")
def test_a_batch_that_is_not_known_is_refused_in_one_sentence() -> None:
    ran = run("show", "f" * 32)

    assert (ran.exit_code, ran.output) == (4, "Error: No batch has this id, or it is past its retention.\n")
