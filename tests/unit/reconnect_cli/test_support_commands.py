"""Support's commands: what they ask the service, and what they print."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import HTTPAdapter

from reconnect.model.login import Login
from reconnect.model.login_state import Action, FoundLogin, LoginState, Turn
from reconnect.model.session import Status
from reconnect.model.waits import WaitReason
from reconnect.views.login_view import show_listed, show_login
from reconnect.views.session_view import show
from reconnect_cli.cli import main
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session, an_attempt
from tests.fakes.clock import NOW

WAITING = a_session(Status.AWAITING_CLICK, attempt=an_attempt(institution="Zag"))
BLOCKED = LoginState(Turn.USER, Action.WAIT, WaitReason.LOCKOUT_GUARD, NOW)
LOGINS = {
    "logins": [show_login(FoundLogin(Login(login_id=LOGIN_ID, failures=3, last_refresh=NOW), BLOCKED, (WAITING,)), NOW)]
}

Answers = Callable[..., list[requests.PreparedRequest]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A service that gives these answers, one after the other; returns the requests it received."""
    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")

    def answering(*bodies: Any) -> list[requests.PreparedRequest]:
        asked: list[requests.PreparedRequest] = []

        def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response._content = 200, json.dumps(bodies[len(asked)]).encode()
            asked.append(request)
            return response

        monkeypatch.setattr(HTTPAdapter, "send", send)
        return asked

    return answering


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.mark.parametrize(
    ("arguments", "given", "body"),
    [
        ([], f"{LOGIN_ID}\n", {"loginId": LOGIN_ID}),
        ([LOGIN_ID], None, {"loginId": LOGIN_ID}),
        (["--user-ref", "user-4711"], None, {"userRef": "user-4711"}),
        (["--correlation-id", "order-1"], None, {"correlationId": "order-1"}),
    ],
)
def test_a_login_is_asked_for_in_the_body_and_never_in_the_address(
    answers: Answers, arguments: list[str], given: str | None, body: dict[str, str]
) -> None:
    asked = answers(LOGINS)

    ran = run("login", *arguments, given=given)

    assert ran.exit_code == 0, ran.output
    assert (asked[0].path_url, json.loads(asked[0].body or b"")) == ("/logins/find", body)
    assert LOGIN_ID not in ran.output


def test_a_login_is_shown_with_its_turn_its_block_and_its_sessions(answers: Answers) -> None:
    answers(LOGINS)

    shown = run("login", "--user-ref", "user-4711").output

    for text in ("turn: user", "lockout_guard", "2026-03-14 09:26:53 UTC", SESSION_ID, "AWAITING_CLICK", "Zag"):
        assert text in shown


def test_a_login_can_be_printed_as_the_apis_json(answers: Answers) -> None:
    answers(LOGINS)

    assert json.loads(run("login", "--user-ref", "user-4711", "--json").output) == LOGINS


def test_a_list_goes_on_to_the_next_page_until_the_limit(answers: Answers) -> None:
    line = show_listed(WAITING)
    asked = answers({"sessions": [line], "cursor": "a b"}, {"sessions": [line, line], "cursor": "more"})

    ran = run("list", "--needs", "user", "--institution", "Caisse & Co", "--limit", "2", "--json")

    assert [json.loads(printed) for printed in ran.output.splitlines()] == [line, line]
    assert [request.path_url for request in asked] == [
        "/sessions?needs=user&institution=Caisse%20%26%20Co&limit=2",
        "/sessions?needs=user&institution=Caisse%20%26%20Co&limit=2&cursor=a%20b",
    ]


def test_a_list_for_people_has_one_line_for_each_session(answers: Answers) -> None:
    answers({"sessions": [show_listed(WAITING)], "cursor": None})

    [line] = run("list").output.splitlines()

    assert line.startswith(f"{SESSION_ID}  AWAITING_CLICK  Zag  opened 2026-03-14 09:26 UTC")
    assert "link until 2026-03-21 09:26:53 UTC" in line


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (["remind", SESSION_ID], f"/sessions/{SESSION_ID}/remind", None),
        (["extend", SESSION_ID, "--hours", "336"], f"/sessions/{SESSION_ID}/extend", {"linkLifetimeHours": 336}),
    ],
)
def test_supports_verbs_are_sent_and_show_the_session(
    answers: Answers, arguments: list[str], path: str, body: Any
) -> None:
    asked = answers(show(WAITING), show(WAITING))

    for_people, for_programs = run(*arguments), run(*arguments, "--json")

    assert [(request.method, request.path_url) for request in asked] == [("POST", path)] * 2
    assert (json.loads(asked[0].body) if asked[0].body else None) == body
    assert "linkExpiresAt 2026-03-21 09:26:53 UTC" in for_people.output
    assert json.loads(for_programs.output)["sessionId"] == SESSION_ID


def test_institutions_are_shown_with_their_shares_and_too_few_with_none(answers: Answers) -> None:
    few = {"tries": 3, "funnel": None, "shares": None, "owners": None, "secondsToAnswer": None, "secondsToEnd": None}
    many = {
        "tries": 40,
        "funnel": {"succeeded": 30},
        "shares": {"succeeded": 0.75},
        "owners": {"bank": 0.25},
        "secondsToAnswer": None,
        "secondsToEnd": {"median": 41.4, "p90": 90.0},
    }
    listed = [
        {"id": "14", "name": "Maple Bank", "status": None, "windows": {"7d": many}},
        {"id": "unknown", "name": None, "status": None, "windows": {"7d": few}},
    ]
    asked = answers({"institutions": listed})

    shown = run("institutions", "--window", "7d").output.splitlines()

    assert asked[0].path_url == "/institutions?window=7d"
    assert shown == [
        "14  Maple Bank  7d  40 tries  succeeded 75 %  next: bank 25 %  end median 41 s, p90 90 s",
        "unknown  no name  7d  3 tries  too few to tell",
    ]


def test_a_service_without_any_ending_says_so_in_place_of_an_empty_list(answers: Answers) -> None:
    answers({"institutions": []})

    assert run("institutions").output == "No session ended within 24h.\n"


def test_an_institution_that_is_down_is_shown_with_its_next_probe(answers: Answers) -> None:
    times = {"since": "2026-03-14T09:00:00Z", "nextProbeAt": "2026-03-14T09:30:00Z"}
    listed = [
        {"id": "14", "name": "Maple Bank", "status": None, "breaker": {"state": state, **times}, "windows": {}}
        for state in ("closed", "open", "half_open")
    ]
    answers({"institutions": listed})

    shown = run("institutions").output.splitlines()

    line = "14  Maple Bank  down since 2026-03-14 09:00:00 UTC, next probe 2026-03-14 09:30:00 UTC"
    assert shown == [line, line]
