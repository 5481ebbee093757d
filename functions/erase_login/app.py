"""`DELETE /logins/{loginId}`, with `?deleteCard=true` at Flinks too -> {sessions, results, wasKnown, card, receipt}."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.open_request import OpenRequest
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of
from reconnect.runtime.erasing import reply_erased
from reconnect.runtime.http import HttpReply, answers_problems, read_flag
from reconnect.runtime.observability import audit, logger, observed

prepare("erase_login")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Erase the login, and report what was erased without naming anyone."""
    login_id = OpenRequest.parse({"loginId": event["pathParameters"]["loginId"]}).login_id
    caller, erased = caller_of(event), list[str]()

    def report_erased(session_id: str) -> None:
        erased.append(session_id)
        audit("session_erased", session_id, caller)

    erasure = service().erase_login(login_id, with_card=read_flag(event, "deleteCard"), report_erased=report_erased)
    audit("login_erased", "none", caller)
    service().count("LoginErased")
    logger.info("login_erased", extra=asdict(erasure))
    return reply_erased(event, erasure, erased)
