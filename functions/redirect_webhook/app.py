"""`GET /redirect/{state}`: the browser comes back from Connect; always answered with returnUrl or a short page."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import ReconnectError, SessionNotFound, StateInvalid
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.html import bad_link_message, read_languages, reply_page, reply_redirect
from reconnect.runtime.http import HttpReply, answers_problems
from reconnect.runtime.observability import logger, observed, report

prepare("redirect_webhook")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Take the redirect as evidence, then send the user on."""
    languages = read_languages(event)
    query = event.get("queryStringParameters") or {}
    is_unfinished = "error" in query  # its value is anybody's text
    try:
        state, login_id = event["pathParameters"]["state"], query.get("loginId")
        session = service().redirect_webhook(state, login_id, is_unfinished=is_unfinished)
    except (StateInvalid, SessionNotFound) as refused:
        service().count("RedirectRefused")
        return reply_page(400, bad_link_message(refused), languages.of(), service().brand)
    except ReconnectError as lost:
        # The user has done their part, and the next poll will find that out.
        service().count("RedirectLost")
        logger.warning("redirect_not_recorded", extra={"lost": f"{type(lost).__name__}: {lost}"})
        return reply_page(200, "close_page", languages.of(), service().brand)
    report("redirect_recorded", session.session_id, status=session.status, finished=not is_unfinished)
    # Who came from our page tries again there, and not in the app.
    if session.return_url and not (is_unfinished and session.load):
        return reply_redirect(session.return_url)
    name = "not_finished_page" if is_unfinished else "close_page"
    brand = service().brand.of(session)
    return reply_page(200, name, languages.of(session), brand, session.reference or "")
