"""HTTP replies for a browser: a page, a message, a redirect."""

from typing import Any

from reconnect.model.brand import Brand
from reconnect.model.errors import LinkCut, LinkExpired, ReconnectError, SessionNotFound, StateInvalid
from reconnect.model.languages import LANGUAGES, Languages
from reconnect.page.message_page import render_message_page
from reconnect.runtime.http import HttpReply
from reconnect.runtime.observability import report_failure


def reply_page(status: int, message_name: str, language: str, brand: Brand, reference: str = "") -> HttpReply:
    """Return a page that shows one message in the user's language, and the reference of a session's caller."""
    return reply_html(*render_message_page(message_name, language, brand, reference), status)


def reply_problem_page(problem: ReconnectError, language: str, brand: Brand) -> HttpReply:
    """Return the page for a problem: the link is not valid, or the service is unavailable."""
    if isinstance(problem, StateInvalid | SessionNotFound):
        return reply_page(404, bad_link_message(problem), language, brand)
    report_failure(problem)
    return reply_page(503, "busy_page", language, brand)


def bad_link_message(problem: ReconnectError) -> str:
    """Return the name of the message that says why a link, or a redirect, opens nothing."""
    if isinstance(problem, LinkCut):
        return "cut_link"
    # The record of a link that we signed is gone only after its end, or after it was erased.
    return "expired_link" if isinstance(problem, LinkExpired | SessionNotFound) else "bad_link"


def reply_html(page: str, headers: dict[str, str], status: int = 200) -> HttpReply:
    """Return a page with its headers."""
    return {"statusCode": status, "headers": headers, "body": page}


def read_languages(event: dict[str, Any]) -> Languages:
    """Return the language that the user chose on the page, with `?lang=`, and the one that the browser prefers."""
    browser = "fr" if event.get("headers", {}).get("accept-language", "").lower().startswith("fr") else "en"
    chosen = (event.get("queryStringParameters") or {}).get("lang")
    return Languages(browser, chosen if chosen in LANGUAGES else None)


def is_own_tab(event: dict[str, Any]) -> bool:
    """Whether the page asks for a Connect URL to open in a tab of its own, with `?way=tab`."""
    return (event.get("queryStringParameters") or {}).get("way") == "tab"


def reply_redirect(url: str) -> HttpReply:
    """Redirect the browser with a GET."""
    return {"statusCode": 303, "headers": {"Location": url}, "body": ""}
