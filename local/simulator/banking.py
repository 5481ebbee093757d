"""The BankingServices surface under one customer: tokens here, the rest in the modules it brings together."""

from typing import Any

from flask import Blueprint, Response

from local.simulator import replies
from local.simulator.accounts import accounts
from local.simulator.authorizing import authorizing
from local.simulator.cards import cards
from local.simulator.context import note, the_bank
from local.simulator.errors import BankError
from local.simulator.wire import require_secret, write_reply

banking = Blueprint("banking", __name__, url_prefix="/v3/<customer_id>/BankingServices")
for _part in (authorizing, accounts, cards):
    banking.register_blueprint(_part)


@banking.url_value_preprocessor
def take_customer_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Serve our one customer only."""
    if values is None or values.pop("customer_id") != the_bank().settings.customer_id:
        raise BankError("INVALID_LOGIN")


@banking.errorhandler(BankError)
def reply_refusal(refusal: BankError) -> Response:
    """Turn a refusal into Flinks' error shape."""
    return write_reply(replies.error(refusal))


@banking.post("/GenerateAuthorizeToken")
def generate_authorize_token() -> Response:
    """Trade the secret key for a single-use token [D TOKEN]."""
    note("token")
    require_secret()
    return write_reply({"HttpStatusCode": 200, "Token": the_bank().issue_token()})
