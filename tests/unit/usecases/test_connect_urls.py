"""Flinks Connect's URLs: one for each load of the page."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable, IllegalTransition
from reconnect.model.institution import Institution
from reconnect.model.session import Status
from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls
from tests.fakes.builders import REQUEST_ID, SESSION_ID, a_reply, a_session, an_attempt
from tests.fakes.flinks import FakeFlinks

ADDRESS = ConnectAddress("https://connect.test", "/v2/", demo=False)
SESSION = a_session(Status.AWAITING_USER)


def connect_urls(flinks: FakeFlinks | None = None) -> ConnectUrls:
    return ConnectUrls(flinks=flinks or FakeFlinks(), address=ADDRESS)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_each_url_holds_a_token_of_its_own() -> None:
    urls = connect_urls()

    first, second = (query_of(urls(SESSION, Ask.ANSWER)) for _ in range(2))

    assert (first["authorizeToken"], second["authorizeToken"]) == ("authorize-token-1", "authorize-token-2")


def test_connect_inside_our_page_gets_no_redirect_address() -> None:
    query = query_of(connect_urls()(SESSION, Ask.ANSWER))

    assert query == {"requestId": REQUEST_ID, "authorizeToken": "authorize-token-1", "tag": SESSION_ID}


@pytest.mark.parametrize("ask", Ask)
def test_every_connect_url_names_its_session_as_the_tag(ask: Ask) -> None:
    assert query_of(connect_urls()(SESSION, ask))["tag"] == SESSION_ID


def test_a_redirect_address_is_fully_escaped() -> None:
    url = connect_urls()(SESSION, Ask.ANSWER, "https://api.test/redirect/a?b=c&d=é")

    assert "redirectUrl=https%3A%2F%2Fapi.test%2Fredirect%2Fa%3Fb%3Dc%26d%3D%C3%A9" in url


@pytest.mark.parametrize(("ask", "request_id"), [(Ask.SIGN_IN, REQUEST_ID), (Ask.ANSWER, None)])
def test_a_user_without_an_attempt_to_answer_signs_in(ask: Ask, request_id: str | None) -> None:
    session = replace(SESSION, attempt=an_attempt(request_id=request_id, institution_id=14))

    url = connect_urls()(session, ask)

    assert urlsplit(url).path == "/v2/Credential/14"
    assert "requestId" not in query_of(url)


@pytest.mark.parametrize("refusal", [a_reply(401, "ACCESS_DENIED"), a_reply(401, "TOO_MANY_REQUESTS"), a_reply(500)])
def test_a_refused_token_makes_no_url(refusal: object) -> None:
    with pytest.raises(FlinksUnavailable):
        connect_urls(FakeFlinks(generate_authorize_token=refusal))(SESSION, Ask.ANSWER)  # type: ignore[arg-type]


def test_before_the_first_attempt_there_is_no_url() -> None:
    flinks = FakeFlinks()

    with pytest.raises(IllegalTransition):
        connect_urls(flinks)(a_session(Status.STARTING), Ask.SIGN_IN)

    assert flinks.calls == []


def test_the_bank_is_read_from_the_cached_flow_without_another_call() -> None:
    flinks = FakeFlinks(
        cached_authorize=a_reply(200, request_id=REQUEST_ID, institution_id=77, institution="Desjardins")
    )

    assert connect_urls(flinks).known_bank(SESSION) == Institution(77, "Desjardins")
    assert flinks.calls == ["cached_authorize"]


@pytest.mark.parametrize("trouble", [FlinksUnavailable("down"), FlinksReplyUnreadable("HTML")])
def test_an_unknown_bank_does_not_prevent_a_url(trouble: Exception) -> None:
    flinks = FakeFlinks(cached_authorize=trouble)

    assert connect_urls(flinks).known_bank(SESSION) == Institution()
