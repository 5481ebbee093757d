"""The short pages that a user sees after returning from the bank."""

import pytest

from reconnect.runtime.html import browser_language, reply_html, reply_page, reply_redirect
from reconnect.views import sentences


@pytest.mark.parametrize(
    ("language", "lang", "words"), [("en", "en", "Thank you"), ("fr", "fr", "Merci"), (None, "en", "Thank you")]
)
def test_a_page_is_in_the_users_language(language: str | None, lang: str, words: str) -> None:
    reply = reply_page(200, "close_page", language)

    assert reply["statusCode"] == 200
    assert f'<html lang="{lang}">' in reply["body"]
    assert words in reply["body"]


def test_a_page_shows_text_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sentences.SENTENCES, "hostile", {"en": "<script>alert('{text}')</script>"})

    body = reply_page(200, "hostile", "en")["body"]

    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_an_apostrophe_is_not_escaped_twice() -> None:
    assert "l&#x27;app" in reply_page(400, "bad_link", "fr")["body"]


def test_a_page_loads_nothing_and_is_never_framed() -> None:
    headers = reply_page(200, "close_page", "en")["headers"]

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert headers["Content-Type"] == "text/html; charset=utf-8"


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
    assert browser_language({"headers": {"accept-language": accepted}}) == language


@pytest.mark.parametrize("event", [{}, {"headers": {}}])
def test_a_browser_without_a_language_gets_english(event: dict[str, dict[str, str]]) -> None:
    assert browser_language(event) == "en"


def test_a_page_keeps_the_headers_that_protect_it() -> None:
    assert reply_html("<p>", {"A": "b"}) == {"statusCode": 200, "headers": {"A": "b"}, "body": "<p>"}
