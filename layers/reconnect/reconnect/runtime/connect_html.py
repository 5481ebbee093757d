"""The HTTP reply with the end user's page. It is apart from `html`, because a redirect does not need the page."""

from typing import Any

from reconnect.model.session import Session
from reconnect.page.render import render_connect_page
from reconnect.runtime.aws import service
from reconnect.runtime.html import reply_html
from reconnect.runtime.http import HttpReply


def reply_connect_page(session: Session, view: dict[str, Any], language: str) -> HttpReply:
    """Return the end user's page."""
    shown: dict[str, Any] = {"language": session.language or language, "view": view}
    shown["link_url"] = service().signed_urls.link(session) or ""
    return reply_html(*render_connect_page(connect_origin=service().settings.flinks_connect_base_url, **shown))
