"""The HTTP reply with the end user's page. It is apart from `html`, because a redirect does not need the page."""

from collections.abc import Mapping
from typing import Any

from reconnect.model.errors import ReconnectError
from reconnect.model.found_links import link_in_path, links_in
from reconnect.model.languages import Languages
from reconnect.model.session import Session
from reconnect.page.render import render_connect_page
from reconnect.runtime.aws import service
from reconnect.runtime.html import reply_html, reply_page, reply_problem_page, reply_redirect
from reconnect.runtime.http import HttpReply, is_head, method_of, reply_no_endpoint
from reconnect.usecases.connect_page import is_led

__all__ = ["asks_next", "is_led", "show_other_path", "show_page", "status_of"]


def show_page(text: str, languages: Languages, *, is_check: bool, is_elsewhere: bool = False) -> HttpReply:
    """Return the end user's page, or one that says what is wrong with the link. `is_check`: only headers are sent.

    `text` is the link as it came. If something was added to it on its way, or if it `is_elsewhere` than at the page's
    own path, the browser is sent there, so that the page and its calls have one address.
    """
    made = service()
    try:
        link = made.signed_urls.signed_link(links_in(text))
        if made.signed_urls.has_ended(link):
            # No browser is sent on to a page that only says so.
            made.connect_page.read(link)
        if is_elsewhere or link != text:
            chosen = f"?lang={languages.chosen}" if languages.chosen else ""
            return reply_redirect(made.signed_urls.page(link) + chosen)
        session = made.connect_page.read(link)
    except ReconnectError as problem:
        return reply_problem_page(problem, languages.of(), made.brand)
    made.count("LinkChecked" if is_check else "LinkOpened")
    view = made.connect_page.view(session, languages)
    page = render_connect_page(
        language=languages.of(session),
        link_url=made.signed_urls.link(session) or "",
        connect_origin=made.settings.flinks_connect_base_url,
        is_sandboxed=made.settings.flinks_connect_sandbox,
        view=view if is_check else _with_next(view, session, languages),
        brand=made.brand.of(session),
        reference=session.reference or "",
    )
    return reply_html(*page)


def status_of(session: Session, languages: Languages, *, asks_next: bool) -> dict[str, Any]:
    """Return what the page shows; the person's next bank only if the page asks for it, once the user is done here.

    So a page that polls causes no reads of other sessions.
    """
    view = service().connect_page.view(session, languages)
    return _with_next(view, session, languages) if asks_next and view["next"] else view


def asks_next(event: Mapping[str, Any]) -> bool:
    """Whether the page asks for the person's next bank, with `?next=true`."""
    return (event.get("queryStringParameters") or {}).get("next") == "true"


def _with_next(view: dict[str, Any], session: Session, languages: Languages) -> dict[str, Any]:
    made = service()
    if not made.settings.next_bank_on_page or not session.users:
        return view
    return {**view, **made.next_bank(session, languages)}


def show_other_path(event: Mapping[str, Any], languages: Languages) -> HttpReply:
    """Answer a path that is no endpoint's: send a link that lost its form to its page; explain the rest.

    Only a browser that opens the address gets a page; programs get problem details.
    """
    is_opened = method_of(event) in {"GET", "HEAD"}
    if is_opened and (text := link_in_path(str(event.get("rawPath", "")))) is not None:
        return show_page(text, languages, is_check=is_head(event), is_elsewhere=True)
    if is_opened and "text/html" in event.get("headers", {}).get("accept", ""):
        return reply_page(404, "no_page", languages.of(), service().brand)
    return reply_no_endpoint()
