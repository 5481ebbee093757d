"""The end user's page at `/connect/{link}`, and its JSON calls: status, attempts (the click), events (evidence)."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import ReconnectError
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.connect_html import reply_connect_page
from reconnect.runtime.html import browser_language, reply_problem_page
from reconnect.runtime.http import HttpReply, answers_problems, is_head, read_json, reply_json
from reconnect.runtime.observability import observed

prepare("connect_page", "ports.flinks_keys")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Show the page, which starts nothing, or answer one of its calls."""
    page, link, language = service().connect_page, event["pathParameters"]["link"], browser_language(event)
    match event["routeKey"].rpartition("}")[2]:
        case "/attempts":
            session, url = page.begin(link, language, event["headers"].get("x-click"))
            return reply_json(200, {**page.view(session, language, is_click=not url), "connectUrl": url})
        case "/events":
            page.take_evidence(link, read_json(event))
            return {"statusCode": 204}
        case "/status":
            return reply_json(200, page.view(page.follow(link), language))
    return _show(link, language, is_check=is_head(event))


def _show(link: str, language: str, *, is_check: bool) -> HttpReply:
    try:
        session = service().connect_page.read(link)
    except ReconnectError as problem:
        return reply_problem_page(problem, language)
    service().count("LinkChecked" if is_check else "LinkOpened")
    return reply_connect_page(session, service().connect_page.view(session, language), language)
