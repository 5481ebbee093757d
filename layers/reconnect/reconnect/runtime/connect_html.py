"""The HTTP reply with the end user's page. It is apart from `html`, because a redirect does not need the page."""

from reconnect.model.errors import ReconnectError
from reconnect.model.languages import Languages
from reconnect.page.render import render_connect_page
from reconnect.runtime.aws import service
from reconnect.runtime.html import reply_html, reply_problem_page
from reconnect.runtime.http import HttpReply


def show_page(link: str, languages: Languages, *, is_check: bool) -> HttpReply:
    """Return the end user's page, or one that says what is wrong with the link. `is_check`: only headers are sent."""
    made = service()
    try:
        session = made.connect_page.read(link)
    except ReconnectError as problem:
        return reply_problem_page(problem, languages.of(), made.brand)
    made.count("LinkChecked" if is_check else "LinkOpened")
    page = render_connect_page(
        language=languages.of(session),
        link_url=made.signed_urls.link(session) or "",
        connect_origin=made.settings.flinks_connect_base_url,
        is_sandboxed=made.settings.flinks_connect_sandbox,
        view=made.connect_page.view(session, languages),
        brand=made.brand,
    )
    return reply_html(*page)
