"""The endpoints accept exactly what `schemas/openapi.yaml` allows."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.model.batch_request import BatchRequest
from reconnect.model.errors import InvalidRequest
from reconnect.model.open_request import OpenRequest
from reconnect.runtime.http import read_idempotency_key
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW
from tests.schemas.checking import API, ENDPOINTS, validator

_OPEN_REQUEST = API["components"]["schemas"]["OpenRequest"]
_OPTIONS = API["components"]["schemas"]["OpenOptions"]
_CHECKED = validator({**_OPEN_REQUEST, "components": API["components"]})
_BATCH = validator({**API["components"]["schemas"]["BatchRequest"], "components": API["components"]})
_ACCOUNT_IDS = [str(UUID(int=number)) for number in range(51)]
_STRINGS = st.text(max_size=20) | st.sampled_from(
    ["", "en", "fr", "EN", "America/Toronto", "UTC", "Nowhere/Land", "x" * 129]
)
_EDGES: list[tuple[str, Any]] = [
    ("loginId", LOGIN_ID.upper()),
    ("loginId", LOGIN_ID[:-1]),
    ("loginId", None),
    ("language", "EN"),
    ("timeZone", "America/Toronto"),
    ("timeZone", "Nowhere/Land"),
    ("timeZone", "/etc/localtime"),
    ("correlationId", ""),
    ("correlationId", "x" * 128),
    ("correlationId", "x" * 129),
    ("linkLifetimeHours", True),
    ("linkLifetimeHours", 0),
    ("linkLifetimeHours", 1),
    ("linkLifetimeHours", 24.0),
    ("linkLifetimeHours", 24.5),
    ("linkLifetimeHours", 720),
    ("linkLifetimeHours", 721),
    ("returnUrl", "HTTPS://APP.EXAMPLE"),
    ("returnUrl", "http://localhost:3000/back"),
    ("returnUrl", "http://app.example/"),
    ("returnUrl", "https://user@app.example/"),
    ("returnUrl", "https://evil.example\\@bank.example/"),
    ("returnUrl", "https://app.example/a b"),
    ("returnUrl", "https://app.example:123456/"),
    ("returnUrl", "https://app.example?"),
    ("returnUrl", "https://app.example/" + "x" * 2028),
    ("returnUrl", "https://app.example/" + "x" * 2029),
    ("returnUrl", "javascript:alert(1)"),
    ("more", 1),
    ("options", None),
    ("options", {}),
    ("options", []),
    ("options", "summaryOnly"),
    ("options", {"more": None}),
    ("options", {"summaryOnly": 1}),
    ("options", {"withIdentity": "true"}),
    ("options", {"daysOfTransactions": "Days365"}),
    ("options", {"daysOfTransactions": "days365"}),
    ("options", {"daysOfTransactions": 90}),
    ("options", {"accounts": []}),
    ("options", {"accounts": _ACCOUNT_IDS[:50]}),
    ("options", {"accounts": _ACCOUNT_IDS}),
    ("options", {"accounts": [LOGIN_ID, LOGIN_ID]}),
    ("options", {"accounts": [LOGIN_ID, LOGIN_ID.upper()]}),
    ("options", {"accounts": [f"{LOGIN_ID}\n"]}),
    ("options", {"accounts": [None]}),
    ("options", {"accounts": LOGIN_ID}),
    ("options", {"summaryOnly": True, "withIdentity": True}),
    ("options", {"summaryOnly": True, "daysOfTransactions": "Days90"}),
    ("options", {"summaryOnly": True, "daysOfTransactions": None, "accounts": None}),
    ("options", {"summaryOnly": True, "accounts": [LOGIN_ID]}),
    ("options", {"summaryOnly": False, "daysOfTransactions": "Days90", "accounts": [LOGIN_ID]}),
    ("options", {"summaryOnly": None, "daysOfTransactions": "Days90", "accounts": [LOGIN_ID]}),
]
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 800)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _STRINGS
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)
_LIKELY_OPTIONS = {
    "summaryOnly": st.booleans(),
    "daysOfTransactions": st.sampled_from(["Days90", "Days365"]),
    "withIdentity": st.booleans(),
    "accounts": st.lists(st.sampled_from(_ACCOUNT_IDS), max_size=3),
}
_LIKELY = {
    "loginId": st.uuids().map(str) | st.just(LOGIN_ID.upper()),
    "returnUrl": st.from_regex(_OPEN_REQUEST["properties"]["returnUrl"]["pattern"], fullmatch=True),
    "correlationId": st.from_regex(_OPEN_REQUEST["properties"]["correlationId"]["pattern"], fullmatch=True),
    "options": st.fixed_dictionaries({}, optional=_LIKELY_OPTIONS)
    | st.dictionaries(st.sampled_from([*_OPTIONS["properties"], "more"]), _VALUES),
}
_BODIES = st.fixed_dictionaries(
    {"loginId": _LIKELY["loginId"]},
    optional={name: _LIKELY.get(name, _STRINGS) | _VALUES for name in _OPEN_REQUEST["properties"] if name != "loginId"}
    | {"more": _VALUES},
) | st.dictionaries(st.sampled_from([*_OPEN_REQUEST["properties"]]), _VALUES)


def _is_accepted(body: object) -> bool:
    try:
        OpenRequest.parse(body)
    except InvalidRequest:
        return False
    return True


@given(body=_BODIES | _VALUES)
def test_a_body_is_accepted_if_and_only_if_the_document_allows_it(body: Any) -> None:
    assert _is_accepted(body) == _CHECKED.is_valid(body)


def test_the_code_and_the_document_agree_on_edge_cases() -> None:
    bodies = [{"loginId": LOGIN_ID, field: value} for field, value in _EDGES]

    assert [body for body in bodies if _is_accepted(body) != _CHECKED.is_valid(body)] == []


_BATCH_REQUIRED = ("loginIds", "deadline", "maxPerInstitution")
_BATCH_FIELDS = {
    "loginIds": st.lists(st.just(LOGIN_ID) | _STRINGS, max_size=3) | st.lists(_VALUES, max_size=3) | _VALUES,
    "deadline": st.sampled_from(["2026-03-14T06:00:00-04:00", "06:00", "6:05", "24:00"]),
    "timeZone": st.sampled_from(["America/Toronto", "Nowhere/Land", None]),
    "maxPerInstitution": st.integers(-1, 1002) | _VALUES,
    "startAt": st.none() | st.just("2026-03-14T03:00:00-04:00"),
    "freshWithinHours": st.integers(-1, 722) | _VALUES,
    "assumedSeconds": st.integers(-1, 3602) | _VALUES,
}


@given(
    body=st.fixed_dictionaries(
        {name: _BATCH_FIELDS[name] for name in _BATCH_REQUIRED},
        optional={name: values for name, values in _BATCH_FIELDS.items() if name not in _BATCH_REQUIRED},
    )
    | st.dictionaries(st.sampled_from([*_BATCH_FIELDS, "more"]), _VALUES)
)
def test_a_batch_is_accepted_if_and_only_if_the_document_allows_it(body: Any) -> None:
    try:
        is_accepted = bool(BatchRequest.parse(body, NOW))
    except InvalidRequest:
        is_accepted = False

    assert is_accepted == _BATCH.is_valid(body)


def test_an_error_lists_the_documented_fields() -> None:
    with pytest.raises(InvalidRequest) as refused:
        OpenRequest.parse({"loginId": LOGIN_ID, "more": 1, "options": {"more": 1}})

    assert refused.value.errors["more"].endswith(f"known are {', '.join(_OPEN_REQUEST['properties'])}")
    assert refused.value.errors["options.more"].endswith(f"known are {', '.join(_OPTIONS['properties'])}")


@given(key=st.text(max_size=5) | st.text(alphabet="a", min_size=254, max_size=257))
@example(key=" ~")
@example(key="é")
@example(key="")
def test_a_key_is_accepted_if_and_only_if_the_document_allows_it(key: str) -> None:
    (parameter,) = ENDPOINTS["POST /sessions"]["parameters"]
    try:
        accepted = read_idempotency_key({"headers": {"idempotency-key": key}}) is not None
    except InvalidRequest:
        accepted = False

    assert accepted == validator(parameter["schema"]).is_valid(key)
