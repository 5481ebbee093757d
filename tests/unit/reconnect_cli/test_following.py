"""Following a session: how often, what passes, and what ends it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import Credentials

from reconnect_cli.api import Api, ApiProblem, NoAnswer
from reconnect_cli.following import Snapshot, StillWaiting, follow

BUSY = ApiProblem(503, {"title": "Busy", "detail": "Send it again."})
GONE = ApiProblem(404, {"title": "No such session", "detail": "Check it."})
SILENT = NoAnswer("The service does not answer.")


class AnApi(Api):
    """A service that answers as it is told to, the last thing again and again."""

    def __init__(self, *answers: Any, url: str = "http://127.0.0.1:4566/_aws") -> None:
        super().__init__(url, Credentials("a", "b"), "ca-central-1")
        self._answers = list(answers)

    def read_session(self, session_id: str) -> Snapshot:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"sessionId": session_id, "status": answer}


def followed(api: Api, pauses: list[float] | None = None, **how: Any) -> Iterator[str]:
    pause = (pauses if pauses is not None else []).append
    return (session["status"] for session in follow(api, "a-session", patience=60, pause=pause, **how))


def test_each_change_is_shown_once_and_the_end_ends_it() -> None:
    api = AnApi("STARTING", "STARTING", "AUTHORIZING", "SUCCEEDED")

    assert list(followed(api)) == ["STARTING", "AUTHORIZING", "SUCCEEDED"]


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("http://127.0.0.1:4566/_aws/execute-api/reconnect", 0.2),
        ("http://localhost:4566", 0.2),
        ("http://[::1]:4566", 0.2),
        ("https://abc123.execute-api.ca-central-1.amazonaws.com", 2.0),
        ("https://localhost.example.com", 2.0),
    ],
)
def test_a_service_that_costs_money_is_asked_every_two_seconds_only(url: str, seconds: float) -> None:
    pauses: list[float] = []

    list(followed(AnApi("STARTING", "SUCCEEDED", url=url), pauses))

    assert pauses == [seconds]


@pytest.mark.parametrize("trouble", [BUSY, SILENT, ApiProblem(429, None), ApiProblem(500, {"message": "Internal"})])
def test_a_few_lost_answers_are_told_and_do_not_end_the_watch(trouble: Exception) -> None:
    told: list[str] = []
    api = AnApi("STARTING", *[trouble] * 4, "FETCHING", *[trouble] * 4, "SUCCEEDED")

    assert list(followed(api, on_trouble=told.append)) == ["STARTING", "FETCHING", "SUCCEEDED"]
    assert told == [str(trouble)] * 8


def test_a_service_that_stays_away_ends_the_watch() -> None:
    told: list[str] = []

    with pytest.raises(NoAnswer):
        list(followed(AnApi("STARTING", SILENT), on_trouble=told.append))

    assert len(told) == 5


def test_a_service_that_has_not_answered_yet_is_not_waited_for() -> None:
    with pytest.raises(NoAnswer):
        list(followed(AnApi(SILENT, "SUCCEEDED"), on_trouble=lambda _: None))


def test_a_session_that_is_gone_ends_the_watch_at_once() -> None:
    told: list[str] = []

    with pytest.raises(ApiProblem):
        list(followed(AnApi("STARTING", GONE), on_trouble=told.append))

    assert told == []


def test_whoever_is_not_describe_lost_answers_gets_the_first_of_them() -> None:
    with pytest.raises(ApiProblem):
        list(followed(AnApi("STARTING", BUSY, "SUCCEEDED")))


def test_patience_ends() -> None:
    with pytest.raises(StillWaiting, match="still STARTING"):
        list(follow(AnApi("STARTING"), "a-session", patience=-1, pause=lambda _: None))
