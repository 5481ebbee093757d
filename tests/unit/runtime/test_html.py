"""The short pages that a user sees after returning from the bank."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from reconnect.model.brand import NO_BRAND, Brand
from reconnect.runtime.html import is_own_tab, read_languages, reply_html, reply_page, reply_redirect


@pytest.mark.parametrize(("language", "words"), [("en", "Thank you"), ("fr", "Merci")])
def test_a_page_is_in_the_users_language(language: str, words: str) -> None:
    reply = reply_page(200, "close_page", language, NO_BRAND)

    assert reply["statusCode"] == 200
    assert f'<html lang="{language}">' in reply["body"]
    assert words in reply["body"]


def test_a_page_says_who_asks_and_how_to_reach_them() -> None:
    brand = Brand(name="Maple & Co", support_email="help@maple.example", privacy_url="https://maple.example/privacy")

    body = reply_page(404, "bad_link", "en", brand)["body"]

    assert "<title>This link does not work · Maple &amp; Co</title>" in body
    assert "start again in Maple &amp; Co." in body
    assert 'href="mailto:help@maple.example"' in body
    assert 'href="https://maple.example/privacy"' in body


def test_a_page_shows_text_as_text() -> None:
    body = reply_page(404, "bad_link", "en", Brand(name="<script>alert('{text}')</script>"))["body"]

    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_an_apostrophe_is_not_escaped_twice() -> None:
    assert "s&#x27;afficher" in reply_page(400, "busy_page", "fr", NO_BRAND)["body"]


def test_a_page_loads_nothing_and_is_never_framed() -> None:
    headers = reply_page(400, "bad_link", "en", NO_BRAND)["headers"]

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("page", ["close_page", "not_finished_page"])
def test_a_page_after_a_redirect_runs_only_its_own_script(page: str) -> None:
    reply = reply_page(200, page, "en", NO_BRAND)

    (script,) = re.findall(r"<script>(.*?)</script>", reply["body"], re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert reply["headers"]["Content-Security-Policy"].endswith(f"; script-src 'sha256-{digest}'")


def test_a_redirect_is_followed_by_a_get() -> None:
    reply = reply_redirect("https://app.example/back?a=b")

    assert (reply["statusCode"], reply["headers"]["Location"]) == (303, "https://app.example/back?a=b")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("FR", "fr"),
        ("en-CA,en;q=0.9,fr;q=0.8", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_read_from_the_browser(accepted: str, language: str) -> None:
    assert read_languages({"headers": {"accept-language": accepted}}).of() == language


@pytest.mark.parametrize("event", [{}, {"headers": {}}])
def test_a_browser_without_a_language_gets_english(event: dict[str, dict[str, str]]) -> None:
    assert read_languages(event).of() == "en"


def test_a_page_keeps_the_headers_that_protect_it() -> None:
    assert reply_html("<p>", {"A": "b"}) == {"statusCode": 200, "headers": {"A": "b"}, "body": "<p>"}


@pytest.mark.parametrize(("chosen", "language"), [("en", "en"), ("fr", "fr"), ("de", "fr"), ("", "fr")])
def test_the_language_chosen_on_the_page_goes_first(chosen: str, language: str) -> None:
    event = {"headers": {"accept-language": "fr"}, "queryStringParameters": {"lang": chosen}}

    assert read_languages(event).of() == language


@pytest.mark.parametrize(("query", "expected"), [({"way": "tab"}, True), ({"way": "frame"}, False), (None, False)])
def test_a_connect_url_may_be_requested_for_a_tab_of_its_own(query: dict[str, str] | None, expected: bool) -> None:
    assert is_own_tab({"queryStringParameters": query}) is expected
