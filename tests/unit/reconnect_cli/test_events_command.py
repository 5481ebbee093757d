"""`reconnect events list` and `follow`: what they ask the service, and what they print."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from requests.adapters import HTTPAdapter

from reconnect.model.feed import FeedEvent
from reconnect.model.session import Status
from reconnect.views.event_detail import detail
from reconnect.views.feed_view import show_event
from reconnect_cli.cli import main
from tests.fakes.builders import SESSION_ID, a_session

Answers = Callable[..., list[str]]
SESSION = a_session(Status.AWAITING_USER)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A service that gives these pages, and is then left by Ctrl-C; returns the paths that were asked for."""
    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def answering(*pages: Any) -> list[str]:
        asked: list[str] = []

        def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            if len(asked) == len(pages):
                raise KeyboardInterrupt
            response = requests.Response()
            response.status_code, response._content = 200, json.dumps(pages[len(asked)]).encode()
            asked.append(request.path_url)
            return response

        monkeypatch.setattr(HTTPAdapter, "send", send)
        return asked

    return answering


def a_page(cursor: str, *versions: int, has_more: bool = False) -> dict[str, Any]:
    kept = [FeedEvent(SESSION_ID, version, "ReconnectRequired", detail(SESSION)) for version in versions]
    shown = [show_event(event, SESSION, "https://a/link") for event in kept]
    return {"events": shown, "cursor": cursor, "hasMore": has_more}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["events", *arguments])


def test_the_kept_events_are_listed_page_by_page_with_the_cursor_behind_them(answers: Answers) -> None:
    asked = answers(a_page("a", 1, 2, has_more=True), a_page("b", 3))

    shown = run("list", "--from", "2026-03-14T09:00Z", "--json")

    assert [json.loads(line)["detail"]["eventId"] for line in shown.stdout.splitlines()] == [
        f"{SESSION_ID}.{version}" for version in (1, 2, 3)
    ]
    assert shown.stderr == "cursor: b\n"
    assert asked == ["/events?from=2026-03-14T09%3A00%3A00Z&limit=100", "/events?after=a&limit=100"]


def test_a_list_ends_with_the_page_that_fills_it(answers: Answers) -> None:
    asked = answers(a_page("b", 4, 5, has_more=True))

    shown = run("list", "--after", "a", "--limit", "2")

    assert asked == ["/events?after=a&limit=2"]
    assert shown.stdout.count("ReconnectRequired") == 2
    assert shown.stderr == "cursor: b\n"


def test_following_goes_on_behind_the_last_page_until_it_is_stopped(answers: Answers) -> None:
    asked = answers(a_page("b", 4), a_page("c"), a_page("d", 5))

    shown = run("follow", "--after", "a", "--json")

    assert [json.loads(line)["detail"]["eventId"] for line in shown.stdout.splitlines()] == [
        f"{SESSION_ID}.4",
        f"{SESSION_ID}.5",
    ]
    assert asked == [f"/events?after={cursor}&limit=100" for cursor in "abc"]
    assert shown.stderr == "cursor: d\n"


def test_following_begins_now_unless_a_place_is_named(answers: Answers) -> None:
    asked = answers(a_page("b"))

    run("follow")

    assert asked[0].startswith("/events?from=20")
