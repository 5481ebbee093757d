"""Following a session: how often, which failures are tolerated, and what ends it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import Credentials

from reconnect_cli.following import Snapshot, follow
from reconnect_client import Api, ApiProblem, NoAnswer, StillWaiting

BUSY = ApiProblem(503, {"title": "Busy", "detail": "Send it again."})
GONE = ApiProblem(404, {"code": "session_not_found", "title": "No such session", "detail": "Check it."})
SILENT = NoAnswer("The service does not answer.")


class AnApi(Api):
    """A service that gives these answers, repeating the last one."""

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


def test_each_change_is_yielded_once_until_the_end() -> None:
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
def test_a_service_on_aws_is_polled_only_every_two_seconds(url: str, seconds: float) -> None:
    pauses: list[float] = []

    list(followed(AnApi("STARTING", "SUCCEEDED", url=url), pauses))

    assert pauses == [seconds]


@pytest.mark.parametrize("trouble", [BUSY, SILENT, ApiProblem(429, None), ApiProblem(500, {"message": "Internal"})])
def test_a_few_failed_polls_are_reported_and_do_not_end_the_watch(trouble: Exception) -> None:
    reported: list[str] = []
    api = AnApi("STARTING", *[trouble] * 4, "FETCHING", *[trouble] * 4, "SUCCEEDED")

    assert list(followed(api, on_trouble=reported.append)) == ["STARTING", "FETCHING", "SUCCEEDED"]
    assert reported == [str(trouble)] * 8


def test_a_service_that_stays_unreachable_ends_the_watch() -> None:
    reported: list[str] = []

    with pytest.raises(NoAnswer):
        list(followed(AnApi("STARTING", SILENT), on_trouble=reported.append))

    assert len(reported) == 5


def test_a_first_poll_that_fails_ends_the_watch() -> None:
    with pytest.raises(NoAnswer):
        list(followed(AnApi(SILENT, "SUCCEEDED"), on_trouble=lambda _: None))


def test_an_unknown_session_ends_the_watch_at_once() -> None:
    reported: list[str] = []

    with pytest.raises(ApiProblem):
        list(followed(AnApi("STARTING", GONE), on_trouble=reported.append))

    assert reported == []


def test_without_on_trouble_the_first_failure_is_raised() -> None:
    with pytest.raises(ApiProblem):
        list(followed(AnApi("STARTING", BUSY, "SUCCEEDED")))


def test_following_ends_with_the_callers_patience() -> None:
    with pytest.raises(StillWaiting, match="still STARTING"):
        list(follow(AnApi("STARTING"), "a-session", patience=-1, pause=lambda _: None))
