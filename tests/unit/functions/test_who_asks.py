"""A caller's own name and reference, on the pages of one session and nowhere else."""

import json

import pytest

from reconnect.model.session import Session, Status
from tests.fakes.builders import SESSION_ID, a_session
from tests.fakes.lambda_runtime import event
from tests.unit.functions.conftest import Deployed

GIVEN = {"brand_name": "Maple Budget", "brand_name_french": "Budget Érable", "reference": "Loan application 1234"}
WORDS = ("Maple Budget", "Budget Érable", "Loan application 1234")


def a_request(**fields: str) -> dict[str, object]:
    request = event("open_session/api_everything")
    return {**request, "body": json.dumps({**json.loads(request["body"]), **fields})}


def a_named_session(status: Status, **changes: object) -> Session:
    return a_session(status, **GIVEN, **changes)


def test_the_page_of_a_session_says_its_callers_name_and_reference(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_named_session(Status.AWAITING_USER))

    page = deployed.invoke("connect_page", event("connect_page/page"))["body"]

    assert " · Budget Érable</title>" in page
    assert "Budget Érable<small>Loan application 1234</small>" in page
    assert "Budget Érable vous demande" in page


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.CANCELLED, Status.FAILED])
def test_every_ending_says_the_callers_name_and_reference(deployed: Deployed, status: Status) -> None:
    deployed.sessions.with_session(a_named_session(status))

    page = deployed.invoke("connect_page", event("connect_page/page"))["body"]

    assert "Budget Érable<small>Loan application 1234</small>" in page


def test_the_page_after_connect_says_the_callers_name_and_reference(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_named_session(Status.AWAITING_USER, language="en"))

    page = deployed.invoke("redirect_webhook", event("redirect_webhook/from_connect"))["body"]

    assert "Maple Budget<small>Loan application 1234</small>" in page


def test_a_caller_who_joins_does_not_change_the_name_or_the_reference(deployed: Deployed) -> None:
    deployed.invoke("open_session", a_request())
    [opened] = deployed.sessions.all

    joined = deployed.invoke("open_session", a_request(brandName="Another", reference="Another 1"))

    assert json.loads(joined["body"])["joined"] is True
    kept = deployed.sessions.get(opened.session_id)
    assert (kept.brand_name, kept.brand_name_french, kept.reference) == WORDS


def test_no_log_metric_or_answer_repeats_the_name_or_the_reference(deployed: Deployed) -> None:
    replies = [deployed.invoke("open_session", a_request())]
    deployed.sessions.with_session(a_named_session(Status.AWAITING_USER))
    replies += [deployed.invoke("connect_page", event("connect_page/attempts"))]
    replies += [deployed.invoke("read_session", {**event("read_session/workflow"), "sessionId": SESSION_ID})]

    assert [word for word in WORDS if word in deployed.output] == []
    assert [word for word in WORDS if word in json.dumps([replies[0], replies[2]])] == []
    assert "Loan application" not in json.dumps(replies[1])


def test_a_refused_name_is_never_logged(deployed: Deployed) -> None:
    reply = deployed.invoke("open_session", a_request(brandName="Zuleika <b>", reference="https://zuleika.example"))

    assert reply["statusCode"] == 400
    assert json.loads(reply["body"])["errors"].keys() == {"brandName", "reference"}
    assert "uleika" not in deployed.output + reply["body"]
