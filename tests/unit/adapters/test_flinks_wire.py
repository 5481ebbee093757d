"""The requests to Flinks, and the handling of missing, foreign or oversized answers."""

import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import FlinksError, FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from reconnect.model.options import DaysOfTransactions, ReadOptions
from tests.fakes.builders import AUTHORIZE_TOKEN, LOGIN_ID, REQUEST_ID
from tests.fakes.flinks_wire import BASE_URL, Canned, wired
from tests.fakes.keys import FakeFlinksKeys

SECRET, X_API_KEY = "a-secret-key", "an-x-api-key"
SETTINGS = FlinksSettings(BASE_URL, "a-customer", AuthorizeMode.ASYNC, StatusCall.GET, 20, 215)

CALLS: dict[str, Callable[[FlinksClient], Any]] = {
    "GenerateAuthorizeToken": lambda client: client.generate_authorize_token(),
    "start": lambda client: client.start_authorize(LOGIN_ID, AUTHORIZE_TOKEN),
    "status": lambda client: client.read_authorize(REQUEST_ID),
    "summary": lambda client: client.get_accounts_summary(REQUEST_ID),
    "detail": lambda client: client.get_accounts_detail(REQUEST_ID),
    "detail_async": lambda client: client.get_accounts_detail_async(REQUEST_ID),
}
DOCUMENT_CALLS = {"detail", "detail_async"}
DATA_CALLS = {"summary", *DOCUMENT_CALLS}
every_call = pytest.mark.parametrize("call", CALLS)


def a_client(transport: Canned, x_api_key: str | None = X_API_KEY) -> FlinksClient:
    keys = FakeFlinksKeys(FlinksCredentials(SECRET, x_api_key))
    return wired(FlinksClient(SETTINGS, lambda: keys, lambda _: None), transport)


def sent(call: str, x_api_key: str | None = X_API_KEY) -> tuple[requests.PreparedRequest, dict[str, Any]]:
    transport = Canned()
    with suppress(FlinksReplyUnreadable):  # the canned answer is empty; only the request matters here
        CALLS[call](a_client(transport, x_api_key))
    return transport.requests[0], transport.options[0]


@every_call
def test_each_call_goes_to_the_customers_endpoint_and_accepts_json(call: str) -> None:
    request, _ = sent(call)

    assert str(request.url).startswith(f"{BASE_URL}/v3/a-customer/BankingServices/")
    assert request.headers["Accept"] == "application/json"


@every_call
def test_each_key_is_sent_only_to_the_calls_that_need_it(call: str) -> None:
    request, _ = sent(call)

    expected = {"GenerateAuthorizeToken": SECRET, "start": AUTHORIZE_TOKEN}.get(call)
    assert request.headers.get("flinks-auth-key") == expected
    assert request.headers.get("x-api-key") == (X_API_KEY if call in DATA_CALLS else None)
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("call", sorted(DATA_CALLS))
def test_an_x_api_key_is_not_sent_where_flinks_has_not_enabled_it(call: str) -> None:
    request, _ = sent(call, x_api_key=None)

    assert "x-api-key" not in request.headers


@every_call
def test_only_calls_that_flinks_may_hold_have_the_long_timeout(call: str) -> None:
    _, options = sent(call)

    assert options["timeout"] == (5, 215 if call in {"start", "detail"} else 20)


def test_a_start_requests_a_live_attempt_on_the_stored_login() -> None:
    request, _ = sent("start")

    assert json.loads(request.body or b"") == {"LoginId": LOGIN_ID, "MostRecentCached": False, "Save": True}


@pytest.mark.parametrize(
    "failure",
    [
        requests.ReadTimeout(f"{BASE_URL}/{REQUEST_ID}: {LOGIN_ID}"),
        requests.ConnectTimeout(REQUEST_ID),
        requests.ConnectionError(f"reset by {LOGIN_ID} {REQUEST_ID} {SECRET}"),
        requests.exceptions.ChunkedEncodingError(LOGIN_ID),
        requests.exceptions.SSLError(SECRET),
    ],
)
def test_a_missing_answer_is_unavailable_and_quotes_no_id(failure: Exception) -> None:
    for call in CALLS.values():
        with pytest.raises(FlinksUnavailable) as lost:
            call(a_client(Canned(failure)))

        assert type(failure).__name__ in str(lost.value)
        assert not any(secret in str(lost.value) for secret in (LOGIN_ID, REQUEST_ID, SECRET, AUTHORIZE_TOKEN))
        assert lost.value.__suppress_context__, "the chained error would quote the URL in a traceback"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b'{"HttpStatusCode": 200, "Requ',
        b"[1]",
        b'"text"',
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"InstitutionId": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_an_answer_that_is_not_flinks_is_unreadable_and_quotes_no_id(body: bytes) -> None:
    for call in CALLS.values():
        with pytest.raises(FlinksReplyUnreadable) as unread:
            call(a_client(Canned(body, 502, Content_Type="text/html")))

        assert not any(secret in str(unread.value) for secret in (LOGIN_ID, REQUEST_ID, SECRET, AUTHORIZE_TOKEN))


@every_call
def test_a_redirect_is_not_followed_as_it_would_leak_our_keys(call: str) -> None:
    for status in (301, 302, 307, 308):
        transport = Canned(b"", status, Location="https://flinks.test/elsewhere")

        with pytest.raises(FlinksReplyUnreadable):
            CALLS[call](a_client(transport))

        assert len(transport.requests) == 1


