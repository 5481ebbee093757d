"""`reconnect batch plan`: a file of any length becomes one plan, with the numbers of its lines and no LoginId."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import requests
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from reconnect.model.batch_request import MAX_LOGINS, BatchRequest
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.views.batch_view import show_planned
from reconnect_cli.batches.files import read_logins
from reconnect_cli.batches.planning import plan_lines
from reconnect_cli.batches.times import next_time
from reconnect_cli.cli import main
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW
from tests.unit.world import World

BODY = {"deadline": (NOW + timedelta(hours=6)).isoformat(), "maxPerInstitution": 3}
LOGIN_IDS = [str(UUID(int=number)) for number in range(1, 2 * MAX_LOGINS + 500)]
TORONTO = ZoneInfo("America/Toronto")


def a_service() -> World:
    """A service that knows the banks of most of these logins, and that every fifth has fresh data."""
    world = World()
    for number, login_id in enumerate(LOGIN_IDS):
        bank = [Institution(14, "FlinksCapital"), Institution(7, "Zag"), None][number % 3]
        refreshed = NOW if number % 5 == 0 else NOW - timedelta(days=3)
        world.logins.save(Login(login_id=login_id, institution=bank, last_refresh=refreshed))
    return world


def answer(world: World, body: dict[str, Any]) -> dict[str, Any]:
    request = BatchRequest.parse(body, NOW)
    return show_planned(world.service.plan_batch(request), request.lines, lambda _: None)


def test_a_file_of_any_length_has_the_plan_that_one_request_would_have_had() -> None:
    world, body = a_service(), {**BODY, "freshWithinHours": 24}
    lines = read_logins("loginId\n" + "\n".join(LOGIN_IDS)).lines
    window = BatchRequest.parse({**body, "loginIds": [LOGIN_ID]}, NOW).window
    asked: list[int] = []

    def ask(login_ids: list[str]) -> dict[str, Any]:
        asked.append(len(login_ids))
        return answer(world, {**body, "loginIds": login_ids})

    planned = plan_lines(lines, window, ask)

    whole = BatchRequest(lines, window, timedelta(hours=24))
    assert planned == show_planned(world.service.plan_batch(whole), lines, lambda _: None)
    assert planned["skipped"][0]["positions"][:2] == [2, 7]
    assert asked == [MAX_LOGINS, MAX_LOGINS, 499]


@pytest.mark.parametrize(
    "text",
    [
        f"{LOGIN_ID}\n\nnonsense\n{LOGIN_ID.upper()}",
        f'{{"loginId": "{LOGIN_ID}"}}\n\n{{"loginId": 7}}\n"{LOGIN_ID}"\n',
        f"\ufeff{LOGIN_ID},Anna\r\n\r\n,Ben\r\n{LOGIN_ID},Anna",
    ],
)
def test_json_lines_csv_and_plain_lines_are_sorted_out_alike(text: str) -> None:
    lines = read_logins(text).lines

    assert (dict(lines.login_ids), set(lines.malformed), lines.duplicates) == ({1: LOGIN_ID}, {3}, (4,))


def test_of_a_csv_with_a_header_the_column_login_id_counts() -> None:
    lines = read_logins(f'name,LoginId\n"Tremblay, Anna",{LOGIN_ID}\nBen\n').lines

    assert (dict(lines.login_ids), set(lines.malformed)) == ({2: LOGIN_ID}, {3})


@given(text=st.text() | st.lists(st.sampled_from([LOGIN_ID, '"', "{", "[1]", ",", "null", "\n"])).map("".join))
def test_no_file_stops_the_command_and_no_line_of_it_is_lost(text: str) -> None:
    lines = read_logins(text).lines

    filled = [number for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1) if line.strip()]
    found = sorted([*lines.login_ids, *lines.malformed, *lines.duplicates])
    assert found in (filled, filled[1:]) or "loginid" in text.casefold()


@given(after=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)))
def test_a_deadline_is_the_next_six_oclock_whatever_the_clocks_do(after: datetime) -> None:
    at = next_time("06:00", TORONTO, after)

    assert (at.astimezone(TORONTO).hour, at.astimezone(TORONTO).minute) == (6, 0)
    assert timedelta() < at - after <= timedelta(hours=25)


def test_a_deadline_may_be_a_date_with_its_offset() -> None:
    assert next_time("2026-03-14T06:00:00-04:00", None, NOW) == datetime(2026, 3, 14, 10, tzinfo=UTC)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A service behind the command's HTTP client, whose clock is this machine's."""
    world = a_service()
    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")

    def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        sent = BatchRequest.parse(json.loads(request.body or b""), datetime.now(UTC))
        shown = show_planned(world.service.plan_batch(sent), sent.lines, lambda _: None)
        response = requests.Response()
        response.status_code, response._content = 200, json.dumps(shown).encode()
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    yield world


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["batch", "plan", str(path), *arguments])


def test_a_deadline_that_is_missed_ends_with_the_bank_the_shortfall_and_two_remedies(
    served: World, tmp_path: Path
) -> None:
    file = tmp_path / "logins.txt"
    file.write_text("\n".join([*LOGIN_IDS, "nonsense", LOGIN_IDS[0]]))
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    late = run(file, "--by", in_an_hour, "--max-per-institution", "2")
    in_time = run(file, "--by", in_an_hour, "--max-per-institution", "60")

    assert (late.exit_code, in_time.exit_code) == (8, 0), late.output + in_time.output
    for text in ("is NOT kept", "Zag: 833 logins", "min late", "it needs --max-per-institution", "or a start at"):
        assert text in late.output
    assert "line 2500: must be a Flinks LoginId" in late.output
    assert "named again: 1 (line 2501)" in late.output
    assert not [login_id for login_id in LOGIN_IDS if login_id in late.output]
    assert served.workflow.executions == {}


@pytest.mark.usefixtures("served")
def test_a_file_without_any_login_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "logins.txt"
    file.write_text("\n\n")

    assert run(file, "--by", "06:00", "--max-per-institution", "2").exit_code == 1
