"""HTTP replies for a browser: a page, a message, a redirect."""

from typing import Any

from reconnect.model.errors import ReconnectError, SessionNotFound, StateInvalid
from reconnect.page.message_page import HEADERS, render_message_page
from reconnect.runtime.http import HttpReply
from reconnect.runtime.observability import report_secret_fault


def reply_page(status: int, sentence_name: str, language: str | None) -> HttpReply:
    """Return a page that shows one sentence in the user's language."""
    return reply_html(*render_message_page(sentence_name, language), status)


def reply_problem_page(problem: ReconnectError, language: str | None) -> HttpReply:
    """Return the page for a problem: the link is not valid, or the service is unavailable."""
    if isinstance(problem, StateInvalid | SessionNotFound):
        return reply_page(404, "bad_link", language)
    report_secret_fault(problem)
    return reply_page(503, "busy_page", language)


def reply_html(page: str, headers: dict[str, str], status: int = 200) -> HttpReply:
    """Return a page with its headers."""
    return {"statusCode": status, "headers": headers, "body": page}


def browser_language(event: dict[str, Any]) -> str:
    """Return `fr` if the browser prefers French, else `en`."""
    return "fr" if event.get("headers", {}).get("accept-language", "").lower().startswith("fr") else "en"


def reply_redirect(url: str) -> HttpReply:
    """Redirect the browser with a GET; the headers keep our URL out of the Referer."""
    return {"statusCode": 303, "headers": {"Location": url, **HEADERS}, "body": ""}
