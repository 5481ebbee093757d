"""What single answers say, where no simulated instance gives them."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.connect import (
    instance_of,
    judge_connect,
    judge_connect_frame,
    judge_connect_token,
    origins,
)
from reconnect_cli.preflight.judging import judge_clock, judge_keys
from reconnect_cli.preflight.report import parameters_of
from reconnect_cli.preflight.webhook import Captured, judge_webhook

_NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def an_answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body, _NOW, _NOW + timedelta(milliseconds=100))


def a_page(**headers: str) -> Answer:
    return an_answer(200, b"<html></html>", **{"content_type": "text/html", **headers})


@pytest.mark.parametrize(
    ("answer", "values", "is_fault"),
    [
        (an_answer(200, b'{"Token": "t"}'), ("known", "accepted"), [False, False]),
        (an_answer(403, b'{"message": "Forbidden"}'), (None, "refused"), [False, True]),
        (an_answer(401, b'{"Message": "A valid auth key must be provided"}'), (None, "refused"), [False, True]),
        (an_answer(401, b'{"FlinksCode": "CUSTOMER_NOT_FOUND"}'), ("unknown", None), [True, False]),
        (an_answer(404, b"not found"), ("unknown", None), [True, False]),
        (an_answer(502, b"<html>"), (None, None), [False, False]),
        (an_answer(401, b'{"FlinksCode": "TOO_MANY_REQUESTS"}'), (None, None), [False, False]),
        (an_answer(200, b"<html>welcome"), (None, None), [False, False]),
    ],
)
def test_the_request_for_a_token_tells_a_wrong_key_from_a_wrong_customer(
    answer: Answer, values: tuple[str | None, str | None], is_fault: list[bool]
) -> None:
    found = judge_keys(answer, "an-id")

    assert tuple(finding.value for finding in found) == values
    assert [finding.is_fault for finding in found] == is_fault


@pytest.mark.parametrize(
    ("dates", "value", "setting"),
    [
        (["Sat, 14 Mar 2026 09:26:53 GMT"], "0", "60"),
        (["Sat, 14 Mar 2026 09:28:53 GMT"], "120", "151"),
        (["Sat, 14 Mar 2026 09:24:53 GMT"], "-120", "150"),
        (["Mon, 16 Mar 2026 09:26:53 GMT"], "172800", None),
        (["nonsense", ""], None, None),
        ([], None, None),
    ],
)
def test_the_clock_is_read_from_the_date_header(dates: list[str], value: str | None, setting: str | None) -> None:
    found = judge_clock([an_answer(date=date) for date in dates])

    assert (found.value, found.parameters.get("ClockSkewSeconds")) == (value, setting)
    assert found.is_fault is (value == "172800")


@pytest.mark.parametrize(
    ("headers", "public_url", "value", "is_fault"),
    [
        ({}, "https://a.test", "any", False),
        ({"x_frame_options": "DENY"}, "https://a.test", "'none'", True),
        ({"x_frame_options": "SAMEORIGIN"}, None, "'self'", False),
        ({"content_security_policy": "default-src *; frame-ancestors a.test"}, "https://a.test", "a.test", False),
        (
            {"content_security_policy": "frame-ancestors https://*.a.test"},
            "https://x.a.test",
            "https://*.a.test",
            False,
        ),
        ({"content_security_policy": "frame-ancestors https://*.a.test"}, "https://a.test", "https://*.a.test", True),
        ({"content_security_policy": "frame-ancestors https://a.test"}, "https://a.test.evil.test", None, True),
        ({"content_security_policy": "frame-ancestors https:"}, "https://a.test", "https:", False),
        ({"content_security_policy": "frame-ancestors"}, "https://a.test", "'none'", True),
    ],
)
def test_connects_headers_say_whether_the_users_page_may_frame_it(
    headers: dict[str, str], public_url: str | None, value: str | None, is_fault: bool
) -> None:
    found = judge_connect_frame(a_page(**headers), public_url)

    assert found.value == (value or "https://a.test")
    assert found.is_fault is is_fault


def test_the_hosts_of_an_instance_need_no_addresses() -> None:
    api = "https://acme-ca-api.private.fin.ag"
    [connect] = origins(api, None)

    found = judge_connect({(connect, "/v2/"): a_page()}, api)

    assert instance_of(api) == "acme-ca"
    assert connect == "https://acme-ca-iframe.private.fin.ag"
    assert parameters_of([found], instance_of(api), api) == {"FlinksInstance": "acme-ca", "FlinksConnectPath": "/v2/"}


def test_a_connect_that_decides_in_the_browser_is_not_guessed_at() -> None:
    assert judge_connect_token(a_page(), a_page()).value is None


def test_a_webhook_is_checked_byte_for_byte() -> None:
    body = b'{"Login":{"Id":"x"}}\r\n\r\n'
    signature = base64.b64encode(hmac.new(b"s", body, hashlib.sha256).digest()).decode()
    in_hex = hmac.new(b"s", body, hashlib.sha256).hexdigest()

    def told(header: str, sent: bytes = body, key: str | None = "s") -> str | None:
        raw = f"POST /webhooks/flinks HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n".encode() + sent
        return judge_webhook(Captured.read(raw), key).value

    assert told(f"Flinks-Authenticity-Key: {signature}") == "flinks-authenticity-key"
    assert told(f"X-Flinks-Signature: {signature}") == "x-flinks-signature"
    assert told(f"x-flinks-signature: {in_hex}") == "hex"
    assert told(f"x-flinks-signature: {signature}", body + b"\n") == "body changed"
    assert told(f"x-flinks-signature: {signature}", b"{}") == "refused"
    assert told(f"x-flinks-signature: {signature}", key="other") == "refused"
    assert told("Content-Type: application/json") == "unsigned"
    assert told(f"x-flinks-signature: {signature}", key=None) is None
    assert judge_webhook(None, "s").value is None
