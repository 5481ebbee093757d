"""The checks of a smoke test: what each fault looks like, and the sentence that names it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reconnect_cli.smoke.checks import (
    Mark,
    judge_ending,
    judge_link_page,
    judge_refused_start,
    judge_unknown_session,
    judge_unsigned,
    judge_wake,
)
from reconnect_client.api import ApiProblem
from tests.fakes.clock import NOW

_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-src https://connect.test",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_CONNECT_URL = "https://connect.test/v2/?requestId=x"


def a_session(*causes: tuple[str, float], **changes: Any) -> dict[str, Any]:
    """A session with these causes, each so many seconds after the first moment."""
    timeline = [{"cause": cause, "at": _at(seconds).isoformat()} for cause, seconds in causes]
    step = {"owner": "us", "sentence": "Contact support"}
    return {"status": "SUCCEEDED", "failureCode": None, "nextStep": step, "timeline": timeline, **changes}


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("problem", "mark", "said"),
    [
        (ApiProblem(404, {"code": "session_not_found", "title": "No such session"}), Mark.OK, "takes your signature"),
        (ApiProblem(403, {"message": "Forbidden"}), Mark.FAILED, "execute-api:Invoke"),
        (ApiProblem(500, {"message": "Internal Server Error"}), Mark.FAILED, "names a setting, permission or secret"),
        (ApiProblem(404, {"message": "Not Found"}), Mark.FAILED, "404"),
        (ApiProblem(200, None), Mark.FAILED, "ApiUrl"),
        (None, Mark.FAILED, "does not exist"),
    ],
)
def test_the_api_is_told_from_other_addresses(problem: ApiProblem | None, mark: Mark, said: str) -> None:
    result = judge_unknown_session(problem)

    assert result.mark is mark
    assert said in result.sentence


@pytest.mark.parametrize(("status", "mark"), [(403, Mark.OK), (401, Mark.OK), (404, Mark.FAILED), (200, Mark.FAILED)])
def test_an_api_that_answers_without_a_signature_is_named(status: int, mark: Mark) -> None:
    assert judge_unsigned(status).mark is mark


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ApiProblem(429, {"title": "Too soon", "nextAllowedAt": "2026-03-14T10:00:00Z"}), "2026-03-14T10:00:00Z"),
        (ApiProblem(503, {"title": "Busy"}), "open_session fails (503)"),
        (ApiProblem(400, {"title": "Invalid request", "errors": {"loginId": "must be a LoginId"}}), "loginId"),
    ],
)
def test_a_session_that_is_not_opened_says_why(problem: ApiProblem, said: str) -> None:
    result = judge_refused_start(problem)

    assert result.mark is Mark.FAILED
    assert said in result.sentence


@pytest.mark.parametrize(
    ("status", "changes", "connect_url", "said"),
    [
        (404, {}, _CONNECT_URL, "PublicBaseUrl"),
        (200, {"referrer-policy": ""}, _CONNECT_URL, "referrer-policy are missing"),
        (200, {"content-type": "application/json"}, _CONNECT_URL, "it is no page"),
        (200, {}, "https://other.test/v2/", "may not frame https://other.test: check FlinksConnectBaseUrl"),
    ],
)
def test_a_page_that_the_user_cannot_use_is_named(
    status: int, changes: dict[str, str], connect_url: str, said: str
) -> None:
    result = judge_link_page(status, {**_HEADERS, **changes}, connect_url)

    assert result.mark is Mark.FAILED
    assert said in result.sentence


def test_a_page_with_its_headers_is_well() -> None:
    assert judge_link_page(200, _HEADERS, _CONNECT_URL).mark is Mark.OK


@pytest.mark.parametrize(
    ("causes", "mark"),
    [
        ((("redirected", 10), ("AUTHORIZED", 10.4)), Mark.OK),
        ((("page_redirected", 10), ("AUTHORIZED", 12.9)), Mark.OK),
        ((("redirected", 10), ("AUTHORIZED", 19)), Mark.FAILED),
        ((("challenge_shown", 5), ("AUTHORIZED", 19)), Mark.FAILED),
        ((), Mark.FAILED),
    ],
)
def test_a_return_that_does_not_wake_the_workflow_is_named(causes: tuple[tuple[str, float], ...], mark: Mark) -> None:
    result = judge_wake(a_session(*causes))

    assert result.mark is mark
    assert (mark is Mark.OK) or "states:SendTaskSuccess" in result.sentence


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ACCESS_DENIED", "Flinks refuses the keys"),
        ("METHOD_NOT_AVAILABLE", "FlinksAuthorizeMode=sync"),
        ("FLINKS_UNAVAILABLE", "do not reach Flinks"),
        ("INTERNAL_ERROR", "malformed FlinksSecretArn"),
        ("RESULT_NOT_STORED", "results bucket"),
        ("A_CODE_OF_THE_BANK", "Contact support (next: us)"),
    ],
)
def test_an_ending_says_what_to_do(code: str, said: str) -> None:
    result = judge_ending(a_session(status="FAILED", failureCode=code))

    assert result.mark is Mark.FAILED
    assert result.sentence.startswith(f"FAILED ({code}): ")
    assert said in result.sentence
