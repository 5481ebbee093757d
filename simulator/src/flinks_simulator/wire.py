"""What the BankingServices routes share: reading the request, checking its keys, writing the reply."""

import hmac
from typing import Any

from flask import Response, jsonify, request

from flinks_simulator import replies
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.options import Fields
from flinks_simulator.records import Login

_OK = 200


def write_reply(body: replies.Body, status: int = 200) -> Response:
    """Send a body with its own HttpStatusCode, or with `status` if it has none."""
    response = jsonify(body)
    response.status_code = body.get("HttpStatusCode", status) if the_bank().settings.repeats_status else _OK
    return response


def read_fields() -> Fields:
    """Read the JSON object with its names in lower case: Flinks' own samples mix upper and lower case [I]."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BankError("INVALID_REQUEST")
    return lower_names(body)


def lower_names(record: dict[str, Any]) -> Fields:
    """Convert a record's names to lower case."""
    return {name.lower(): value for name, value in record.items()}


def find_login_or_fail(login_id: str, action: str) -> Login:
    """Find the login and identify the call, which lets its planned faults happen."""
    identify_call_or_fail(action)
    login = the_bank().find_login(login_id)
    identify_call_or_fail(action, login)
    return login


def require_secret() -> None:
    """Require the secret key [D TOKEN]."""
    _require(request.headers.get("flinks-auth-key", ""), the_bank().settings.secret)


def require_token(*, even_if_optional: bool = False) -> None:
    """Require and spend an authorize token; integrations from before October 2024 may omit it [D AUTHREF, TROUBLE]."""
    token = request.headers.get("flinks-auth-key", "")
    is_required = even_if_optional or the_bank().settings.require_authorize_token
    if (token or is_required) and not the_bank().spend_token(token):
        raise BankError("ACCESS_DENIED", message="A valid authorize token must be provided")


def require_api_key() -> None:
    """Require the x-api-key, if this instance has one [D AUTHREF, GAD]."""
    expected = the_bank().settings.x_api_key
    if expected is not None:
        _require(request.headers.get("x-api-key", ""), expected)


def require_api_secret() -> None:
    """Require the API secret [D AUTHREF]."""
    _require(request.headers.get("Authorization", ""), f"Bearer {the_bank().settings.api_secret}")


def _require(given: str, expected: str) -> None:
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise BankError("ACCESS_DENIED")
