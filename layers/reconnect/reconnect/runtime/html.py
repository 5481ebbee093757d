"""HTTP replies for a browser: a page, a message, a redirect."""

from typing import Any

from reconnect.model.errors import ReconnectError, SessionNotFound, StateInvalid
from reconnect.page.message_page import HEADERS, render_message_page
from reconnect.runtime.http import HttpReply


def reply_page(status: int, sentence_name: str, language: str | None) -> HttpReply:
    """A page that says one sentence in the person's language."""
    return reply_html(*render_message_page(sentence_name, language), status)


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
    return {"statusCode": 303, "headers": {"Location": url, **HEADERS}, "body": ""}
