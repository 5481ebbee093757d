"""The HTTP reply with the end user's page. It is apart from `html`, because a redirect does not need the page."""

from typing import Any

from reconnect.model.languages import Languages
from reconnect.model.session import Session
from reconnect.page.render import render_connect_page
from reconnect.runtime.aws import service
from reconnect.runtime.html import reply_html
from reconnect.runtime.http import HttpReply


def reply_connect_page(session: Session, view: dict[str, Any], languages: Languages) -> HttpReply:
    """Return the end user's page."""
    made = service()
    page = render_connect_page(
        language=languages.of(session),
        link_url=made.signed_urls.link(session) or "",
        connect_origin=made.settings.flinks_connect_base_url,
        is_sandboxed=made.settings.flinks_connect_sandbox,
        view=view,
        brand=made.brand,
    )
    return reply_html(*page)
