"""Several `reconnect dev` in one checkout: each is found while it runs, and does not hide another."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import HTTPAdapter

from reconnect_cli import dev_files
from reconnect_cli.cli import main
from reconnect_cli.dev_files import DevService, registered, running_here
from tests.fakes.builders import SESSION_ID

ONE = DevService("http://127.0.0.1:4001", "ca-central-1", "AKIA-ONE", "secret-one", name="one")
OTHER = DevService("http://127.0.0.1:4002", "ca-central-1", "AKIA-OTHER", "secret-other", name="other")


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(dev_files, "DEV_FILE", tmp_path / "dev.json")
    monkeypatch.delenv("RECONNECT_API_URL", raising=False)
    monkeypatch.delenv("RECONNECT_STACK", raising=False)
    return tmp_path / "dev.json"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[requests.PreparedRequest]:
    """The requests of a command; none is answered."""
    requested: list[requests.PreparedRequest] = []

    def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: object) -> requests.Response:
        requested.append(request)
        raise requests.ConnectionError

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return requested


def show() -> Result:
    return CliRunner().invoke(main, ["show", SESSION_ID])


def test_the_end_of_one_service_does_not_hide_another(file: Path) -> None:
    with registered(file, ONE):
        with registered(file, OTHER):
            assert {each.api_url for each in running_here(file)} == {ONE.api_url, OTHER.api_url}
        assert running_here(file) == [ONE]

    assert (running_here(file), list(file.parent.iterdir())) == ([], [])


def test_a_service_that_ends_removes_only_its_own_file(file: Path) -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(registered(file, ONE))
    with second:
        second.enter_context(registered(file, OTHER))
        first.close()

        assert running_here(file) == [OTHER]


def test_a_killed_service_is_not_found_and_the_next_one_cleans_up(file: Path) -> None:
    with registered(file, ONE):
        [own] = file.parent.iterdir()
        left = own.read_text()
    own.write_text(left)

    assert running_here(file) == []
    with registered(file, OTHER):
        assert (running_here(file), own.exists()) == ([OTHER], False)


def test_only_the_owner_may_read_the_credentials(file: Path) -> None:
    with registered(file, ONE):
        [own] = file.parent.iterdir()
        assert own.stat().st_mode & 0o077 == 0


def test_a_command_calls_the_running_service(file: Path, asked: list[requests.PreparedRequest]) -> None:
    with registered(file, ONE):
        show()

    assert [str(request.url).startswith(ONE.api_url) for request in asked] == [True]


def test_several_services_must_be_selected_from(file: Path, asked: list[requests.PreparedRequest]) -> None:
    with registered(file, ONE), registered(file, OTHER):
        ran = show()

    assert (ran.exit_code, asked) == (1, [])
    assert ran.stderr.endswith("Select one and try again: RECONNECT_STACK=one or RECONNECT_STACK=other\n")


def test_a_service_of_the_release_before_is_selected_by_its_address(file: Path) -> None:
    with registered(file, ONE), registered(file, replace(OTHER, name="")):
        ran = show()

    assert f"RECONNECT_API_URL={OTHER.api_url} or RECONNECT_STACK=one" in ran.stderr


@pytest.mark.parametrize("meant", [ONE, OTHER], ids=["one", "other"])
def test_a_service_is_selected_by_its_name(
    file: Path, asked: list[requests.PreparedRequest], monkeypatch: pytest.MonkeyPatch, meant: DevService
) -> None:
    monkeypatch.setenv("RECONNECT_STACK", meant.name)

    with registered(file, ONE), registered(file, OTHER):
        show()

    assert [str(request.url).startswith(meant.api_url) for request in asked] == [True]


def test_a_name_that_nothing_here_has_is_said_with_those_that_run(
    file: Path, asked: list[requests.PreparedRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONNECT_STACK", "third")

    with registered(file, ONE):
        ran = show()

    assert (ran.exit_code, asked) == (1, [])
    assert "No service named third is running here" in ran.stderr
    assert "RECONNECT_STACK=one" in ran.stderr


@pytest.mark.parametrize(("name", "says"), [("one", "runs here already"), ("No Name", "a name has")])
def test_a_name_that_is_taken_or_unusable_is_refused_before_anything_starts(file: Path, name: str, says: str) -> None:
    with registered(file, ONE):
        ran = CliRunner().invoke(main, ["dev", "--name", name])

    assert ran.exit_code != 0
    assert says in ran.stderr
    assert "Starting" not in ran.output


@pytest.mark.parametrize("meant", [ONE, OTHER], ids=["one", "other"])
@pytest.mark.parametrize("ending", ["", "/"])
def test_the_named_service_is_called_with_its_own_credentials(
    file: Path, asked: list[requests.PreparedRequest], monkeypatch: pytest.MonkeyPatch, meant: DevService, ending: str
) -> None:
    monkeypatch.setenv("RECONNECT_API_URL", meant.api_url + ending)

    with registered(file, ONE), registered(file, OTHER):
        show()

    [request] = asked
    assert str(request.url).startswith(meant.api_url)
    assert f"Credential={meant.access_key_id}/" in str(request.headers["Authorization"])


@pytest.mark.usefixtures("file")
def test_without_a_service_a_command_says_how_to_start_one() -> None:
    ran = show()

    assert ran.exit_code == 1
    assert "No service is running here" in ran.stderr
    assert "make dev" in ran.stderr
