"""HTTP in and out: bodies, problem details, and unexpected errors."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconnect.model.brand import NO_BRAND
from reconnect.model.errors import (
    CoolingDown,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    IdempotencyConflict,
    InvalidRequest,
    ReconnectError,
    RequestTooLarge,
    SecretsUnavailable,
    SessionChanged,
    SessionNotFound,
    SignatureInvalid,
    StateInvalid,
    TooManyCallers,
    WorkflowUnavailable,
)
from reconnect.runtime.aws import install
from reconnect.runtime.html import reply_problem_page
from reconnect.runtime.http import (
    HttpReply,
    answers_problems,
    read_bytes,
    read_idempotency_key,
    read_json,
    reply_json,
)
from reconnect.runtime.service import Service
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import Context
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

LIMIT = 16 * 1024


@pytest.fixture(autouse=True)
def over_fakes() -> None:
    install(Service(FakePorts(), a_settings()))


def answer_to(error: Exception) -> HttpReply:
    def handler(_event: dict[str, Any], _context: Any) -> HttpReply:
        raise error

    return answers_problems(handler)({}, Context())  # type: ignore[arg-type]


def test_what_is_wrong_with_a_secret_is_logged_and_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    fault = "secretKey in the Flinks secret is empty"

    answered = answer_to(SecretsUnavailable(fault))
    shown = reply_problem_page(SecretsUnavailable(fault), "en", NO_BRAND)

    logged = [(line.levelname, line.message, getattr(line, "failed", None)) for line in caplog.records]
    assert logged == [("ERROR", "request_failed", f"SecretsUnavailable: {fault}")] * 2
    assert (answered["statusCode"], shown["statusCode"]) == (503, 503)
    assert fault not in answered["body"] + shown["body"]


def test_a_reply_is_json() -> None:
    reply = reply_json(202, {"word": "été"})

    assert reply["statusCode"] == 202
    assert reply["headers"] == {"Content-Type": "application/json"}
    assert json.loads(reply["body"]) == {"word": "été"}


@pytest.mark.parametrize("value", [{"a": 1}, [], "text", 7, None, {"word": "été"}])
def test_a_body_is_read_as_text_and_as_base64(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    encoded = base64.b64encode(text.encode()).decode()

    assert read_json({"body": text, "isBase64Encoded": False}) == value
    assert read_json({"body": encoded, "isBase64Encoded": True}) == value


def test_the_limit_is_measured_on_the_decoded_bytes() -> None:
    text = '"' + "é" * (LIMIT // 2 - 1) + '"'
    encoded = base64.b64encode(text.encode()).decode()

    assert read_json({"body": text}) == read_json({"body": encoded, "isBase64Encoded": True})
    with pytest.raises(RequestTooLarge):
        read_json({"body": text + " "})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequest({"loginId": "is required"}), 400),
        (SessionNotFound("abc"), 404),
        (IdempotencyConflict("used before"), 409),
        (TooManyCallers("100 correlation ids"), 409),
        (RequestTooLarge("big"), 413),
        (CoolingDown(NOW), 429),
        (SessionChanged("race"), 503),
        (WorkflowUnavailable("down"), 503),
        (StateInvalid("forged"), 404),
        (SignatureInvalid("forged"), 401),
        (FlinksUnavailable("no answer"), 503),
        (FlinksReplyUnreadable("HTML"), 503),
    ],
)
def test_an_error_that_a_caller_can_act_on_is_a_problem_document(error: ReconnectError, status: int) -> None:
    reply = answer_to(error)

    problem = json.loads(reply["body"])
    assert reply["statusCode"] == problem["status"] == status
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    assert {"type", "title", "status", "detail"} <= problem.keys()


def test_a_problem_with_the_request_names_each_field() -> None:
    problem = json.loads(answer_to(InvalidRequest({"loginId": "is required"}))["body"])

    assert problem["errors"] == {"loginId": "is required"}


def test_the_caller_after_the_hundredth_gets_an_error_code() -> None:
    problem = json.loads(answer_to(TooManyCallers("100 correlation ids"))["body"])

    assert problem["code"] == "too_many_callers"


def test_a_problem_never_quotes_the_error_itself() -> None:
    assert "abc" not in answer_to(SessionNotFound("abc"))["body"]


@pytest.mark.parametrize("error", [KeyError("x"), ReconnectError("unexplained"), ValueError("x")])
def test_an_unexpected_error_is_not_hidden(error: Exception) -> None:
    with pytest.raises(type(error)):
        answer_to(error)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff\x00", "été".encode(), b" \n{} "])
def test_bytes_are_read_exactly_as_they_were_sent(raw: bytes) -> None:
    assert read_bytes({"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}) == raw


def test_text_is_read_as_bytes_and_a_missing_body_as_empty() -> None:
    assert read_bytes({"body": "été", "isBase64Encoded": False}) == "été".encode()
    assert read_bytes({}) == b""


def test_bytes_that_do_not_match_their_encoding_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_bytes({"body": "not base64!", "isBase64Encoded": True})


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (timedelta(minutes=1), "60"),
        (timedelta(seconds=59.001), "60"),
        (timedelta(hours=1), "3600"),
        (timedelta(milliseconds=1), "1"),
        (timedelta(0), "1"),
        (-timedelta(hours=1), "1"),
    ],
)
def test_a_caller_who_must_wait_gets_whole_seconds(wait: timedelta, seconds: str) -> None:
    assert answer_to(CoolingDown(NOW + wait))["headers"]["Retry-After"] == seconds


def test_a_caller_who_must_wait_gets_the_time_to_retry() -> None:
    problem = json.loads(answer_to(CoolingDown(datetime(2026, 3, 14, 10, tzinfo=UTC)))["body"])

    assert problem["nextAllowedAt"] == "2026-03-14T10:00:00Z"


@pytest.mark.parametrize("error", [IdempotencyConflict("x"), WorkflowUnavailable("x"), InvalidRequest({"a": "b"})])
def test_no_other_problem_names_a_time(error: ReconnectError) -> None:
    reply = answer_to(error)

    assert "Retry-After" not in reply["headers"]
    assert "nextAllowedAt" not in json.loads(reply["body"])


@pytest.mark.parametrize("key", ["a", "order:4711/a", "x" * 255, " ", "a key with spaces"])
def test_a_callers_key_is_taken_literally_and_scoped_to_its_endpoint(key: str) -> None:
    assert read_idempotency_key({"headers": {"idempotency-key": key}}) == f"api/{key}"


def test_a_caller_needs_no_key() -> None:
    assert read_idempotency_key({"headers": {}}) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\x00", "order:4711/é", "\u2028", "\ud800"])
def test_an_invalid_key_is_refused_by_its_header_name(key: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_idempotency_key({"headers": {"idempotency-key": key}})

    assert refused.value.errors.keys() == {"Idempotency-Key"}
