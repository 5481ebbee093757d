"""What a caller may request, and the error for everything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import InvalidRequest
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence
from tests.fakes.builders import LOGIN_ID


def errors_of(body: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as refused:
        OpenRequest.parse(body)
    return refused.value.errors


def errors_with(**fields: Any) -> dict[str, str]:
    return errors_of({"loginId": LOGIN_ID, **fields})


def test_a_request_needs_no_more_than_a_login() -> None:
    assert OpenRequest.parse({"loginId": LOGIN_ID}) == OpenRequest(LOGIN_ID)


def test_a_request_may_set_every_field() -> None:
    request = OpenRequest.parse(
        {
            "loginId": LOGIN_ID,
            "language": "fr",
            "timeZone": "America/St_Johns",
            "returnUrl": "https://app.example/back?x=1#y",
            "correlationId": "order:1.2_3-4",
            "linkLifetimeHours": 720,
            "presence": "absent",
        }
    )

    assert request == OpenRequest(
        login_id=LOGIN_ID,
        language="fr",
        time_zone="America/St_Johns",
        return_url="https://app.example/back?x=1#y",
        correlation_id="order:1.2_3-4",
        link_lifetime_hours=720,
        presence=Presence.ABSENT,
    )


def test_a_missing_login_is_reported_as_required() -> None:
    assert "required" in errors_of({})["loginId"]
    assert "required" in errors_of({"loginId": None})["loginId"]


@pytest.mark.parametrize(
    "value", ["", "abc", LOGIN_ID[:-1], LOGIN_ID + "0", LOGIN_ID + "\n", f" {LOGIN_ID}", 7, True, [], {}]
)
def test_the_error_for_a_malformed_login_shows_the_right_form(value: object) -> None:
    assert "GUID" in errors_of({"loginId": value})["loginId"]


@pytest.mark.parametrize("body", [None, [], "text", 7, True, [{"loginId": LOGIN_ID}]])
def test_a_body_other_than_an_object_is_refused(body: object) -> None:
    assert errors_of(body).keys() == {"body"}


INVALID_VALUES: list[tuple[str, object]] = [
    ("language", "de"),
    ("language", "EN"),
    ("language", 1),
    ("language", ["en"]),
    ("language", {}),
    ("timeZone", 1),
    ("timeZone", ["America/Toronto"]),
    ("timeZone", ""),
    ("timeZone", "Toronto"),
    ("timeZone", "America"),
    ("timeZone", "America/Toronto\n"),
    ("timeZone", "America/Toronto\x00"),
    ("timeZone", "-05:00"),
    ("timeZone", "../America/Toronto"),
    ("timeZone", "/etc/localtime"),
    ("timeZone", "\ud800"),
    ("timeZone", "A" * 5_000),
    ("returnUrl", 1),
    ("returnUrl", ["https://app.example"]),
    ("returnUrl", {}),
    ("correlationId", 1),
    ("correlationId", ""),
    ("correlationId", "a b"),
    ("correlationId", "a\n"),
    ("correlationId", "x" * 129),
    ("correlationId", ["a"]),
    ("linkLifetimeHours", "24"),
    ("linkLifetimeHours", 24.5),
    ("linkLifetimeHours", True),
    ("linkLifetimeHours", 0),
    ("linkLifetimeHours", -1),
    ("linkLifetimeHours", 721),
    ("linkLifetimeHours", float("nan")),
    ("linkLifetimeHours", [1]),
    ("presence", ""),
    ("presence", "Absent"),
    ("presence", "parked"),
    ("presence", False),
    ("presence", ["absent"]),
]


def test_a_field_with_an_invalid_value_is_named() -> None:
    assert [each for each in INVALID_VALUES if errors_with(**dict([each])).keys() != {each[0]}] == []


def test_a_whole_number_is_accepted_in_every_json_notation() -> None:
    request = OpenRequest.parse({"loginId": LOGIN_ID, "linkLifetimeHours": 24.0})

    assert isinstance(request.link_lifetime_hours, int)
    assert request == OpenRequest.parse({"loginId": LOGIN_ID, "linkLifetimeHours": 24})


@pytest.mark.parametrize("name", ["America/Toronto", "America/St_Johns", "Pacific/Chatham", "UTC"])
def test_a_time_zone_is_given_by_its_iana_name(name: str) -> None:
    assert OpenRequest.parse({"loginId": LOGIN_ID, "timeZone": name}).time_zone == name


def test_the_error_for_an_unknown_field_lists_the_known_ones() -> None:
    errors = errors_with(loginid=LOGIN_ID)

    assert errors.keys() == {"loginid"}
    assert "loginId" in errors["loginid"]


def test_all_errors_are_reported_at_once() -> None:
    errors = errors_of({"loginId": 1, "language": "de", "returnUrl": "nowhere", "linkLifetimeHours": 0, "more": 1})

    assert errors.keys() == {"loginId", "language", "returnUrl", "linkLifetimeHours", "more"}


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example",
        "https://app.example:8443/back",
        "HTTPS://APP.EXAMPLE/",
        "http://localhost:3000/back",
        "http://127.0.0.1/back",
    ],
)
def test_a_return_address_is_https_or_on_the_developers_machine(url: str) -> None:
    assert OpenRequest.parse({"loginId": LOGIN_ID, "returnUrl": url}).return_url == url


INVALID_ADDRESSES = [
    "",
    "/back",
    "//app.example/back",
    "app.example",
    "https:",
    "https://",
    "https:///back",
    "https://:443/",
    "javascript:alert(1)",
    "javascript://app.example/%0aalert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "ftp://app.example/",
    "http://app.example/back",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "http://127.0.0.1.evil.example/",
    "https://app.example/a b",
    "https://app.example/\nSet-Cookie: a=b",
    "https://app.example/\r\n",
    "\thttps://app.example/",
    "https://app.example/\x00",
    "https://bank.example\N{FULLWIDTH SOLIDUS}evil.example/",
    "https://[::1",
    "https://app.example/" + "x" * 2048,
]


def test_any_other_return_address_is_refused() -> None:
    assert [url for url in INVALID_ADDRESSES if errors_with(returnUrl=url).keys() != {"returnUrl"}] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@app.example/",  # pragma: allowlist secret
        "https://bank.example@evil.example/",
        # A browser reads the backslash as a slash, so this leads to evil.example and not to localhost.
        "http://evil.example\\@localhost/",
        "https://evil.example\\@bank.example/",
    ],
)
def test_a_return_address_with_a_misleading_host_is_refused(url: str) -> None:
    assert errors_with(returnUrl=url).keys() == {"returnUrl"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
known_fields = ["loginId", "language", "timeZone", "returnUrl", "correlationId", "linkLifetimeHours", "reference"]


@given(body=json_values | st.dictionaries(st.sampled_from(known_fields) | st.text(), json_values))
def test_any_json_is_accepted_or_refused_with_errors(body: object) -> None:
    try:
        request = OpenRequest.parse(body)
    except InvalidRequest as refused:
        assert all(refused.errors.values())
    else:
        assert len(request.login_id) == len(LOGIN_ID)


SHOWN = ("brandName", "brandNameFrench", "reference")


@pytest.mark.parametrize("field", SHOWN)
@pytest.mark.parametrize(
    "text", ["Maple Budget", "Prêt nº 1234 \u2013 dossier 7", "M&M's (Québec) inc.", "x" * 60, "ᐃᓄᒃ", "7"]
)
def test_a_name_or_reference_may_be_what_people_write(field: str, text: str) -> None:
    assert OpenRequest.parse({"loginId": LOGIN_ID, field: text})


@pytest.mark.parametrize("field", SHOWN)
@pytest.mark.parametrize(
    "text",
    [
        *("", " Maple", "Maple ", "x" * 61, "<b>", "a > b", "{bank}", "see https://evil.example", "WWW.evil.example"),
        *("pay@evil.example", "line\nbreak", "tab\t", "\u202egnp", "zero\u200bwidth", "soft\u00adhyphen", "\x00"),
        *("back`tick", "\u2028", "\ud800", "a\u0301\u0301\u0301", "аpple"),  # noqa: RUF001 - a Cyrillic letter
    ],
)
def test_a_name_or_reference_with_anything_else_is_refused(field: str, text: str) -> None:
    assert errors_with(**{field: text}).keys() == {field}


def test_a_request_without_the_new_fields_seals_as_in_the_release_before() -> None:
    sealed = OpenRequest(LOGIN_ID).to_seal()

    assert not {"brand_name", "brand_name_french", "reference", "presence"} & sealed.keys()
    assert OpenRequest(LOGIN_ID, reference="Loan 1").to_seal() == {**sealed, "reference": "Loan 1"}
    assert OpenRequest(LOGIN_ID, presence=Presence.ABSENT).to_seal() == {**sealed, "presence": "absent"}
