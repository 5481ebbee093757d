"""The few words a person sees when they come back from the bank: one small page, no script, no outside address."""

from html import escape
from typing import Any

from reconnect.domain.errors import ReconnectError, SessionNotFound, StateInvalid
from reconnect.domain.sentences import sentence
from reconnect.runtime.http import HttpReply

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{text}</title>
<style>
body{{font:1.2rem/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:32rem;padding:0 1rem}}
h1{{font:inherit}}
</style>
</head><body><main><h1>{text}</h1></main></body></html>
"""

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def reply_page(status: int, sentence_name: str, language: str | None) -> HttpReply:
    """A page that says one sentence in the person's language."""
    text = escape(sentence(sentence_name, language))
    page = _PAGE.format(language=language or "en", text=text)
    return reply_html(page, {"Content-Type": "text/html; charset=utf-8", **_HEADERS}, status)


def reply_problem_page(problem: ReconnectError, language: str | None) -> HttpReply:
    """What a person is told instead of the page: the link is not one of ours any more, or we are out of order."""
    if isinstance(problem, StateInvalid | SessionNotFound):
        return reply_page(404, "bad_link", language)
    return reply_page(503, "busy_page", language)


def reply_html(page: str, headers: dict[str, str], status: int = 200) -> HttpReply:
    """A page with the headers that protect it."""
    return {"statusCode": status, "headers": headers, "body": page}


def browser_language(event: dict[str, Any]) -> str:
    """French if the browser prefers it, else English."""
    return "fr" if event.get("headers", {}).get("accept-language", "").lower().startswith("fr") else "en"


def reply_redirect(url: str) -> HttpReply:
    """Send the browser on with a GET; what we were asked by stays out of the Referer."""
    return {"statusCode": 303, "headers": {"Location": url, **_HEADERS}, "body": ""}
