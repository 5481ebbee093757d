"""What each lost request is, and what of it may be put back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect_cli.operating.lost import LostRequest
from tests.fakes.builders import LOGIN_ID
from tests.fakes.lambda_runtime import event

EVENT = event("open_session/bus_refresh_requested")
WAITED = json.loads(event("open_session/queue_delayed_request")["Records"][0]["body"])


def failed_with(error: str) -> dict[str, Any]:
    return {"requestContext": {}, "requestPayload": EVENT, "responsePayload": {"errorType": error}}


def lost(body: Any, **attributes: str) -> LostRequest:
    message = {
        "MessageId": "a-message",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": {"SentTimestamp": "1773480413589"},
        "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
    }
    return LostRequest.read(message)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lost(EVENT, ERROR_CODE="SDK_CLIENT_ERROR"), "open_session could not be invoked for an hour: SDK_CLIENT_ERROR"),
        (lost(EVENT), "open_session could not be invoked for an hour: no reason is given"),
        (lost(failed_with("StoreUnavailable")), "open_session failed three times: StoreUnavailable"),
        (lost(WAITED), "it had to wait, and then open_session failed for an hour"),
    ],
)
def test_a_lost_request_says_why_it_is_lost_and_may_be_put_back(found: LostRequest, why: str) -> None:
    assert (found.why, found.is_final) == (why, False)
    assert found.request and found.request["detail"]["loginId"] == LOGIN_ID


@pytest.mark.parametrize("error", ["InvalidRequest", "IdempotencyConflict"])
def test_a_request_that_is_itself_at_fault_is_final(error: str) -> None:
    assert lost(failed_with(error)).is_final


def test_a_request_keeps_its_id_and_what_was_known_of_its_login() -> None:
    assert lost(EVENT).request == {"id": EVENT["id"], "detail": EVENT["detail"]}
    assert lost({**WAITED, "wasKnown": True}).request == {**WAITED, "wasKnown": True}


@given(
    body=st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(
            st.sampled_from(["detail", "id", "detail-type", "requestPayload", "responsePayload", "errorType"]), inner
        ),
        max_leaves=6,
    )
)
def test_a_message_of_another_form_is_kept_and_explained(body: Any) -> None:
    found = lost(body)

    assert found.is_final == (found.request is None) or "itself" in found.why
    assert found.why


@pytest.mark.parametrize("body", ["", "no json", "[" * 100_000])
def test_what_cannot_be_read_is_kept(body: str) -> None:
    assert lost(body).is_final


@pytest.mark.parametrize("body", [EVENT, failed_with("StoreUnavailable"), failed_with("InvalidRequest"), WAITED])
def test_the_explanation_of_a_request_names_no_login(body: Any) -> None:
    found = lost(body, ERROR_CODE="NO_PERMISSIONS")

    assert LOGIN_ID not in " ".join([found.why, found.source, str(found.correlation_id), found.message_id])
