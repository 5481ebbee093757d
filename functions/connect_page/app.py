"""The end user's page at `/connect/{link}`, and its JSON calls: status, attempts (the click), events (evidence).
`/c/{link}`, the short form, leads there. A path that is no endpoint's is explained, or leads there too."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.connect_html import asks_next, is_led, show_other_path, show_page, status_of
from reconnect.runtime.html import is_own_tab, read_languages
from reconnect.runtime.http import HttpReply, answers_problems, is_head, read_json, reply_json
from reconnect.runtime.observability import observed

prepare("connect_page", "ports.flinks_keys")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Show the page, which starts nothing, or answer one of its calls, or a path that is no endpoint's."""
    page, languages, route = service().connect_page, read_languages(event), event["routeKey"]
    if route == "$default":
        return show_other_path(event, languages)
    link = event["pathParameters"]["link"]
    match route.rpartition("}")[2]:
        case "/attempts":
            click = event["headers"].get("x-click")
            session, url = page.begin(link, languages, click, in_own_tab=is_own_tab(event))
            return reply_json(200, {**page.view(session, languages, is_click=not url), "connectUrl": url})
        case "/events":
            sent = read_json(event)
            if is_led(sent):
                service().next_bank.lead(page.read(link))
            page.take_evidence(link, sent)
            return {"statusCode": 204}
        case "/status":
            return reply_json(200, status_of(page.follow(link), languages, asks_next=asks_next(event)))
    return show_page(link, languages, is_check=is_head(event), is_elsewhere="/c/" in route)
