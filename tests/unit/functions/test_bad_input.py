"""Every bad request is answered with problem details (RFC 9457) and a sentence on how to fix it."""

import base64
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from reconnect.model.errors import InvalidRequest, SessionChanged, StoreUnavailable
from reconnect.model.session import Session, Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.lambda_runtime import event
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.unit.functions.conftest import Deployed

LIMIT = 16 * 1024


def post(deployed: Deployed, body: str | None, *, is_base64: bool = False) -> dict[str, Any]:
    request = {**event("open_session/api_new"), "body": body, "isBase64Encoded": is_base64}
    if body is None:
        del request["body"]
    reply: dict[str, Any] = deployed.invoke("open_session", request)
    return reply


def problem_of(reply: dict[str, Any]) -> dict[str, Any]:
    problem: dict[str, Any] = json.loads(reply["body"])
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert problem["status"] == reply["statusCode"]
    assert problem["type"] == f"urn:reconnect:problems:{problem['code']}"
    assert problem["title"] and problem["detail"].endswith(".")
    return problem


def padded(size: int) -> str:
    """A good request of exactly this many bytes."""
    body = json.dumps({"loginId": LOGIN_ID})
    return body + " " * (size - len(body))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"loginId"}),
        ({"loginId": "abc"}, {"loginId"}),
        ({"loginId": 7}, {"loginId"}),
        ({"loginId": LOGIN_ID, "language": 1, "linkLifetimeHours": "9"}, {"language", "linkLifetimeHours"}),
        ({"loginId": LOGIN_ID, "returnUrl": "javascript:alert(1)"}, {"returnUrl"}),
        ({"loginId": LOGIN_ID, "surprise": 1}, {"surprise"}),
        ([LOGIN_ID], {"body"}),
        (None, {"body"}),
    ],
)
def test_a_wrong_request_is_answered_with_its_invalid_fields(deployed: Deployed, body: Any, fields: set[str]) -> None:
    reply = post(deployed, json.dumps(body))

    assert reply["statusCode"] == 400
    assert problem_of(reply)["errors"].keys() == fields
    assert deployed.sessions.all == []


@pytest.mark.parametrize("body", [None, "", "{", "loginId=abc", "{'loginId': 1}", '{"loginId": "\x01"}'])
def test_a_body_other_than_json_is_refused(deployed: Deployed, body: str | None) -> None:
    reply = post(deployed, body)

    assert reply["statusCode"] == 400
    assert "JSON" in problem_of(reply)["errors"]["body"]


@pytest.mark.parametrize("nested", ["[" * 16_000, '{"a":' * 3_000])
def test_a_deeply_nested_body_is_refused(deployed: Deployed, nested: str) -> None:
    assert problem_of(post(deployed, nested))["status"] == 400


def test_a_field_name_with_a_lone_surrogate_is_refused_readably(deployed: Deployed) -> None:
    reply = post(deployed, json.dumps({"loginId": LOGIN_ID, "\ud800": 1}))

    assert problem_of(reply)["status"] == 400


def test_a_base64_body_is_read_like_any_other(deployed: Deployed) -> None:
    body = base64.b64encode(json.dumps({"loginId": LOGIN_ID}).encode()).decode()

    assert post(deployed, body, is_base64=True)["statusCode"] == 202


@pytest.mark.parametrize("body", ["not base64!", "YWJj*", "é", "YWJ"])
def test_a_body_wrongly_marked_as_base64_is_refused(deployed: Deployed, body: str) -> None:
    assert "base64" in problem_of(post(deployed, body, is_base64=True))["errors"]["body"]


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x80", b""])
def test_a_body_that_is_not_utf_8_is_refused(deployed: Deployed, body: bytes) -> None:
    reply = post(deployed, base64.b64encode(body).decode(), is_base64=True)

    assert problem_of(reply)["status"] == 400


def test_a_body_may_fill_the_limit_but_not_exceed_it(deployed: Deployed) -> None:
    within = post(deployed, padded(LIMIT))
    beyond = post(deployed, padded(LIMIT + 1))

    assert within["statusCode"] == 202
    assert beyond["statusCode"] == 413
    assert str(LIMIT) in problem_of(beyond)["detail"]


