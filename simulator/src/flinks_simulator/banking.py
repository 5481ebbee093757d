"""The BankingServices API of one customer: tokens here, the other calls in the modules it registers."""

from typing import Any

from flask import Blueprint, Response

from flinks_simulator import replies
from flinks_simulator.accounts import accounts
from flinks_simulator.authorizing import authorizing
from flinks_simulator.cards import cards
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.directory import directory
from flinks_simulator.errors import OLD_STATUSES, BankError
from flinks_simulator.wire import require_secret, write_reply

banking = Blueprint("banking", __name__, url_prefix="/v3/<customer_id>/BankingServices")
for _part in (authorizing, accounts, cards, directory):
    banking.register_blueprint(_part)


@banking.url_value_preprocessor
def take_customer_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Serve the one configured customer only."""
    if values is None or values.pop("customer_id") != the_bank().settings.customer_id:
        raise BankError("INVALID_LOGIN")
    the_bank().take_request()


@banking.errorhandler(BankError)
def reply_refusal(refusal: BankError) -> Response:
    """Turn a refusal into Flinks' error shape."""
    body = replies.error(refusal)
    if the_bank().settings.has_old_statuses and refusal.code in OLD_STATUSES:
        body["HttpStatusCode"] = OLD_STATUSES[refusal.code]
    return write_reply(body)


@banking.post("/GenerateAuthorizeToken")
def generate_authorize_token() -> Response:
    """Trade the secret key for a single-use token [D TOKEN]."""
    identify_call_or_fail("token")
    require_secret()
    return write_reply({"HttpStatusCode": 200, "Token": the_bank().issue_token()})