def test_a_token_reply_without_a_token_is_unreadable() -> None:
    """Read as a refusal, its status 200 would mean that the bank had authorized the attempt."""
    with pytest.raises(FlinksReplyUnreadable):
        a_client(Canned(b'{"HttpStatusCode": 200}')).generate_authorize_token()


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (
            ReadOptions(),
            {"WithAccountIdentity": False, "WithKYC": False, "DaysOfTransactions": "Days90"},
        ),
        (
            ReadOptions(days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=("a", "b")),
            {
                "WithAccountIdentity": True,
                "WithKYC": True,
                "DaysOfTransactions": "Days365",
                "AccountsFilter": ["a", "b"],
            },
        ),
    ],
)
def test_the_detail_call_matches_flinks_documents(options: ReadOptions, asked: dict[str, Any]) -> None:
    transport = Canned(b'{"HttpStatusCode": 202}', 202)

    a_client(transport).get_accounts_detail(REQUEST_ID, options)

    body = json.loads(transport.requests[0].body or b"")
    assert body == {"RequestId": REQUEST_ID, "WithTransactions": True, **asked}


@pytest.mark.parametrize("with_identity", [False, True])
def test_the_holder_is_read_only_if_requested(with_identity: bool) -> None:
    transport = Canned(b'{"HttpStatusCode": 202}', 202)

    a_client(transport).get_accounts_detail(REQUEST_ID, ReadOptions(summary_only=True, with_identity=with_identity))

    assert str(transport.requests[0].url).endswith("/GetAccountsDetail")
    assert json.loads(transport.requests[0].body or b"") == {
        "RequestId": REQUEST_ID,
        "WithTransactions": False,
        "WithAccountIdentity": with_identity,
        "WithKYC": with_identity,
    }


@pytest.mark.parametrize("call", sorted(DOCUMENT_CALLS))
def test_data_carries_its_document_to_the_byte(call: str) -> None:
    body = b'{ "httpstatuscode":200,"Accounts":[{"Id":"a","Balance":{"Current":12345678901234567.10}}], "\xc3\xa9":1e2}'

    reply = CALLS[call](a_client(Canned(body)))

    assert reply.document == body
    assert "12345678901234567" not in repr(reply), "a reply that is printed must not print the data"


@pytest.mark.parametrize("call", sorted(DOCUMENT_CALLS))
@pytest.mark.parametrize("body", [b'{"HttpStatusCode": 202}', b'{"HttpStatusCode": 401, "Accounts": []}'])
def test_an_answer_without_data_carries_no_document(call: str, body: bytes) -> None:
    assert CALLS[call](a_client(Canned(body))).document is None


@pytest.mark.parametrize("call", sorted(DOCUMENT_CALLS))
@pytest.mark.parametrize("accounts", [b"null", b"{}", b'"none"'])
def test_unreadable_accounts_carry_their_document(call: str, accounts: bytes) -> None:
    body = b'{"HttpStatusCode": 200, "Accounts": ' + accounts + b"}"

    reply = CALLS[call](a_client(Canned(body)))

    assert (reply.document, reply.accounts) == (body, None)


def test_a_compressed_document_is_decompressed() -> None:
    body = b'{"HttpStatusCode": 200, "Accounts": []}'

    reply = a_client(Canned(gzip.compress(body), Content_Encoding="gzip")).get_accounts_detail(REQUEST_ID)

    assert reply.document == body


def test_an_answer_beyond_the_size_limit_is_unreadable() -> None:
    limit = 48 * 1024 * 1024
    body = gzip.compress(b" " * (limit + 300_000), 1)

    with pytest.raises(FlinksReplyUnreadable, match=f"over {limit} bytes"):
        a_client(Canned(body, Content_Encoding="gzip")).get_accounts_detail(REQUEST_ID)


@pytest.mark.fuzz
@given(body=st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_a_known_error(body: bytes) -> None:
    try:
        a_client(Canned(body)).read_authorize(REQUEST_ID)
    except FlinksError as known:
        assert REQUEST_ID not in str(known)


REFUSED = b'{"HttpStatusCode": %d, "FlinksCode": "%s"}'


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("call", ["GenerateAuthorizeToken", *sorted(DATA_CALLS)])
def test_a_refused_call_is_repeated_only_with_a_changed_key(call: str, status: int) -> None:
    transport, keys = Canned(REFUSED % (status, b"ACCESS_DENIED"), status), FakeFlinksKeys(FlinksCredentials("old"))
    client = wired(FlinksClient(SETTINGS, lambda: keys, lambda _: None), transport)
    CALLS[call](client)
    keys.changed = FlinksCredentials("new", "new")
    CALLS[call](client)

    assert (len(transport.requests), keys.reads) == (3, 2)
    assert "new" in {*transport.requests[-1].headers.values()}


@pytest.mark.parametrize("code", [b"TOO_MANY_REQUESTS", b"RETRY_LATER"])
def test_a_busy_flinks_is_no_reason_to_read_the_key_again(code: bytes) -> None:
    transport, keys = Canned(REFUSED % (401, code), 401), FakeFlinksKeys(FlinksCredentials("old"))

    wired(FlinksClient(SETTINGS, lambda: keys, lambda _: None), transport).generate_authorize_token()

    assert (len(transport.requests), keys.reads) == (1, 0)
