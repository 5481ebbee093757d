"""The commands' error output: one helpful line, an exit code, no traceback."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import HTTPAdapter

from reconnect.model.session import Status
from reconnect.views.session_view import show
from reconnect_cli import dev_files
from reconnect_cli.cli import main
from reconnect_cli.following import follow
from tests.fakes.builders import LINK, LOGIN_ID, SESSION_ID, a_session

URL = "https://api.test"
ASKING = [
    ["start", LOGIN_ID],
    ["show", SESSION_ID],
    ["watch", SESSION_ID],
    ["result", SESSION_ID],
    ["login", LOGIN_ID],
    ["login", "--user-ref", "user-4711"],
    ["list", "--needs", "user"],
    ["remind", SESSION_ID],
    ["extend", SESSION_ID, "--hours", "336"],
    ["cancel", SESSION_ID],
    ["erase", LOGIN_ID, "--yes"],
]
OF_A_SESSION = [arguments for arguments in ASKING if arguments[1] == SESSION_ID]

Answer = Callable[[requests.PreparedRequest], requests.Response]


@pytest.fixture(autouse=True)
def a_service_is_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RECONNECT_API_URL", URL)
    assert follow.__kwdefaults__ is not None
    monkeypatch.setitem(follow.__kwdefaults__, "pause", lambda _: None)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[requests.PreparedRequest]]:
    """A service that gives this answer; returns the requests it received."""

    def answering(answer: Answer) -> list[requests.PreparedRequest]:
        asked: list[requests.PreparedRequest] = []

        def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            asked.append(request)
            response = answer(request)
            response.url = str(request.url)
            return response

        monkeypatch.setattr(HTTPAdapter, "send", send)
        return asked

    return answering


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def said(ran: Result) -> str:
    """Return the one line that a command prints before it fails."""
    assert isinstance(ran.exception, SystemExit), ran.exception
    assert ran.exit_code in {1, 2, 4, 5, 6}
    [line] = [line for line in ran.stderr.splitlines() if line]
    return line


def a_response(status: int, body: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


def raising(failure: Exception) -> Answer:
    def answer(_: requests.PreparedRequest) -> requests.Response:
        raise failure

    return answer


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (requests.ReadTimeout(), "did not answer within 30 seconds"),
        (requests.ConnectTimeout(), "did not answer within 30 seconds"),
        (requests.ConnectionError(), "Is it still running?"),
        (requests.exceptions.ChunkedEncodingError(), "cannot be sent"),
        (ValueError("label empty or too long"), "cannot be sent"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_service_that_does_not_answer_is_reported_in_one_line(
    service: Callable[[Answer], object], arguments: list[str], failure: Exception, sentence: str
) -> None:
    service(raising(failure))

    text = said(run(*arguments))

    assert sentence in text
    assert URL in text


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    "url", ["foo", "abc123.execute-api.ca-central-1.amazonaws.com", "https://", "https://[", "http://h:x", "http://h"]
)
def test_an_invalid_address_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], url: str
) -> None:
    monkeypatch.setenv("RECONNECT_API_URL", url)

    assert "must be the stack's ApiUrl" in said(run(*arguments))


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("body", [b"<html>", b"", b"[]"])
def test_a_server_other_than_the_service_is_reported_in_one_line(
    service: Callable[[Answer], object], arguments: list[str], body: bytes
) -> None:
    service(lambda _: a_response(200, body))

    assert "Is its address the stack's ApiUrl?" in said(run(*arguments))


@pytest.mark.parametrize("arguments", ASKING, ids=lambda arguments: arguments[0])
def test_unusable_credentials_are_reported_in_one_line(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert "Your AWS credentials cannot be used" in said(run(*arguments))


@pytest.mark.parametrize("arguments", OF_A_SESSION, ids=lambda arguments: arguments[0])
def test_an_unknown_session_is_reported_as_erased_or_nonexistent(
    service: Callable[[Answer], object], arguments: list[str]
) -> None:
    service(
        lambda _: a_response(
            404, {"code": "session_not_found", "title": "No such session", "detail": "Check it, or open a new session."}
        )
    )

    assert "its login was erased, or it never existed" in said(run(*arguments))


@pytest.mark.parametrize("command", [arguments[0] for arguments in OF_A_SESSION])
@pytest.mark.parametrize(
    "session_id", [f"{SESSION_ID}?x=1", f"../sessions/{SESSION_ID}", "", "a-session", SESSION_ID[1:]]
)
def test_an_invalid_session_id_is_refused_without_a_request(
    service: Callable[[Answer], list[requests.PreparedRequest]], command: str, session_id: str
) -> None:
    asked = service(lambda _: a_response(500, {}))

    assert "is not a session id" in said(run(command, session_id))
    assert asked == []


def test_a_login_id_is_escaped_in_the_path(
    service: Callable[[Answer], list[requests.PreparedRequest]],
) -> None:
    asked = service(lambda _: a_response(400, {"title": "Invalid request", "detail": "Mend it."}))

    run("erase", f"../sessions/{SESSION_ID}?x=1", "--yes")

    assert [request.url for request in asked] == [f"{URL}/logins/..%2Fsessions%2F{SESSION_ID}%3Fx%3D1"]


@pytest.mark.parametrize("taken", ["a file", "a folder in a file", "a folder where a file shall be"])
def test_files_that_cannot_be_written_are_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken: str
) -> None:
    monkeypatch.setattr("reconnect_cli.cli.fetch_result", lambda *_: b'{"Accounts": []}')
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "accounts.csv").mkdir(parents=True)
    folder = {"a file": "file", "a folder in a file": "file/folder", "a folder where a file shall be": "folder"}[taken]

    ran = run("result", SESSION_ID, "--to", str(tmp_path / folder))

    if taken == "a file":
        # Click itself refuses this and shows the usage first.
        assert (ran.exit_code, "is a file" in ran.stderr) == (2, True)
    else:
        assert said(ran).startswith(f"Error: Cannot write {tmp_path}/")


def test_every_json_line_names_the_session_id_alike(
    service: Callable[[Answer], object],
) -> None:
    service(lambda _: a_response(200, {**show(a_session(Status.SUCCEEDED)), "joined": True}))

    ran = run("start", LOGIN_ID, "--watch", "--json")

    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.exit_code == 0
    assert lines[0] == {"note": "joined the live session", "sessionId": SESSION_ID}
    assert [line["session"]["sessionId"] for line in lines if "session" in line] == [SESSION_ID]


def test_a_watch_continues_after_a_busy_reply_and_says_so(service: Callable[[Answer], object]) -> None:
    answers = [
        a_response(200, show(a_session(Status.AUTHORIZING))),
        a_response(503, {"title": "Busy", "detail": "Send the same request again."}),
        a_response(200, show(a_session(Status.SUCCEEDED))),
    ]
    service(lambda _: answers.pop(0))

    ran = run("watch", SESSION_ID)

    assert ran.exit_code == 0
    assert "trying again" in ran.stdout
    assert "503 Busy" in ran.stdout


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [(400, "invalid_request", 4), (404, "session_not_found", 4), (429, "cooldown", 5), (503, "busy", 6)],
)
def test_a_refusal_has_its_exit_code_and_with_json_its_code(
    service: Callable[[Answer], object], status: int, code: str, exit_code: int
) -> None:
    service(lambda _: a_response(status, {"code": code, "title": "T", "detail": "D.", "status": status}))

    ran = run("show", SESSION_ID, "--json")

    assert ran.exit_code == exit_code
    error = json.loads(ran.stderr)
    assert (error["status"], error["code"], error["exitCode"]) == (status, code, exit_code)
    assert run("cancel", SESSION_ID).exit_code == exit_code


def test_no_answer_has_its_exit_code_and_json(service: Callable[[Answer], object]) -> None:
    service(raising(requests.ConnectionError()))

    ran = run("watch", SESSION_ID, "--json")

    assert (ran.exit_code, json.loads(ran.stderr)["exitCode"]) == (6, 6)


@pytest.mark.parametrize(("status", "exit_code"), [(Status.SUCCEEDED, 0), (Status.FAILED, 3), (Status.CANCELLED, 3)])
def test_a_watch_exits_by_how_the_session_ended(
    service: Callable[[Answer], object], status: Status, exit_code: int
) -> None:
    service(lambda _: a_response(200, show(a_session(status))))

    assert run("watch", SESSION_ID).exit_code == exit_code


def test_a_cancelled_session_is_shown_without_empty_facts(service: Callable[[Answer], object]) -> None:
    service(lambda _: a_response(200, show(a_session(Status.CANCELLED))))

    ran = run("cancel", SESSION_ID)

    assert "CANCELLED" in ran.stdout
    assert "None" not in ran.stdout


def test_a_waiting_session_is_shown_with_the_users_addresses(service: Callable[[Answer], object]) -> None:
    waiting = show(a_session(Status.AWAITING_CLICK), LINK)
    service(lambda _: a_response(200, waiting))

    ran = run("show", SESSION_ID)

    assert f"link {waiting['link']}" in ran.stdout
    assert SESSION_ID in ran.stdout


def test_invalid_scenarios_are_reported_and_a_running_service_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nbehaviour:\n  asks: perhaps\n")
    (tmp_path / "dev.json").write_text("{}")
    monkeypatch.setattr(dev_files, "DEV_FILE", tmp_path / "dev.json")

    ran = run("dev", "--scenarios", str(tmp_path / "mine.yaml"))

    assert ran.exit_code == 1
    assert "mine.yaml" in ran.stderr
    assert (tmp_path / "dev.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "start, show, watch, result, login, list, console, batch, remind, extend, cancel and erase call"),
        ([], "6 no answer"),
        (["show"], "how much was read"),
        (["result"], "CSV is UTF-8 without BOM"),
        (["result"], "import the file, do not open it directly"),
        (["dev"], "--scenarios"),
    ],
)
def test_the_help_says_what_a_command_does(arguments: list[str], words: str) -> None:
    assert words in " ".join(run(*arguments, "--help").stdout.split())


def test_an_absent_user_is_named_in_the_request(
    service: Callable[[Answer], list[requests.PreparedRequest]],
) -> None:
    asked = service(lambda _: a_response(202, {"sessionId": SESSION_ID, "joined": False}))

    ran = run("start", LOGIN_ID, "--presence", "absent")

    assert ran.exit_code == 0
    assert json.loads(asked[0].body or "") == {"loginId": LOGIN_ID, "presence": "absent"}
