"""One exchange with Flinks: how long it may take, and what is logged of an unreadable answer."""

import itertools
import json
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.flinks.transport import _HARMLESS, _is_harmless, excerpt
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from tests.fakes.builders import LOGIN_ID, REQUEST_ID
from tests.fakes.flinks_wire import BASE_URL, Canned, wired
from tests.fakes.keys import FakeFlinksKeys
from tests.fakes.private import PRIVATE_BODIES, PRIVATE_TEXTS, quoted

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

    assert excerpt(page) == "html head title … Bad Gateway title head body … body html"


@given(raw=PRIVATE_BODIES | st.binary())
def test_an_excerpt_has_only_known_words(raw: bytes) -> None:
    text = excerpt(raw)

    assert [word for word in text.split() if word != "…" and not _is_harmless(word)] == []
    assert not any(character.isdigit() for character in text)
    assert len(text) <= 120


@given(kept=st.lists(st.sampled_from(_HARMLESS.split("|")), min_size=1, max_size=5))
def test_an_excerpt_keeps_the_words_of_error_pages(kept: list[str]) -> None:
    assert excerpt(f"<p>{' '.join(kept)}</p>".encode()) == f"… {' '.join(kept)} …"


CALLS = [
    FlinksClient.generate_authorize_token,
    lambda client: client.start_authorize(LOGIN_ID, "a-token"),
    lambda client: client.read_authorize(REQUEST_ID),
    lambda client: client.get_accounts_summary(REQUEST_ID),
    lambda client: client.get_accounts_detail(REQUEST_ID),
    lambda client: client.get_accounts_detail_async(REQUEST_ID),
    lambda client: client.delete_card(LOGIN_ID),
]


@given(
    body=PRIVATE_BODIES, kind=PRIVATE_TEXTS, call=st.sampled_from(CALLS), status=st.sampled_from([200, 203, 401, 502])
)
def test_no_error_quotes_what_a_reply_says(body: bytes, kind: str, call: Any, status: int) -> None:
    client = a_client(Canned(body, status, Content_Type=kind))

    with pytest.raises(FlinksReplyUnreadable) as failure:
        call(client)

    assert quoted(body.decode() + kind, str(failure.value).replace(f"HTTP {status}", "")) == []


@given(code=st.from_regex(r"[A-Z0-9_]{1,40}", fullmatch=True))
def test_a_code_with_a_number_is_no_code(code: str) -> None:
    reply = a_client(Canned(json.dumps({"HttpStatusCode": 401, "FlinksCode": code}).encode(), 401))

    kept = reply.read_authorize(REQUEST_ID).code
    assert kept == ("" if any(character.isdigit() for character in code) else code)


@pytest.mark.parametrize(("timeout", "longest"), [(1, (1, 1)), (5, (5, 5)), (20, (5, 20))])
def test_a_short_time_out_bounds_the_connection_too(timeout: float, longest: tuple[float, float]) -> None:
    """Anyone with a link can make us call Flinks, and a call that hangs holds a Lambda environment."""
    transport = Canned(b'{"HttpStatusCode": 200, "Token": "a-token"}')
    keys = FakeFlinksKeys(FlinksCredentials("a-secret-key"))

    client = FlinksClient(replace(SETTINGS, read_timeout=timeout), lambda: keys, lambda _: None)
    wired(client, transport).generate_authorize_token()

    assert transport.options[-1]["timeout"] == longest
