"""One exchange with Flinks: how long it may take, and what is logged of an unreadable answer."""

import itertools
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.flinks.transport import excerpt
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from tests.fakes.builders import REQUEST_ID
from tests.fakes.flinks_wire import BASE_URL, Canned, wired
from tests.fakes.keys import FakeFlinksKeys

SETTINGS = FlinksSettings(BASE_URL, "a-customer", AuthorizeMode.ASYNC, StatusCall.POST, 20, 215)


def a_client(transport: Canned, counted: list[str] | None = None) -> FlinksClient:
    keys = FakeFlinksKeys(FlinksCredentials("a-secret-key"))
    count = (lambda _: None) if counted is None else counted.append
    return wired(FlinksClient(SETTINGS, lambda: keys, count), transport)


class Dripping(Canned):
    """Send one byte at a time, without end."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        response = super().send(request, *args, **options)
        response.raw = SimpleNamespace(read1=lambda *_, **__: b" ", close=lambda: None)
        return response


def test_an_answer_that_trickles_in_is_given_up_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))

    with pytest.raises(FlinksUnavailable):
        a_client(Dripping()).read_authorize(REQUEST_ID)

    connecting = 5
    assert next(seconds) == connecting + SETTINGS.read_timeout + 2, "one deadline, from the first byte we send"


def test_when_status_line_and_body_differ_the_body_counts() -> None:
    counted: list[str] = []
    reply = a_client(Canned(b'{"HttpStatusCode": 203}', 200), counted).read_authorize(REQUEST_ID)

    assert (reply.status, reply.http_status) == (203, 200)
    assert counted == ["FlinksStatusMismatch"]


def test_a_matching_status_line_is_not_counted() -> None:
    counted: list[str] = []
    a_client(Canned(b'{"HttpStatusCode": 202}', 202), counted).read_authorize(REQUEST_ID)

    assert counted == []


@pytest.mark.parametrize("call", [FlinksClient.generate_authorize_token, lambda c: c.read_authorize(REQUEST_ID)])
def test_a_server_error_without_a_code_is_unavailable(call: Any) -> None:
    with pytest.raises(FlinksReplyUnreadable):
        call(a_client(Canned(b'{"message": "Internal server error"}', 500)))


def test_a_server_error_with_a_code_is_classified_by_the_code() -> None:
    reply = a_client(Canned(b'{"HttpStatusCode": 500, "FlinksCode": "AGGREGATION_ERROR"}', 500))

    assert reply.read_authorize(REQUEST_ID).code == "AGGREGATION_ERROR"


def test_an_error_page_is_logged_as_an_excerpt() -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body>Ray 8f3 for jane@example.com</body></html>"

    text = excerpt(page)

    assert "502 Bad Gateway" in text
    assert "jane" not in text


@given(before=st.text(), value=st.from_regex(r"[A-Za-z0-9]{4}[A-Za-z0-9@.-]{4,40}", fullmatch=True), after=st.text())
def test_an_excerpt_contains_no_personal_data(before: str, value: str, after: str) -> None:
    text = excerpt(f"{before} zz{value} {after}".encode(errors="replace"))

    assert f"zz{value}" not in text
    assert len(text) <= 120


@pytest.mark.parametrize(("timeout", "longest"), [(1, (1, 1)), (5, (5, 5)), (20, (5, 20))])
def test_a_short_time_out_bounds_the_connection_too(timeout: float, longest: tuple[float, float]) -> None:
    """Anyone with a link can make us call Flinks, and a call that hangs holds a Lambda environment."""
    transport = Canned(b'{"HttpStatusCode": 200, "Token": "a-token"}')
    keys = FakeFlinksKeys(FlinksCredentials("a-secret-key"))

    client = FlinksClient(replace(SETTINGS, read_timeout=timeout), lambda: keys, lambda _: None)
    wired(client, transport).generate_authorize_token()

    assert transport.options[-1]["timeout"] == longest