def test_the_limit_counts_bytes_and_not_characters(deployed: Deployed) -> None:
    assert post(deployed, "é" * (LIMIT // 2 + 1))["statusCode"] == 413


def test_the_limit_counts_decoded_bytes(deployed: Deployed) -> None:
    def encoded(size: int) -> str:
        return base64.b64encode(padded(size).encode()).decode()

    assert len(encoded(LIMIT)) > LIMIT
    assert post(deployed, encoded(LIMIT), is_base64=True)["statusCode"] == 202
    assert post(deployed, encoded(LIMIT + 1), is_base64=True)["statusCode"] == 413


def test_an_unknown_session_is_answered_as_not_found(deployed: Deployed) -> None:
    reply = deployed.invoke("read_session", event("read_session/api_unknown"))

    assert problem_of(reply)["status"] == 404


def test_a_workflow_that_is_down_is_answered_with_a_retry(deployed: Deployed) -> None:
    deployed.workflow.is_down = True

    reply = deployed.invoke("open_session", event("open_session/api_new"))

    assert problem_of(reply)["status"] == 503
    assert len(deployed.sessions.all) == 1, "the record stays, and the next call joins it"


def test_a_returning_user_sees_a_page_while_step_functions_is_down(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AWAITING_USER))
    deployed.workflow.is_down = True

    reply = deployed.invoke("redirect_webhook", event("redirect_webhook/from_connect"))

    assert reply["statusCode"] == 200


def test_a_bad_request_from_the_bus_raises_so_that_it_is_kept(deployed: Deployed) -> None:
    request = event("open_session/bus_refresh_requested")
    request["detail"] = {"loginId": "abc"}

    with pytest.raises(Exception, match="loginId"):
        deployed.invoke("open_session", request)


def test_a_race_lost_on_every_try_raises_its_own_error(deployed: Deployed) -> None:
    deployed.sessions = ContestedSessions(999, deployed.logins)
    deployed.sessions.with_session(a_session(Status.AUTHORIZING))

    with pytest.raises(SessionChanged):
        deployed.invoke("close_session", event("close_session/flinks_code"))

    assert deployed.sessions.get(SESSION_ID).status is Status.AUTHORIZING


def test_a_returning_user_sees_a_page_despite_write_conflicts(deployed: Deployed) -> None:
    deployed.sessions = ContestedSessions(999, deployed.logins)
    deployed.sessions.with_session(a_session(Status.AWAITING_USER))

    reply = deployed.invoke("redirect_webhook", event("redirect_webhook/from_connect"))

    assert (reply["statusCode"], "Merci" in reply["body"]) == (200, True)
    assert '"RedirectLost":[1.0]' in deployed.output.replace(" ", "")


class Down(FakeSessions):
    """A table whose reads fail."""

    def get(self, session_id: str) -> Session:
        raise StoreUnavailable(f"GetItem of {len(session_id)} characters: ThrottlingException")


@pytest.mark.parametrize("case", ["read_session/api", "connect_page/status", "connect_page/attempts"])
def test_a_table_that_is_down_is_answered_with_a_retry(deployed: Deployed, case: str) -> None:
    deployed.sessions = Down()

    problem = problem_of(deployed.invoke(case.partition("/")[0], event(case)))

    assert (problem["status"], problem["detail"]) == (503, "Nothing was lost. Send the same request again.")


@pytest.mark.parametrize(
    ("case", "status", "words"),
    [
        ("redirect_webhook/from_connect", 200, "fermer cette page"),
        ("connect_page/page", 503, "Veuillez réessayer avec le même lien"),
    ],
)
def test_a_user_sees_a_page_while_the_table_is_down(deployed: Deployed, case: str, status: int, words: str) -> None:
    deployed.sessions = Down()

    reply = deployed.invoke(case.partition("/")[0], event(case))

    assert (reply["statusCode"], words in reply["body"]) == (status, True)


# What a caller may write in place of a field's name, and must not reach a log.
_PRIVATE = ["ec992039-f5a6-555f-ba96-ddf9dc8a44fa", "holder Jeanne Tremblay", "100 200 300", "(514) 555-0123"]


@pytest.mark.parametrize("name", _PRIVATE)
@pytest.mark.parametrize(
    "request_of", [lambda name: {name: 1}, lambda name: {"loginId": LOGIN_ID, "options": {name: 1}}]
)
def test_the_name_of_an_unknown_field_is_for_the_caller_only(
    deployed: Deployed, name: str, request_of: Callable[[str], dict[str, Any]]
) -> None:
    request = request_of(name)
    refusals = []
    for sent in (
        {"request": request, "executionName": "a"},
        {"id": "an-event", "detail": request},
        {"Records": [{"body": json.dumps({"id": "an-event", "detail": request})}]},
    ):
        with pytest.raises(InvalidRequest) as refused:
            deployed.invoke("open_session", sent)
        refusals.append(f"{refused.value!r} {''.join(traceback.format_exception(refused.value))}")
    answered = deployed.invoke("open_session", {**event("open_session/api_new"), "body": json.dumps(request)})

    assert any(name in field for field in json.loads(answered["body"])["errors"])
    assert all("unknown fields: 1" in refusal for refusal in refusals)
    assert name not in "".join([*refusals, deployed.output])


@pytest.mark.parametrize("path", ["\ud800", f"{SESSION_ID}.\udfff", f"{SESSION_ID}.1.2.\ud800", ""])
@pytest.mark.parametrize("case", ["connect_page/page", "connect_page/status", "redirect_webhook/from_connect"])
def test_text_that_is_no_utf_8_is_a_bad_link(deployed: Deployed, case: str, path: str) -> None:
    request = event(case)
    name = next(iter(request["pathParameters"]))

    reply = deployed.invoke(case.partition("/")[0], {**request, "pathParameters": {name: path}})

    assert reply["statusCode"] in {400, 404}


@pytest.mark.parametrize("case", ["open_session/api_new", "connect_page/events", "flinks_webhook/from_flinks"])
def test_a_body_that_is_no_utf_8_is_refused(deployed: Deployed, case: str) -> None:
    if case == "connect_page/events":
        deployed.sessions.with_session(a_session(Status.AWAITING_USER))

    reply = deployed.invoke(
        case.partition("/")[0], {**event(case), "body": '{"a": "\ud800"}', "isBase64Encoded": False}
    )

    assert reply["statusCode"] == 400
