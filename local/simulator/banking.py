"""The BankingServices routes: tokens, live and cached authorization, account data."""

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify, request

from local.simulator import replies
from local.simulator.context import note, the_bank
from local.simulator.errors import BankError
from local.simulator.records import Attempt, Login, Part, Stage

banking = Blueprint("banking", __name__, url_prefix="/v3/<customer_id>/BankingServices")


@banking.url_value_preprocessor
def take_customer_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Serve our one customer only."""
    if values is None or values.pop("customer_id") != the_bank().settings.customer_id:
        raise BankError("INVALID_LOGIN")


@banking.errorhandler(BankError)
def reply_refusal(refusal: BankError) -> Response:
    """Turn a refusal into Flinks' error shape."""
    return _reply(replies.error(refusal))


@banking.post("/GenerateAuthorizeToken")
def generate_authorize_token() -> Response:
    """Trade the secret key for a single-use token [D TOKEN]."""
    note("token")
    if not hmac.compare_digest(_auth_key().encode(), the_bank().settings.secret.encode()):
        raise BankError("ACCESS_DENIED")
    return _reply({"HttpStatusCode": 200, "Token": the_bank().issue_token()})


@banking.post("/AuthorizeAsync")
def authorize_async() -> Response:
    """Start a live attempt, or look at one when the body names its RequestId [D MSR; form I]."""
    fields = _read_fields()
    if fields.get("requestid") is not None:
        return look_at_attempt(_text(fields, "requestid"))
    _require_token()
    login = _login_of(fields, "start")
    if fields.get("mostrecentcached") is not False or fields.get("save") is not True:
        raise BankError("INVALID_REQUEST", message="Start with MostRecentCached false and Save true")
    attempt = the_bank().start_attempt(login.login_id)
    return _reply(replies.pending(attempt.request_id, "AuthorizeAsync"))


@banking.get("/AuthorizeAsync/<request_id>")
def look_at_attempt(request_id: str) -> Response:
    """Answer a status call: still working, asking, done, or refused [D MSR; form I]."""
    note("status")
    attempt = the_bank().poll_attempt(request_id)
    note("status", attempt.login)
    return _reply_stage(attempt)


@banking.post("/Authorize")
def authorize() -> Response:
    """Authorize from stored data, or live and at once [D AUTHZ]."""
    _require_token()
    fields = _read_fields()
    if fields.get("mostrecentcached") is True:
        return _authorize_cached(_login_of(fields, "cached"))
    attempt = the_bank().start_attempt(_login_of(fields, "start").login_id)
    return _reply_stage(the_bank().settle_attempt(attempt.request_id))


@banking.post("/GetAccountsSummary", defaults={"part": Part.SUMMARY})
@banking.post("/GetAccountsDetail", defaults={"part": Part.DETAIL})
def read_accounts(part: Part) -> Response:
    """Read accounts; a first 202 is normal [D GAD, GAS]."""
    return _reply_accounts(_text(_read_fields(), "requestid"), part, first_call=True)


@banking.get("/GetAccountsSummaryAsync/<request_id>", defaults={"part": Part.SUMMARY})
@banking.get("/GetAccountsDetailAsync/<request_id>", defaults={"part": Part.DETAIL})
def read_accounts_async(part: Part, request_id: str) -> Response:
    """Ask again after a 202; the 200 equals the synchronous one [D GADA, GASA]."""
    return _reply_accounts(request_id, part, first_call=False)


def _authorize_cached(login: Login) -> Response:
    session, outcome = the_bank().open_cached(login.login_id)
    if outcome:
        raise BankError(outcome, session.request_id)
    return _reply(replies.authorized(session.request_id, login))


def _reply_accounts(request_id: str, part: Part, *, first_call: bool) -> Response:
    action = part.lower() if first_call else f"{part.lower()}_async"
    note(action)
    login, is_ready = the_bank().read_data(request_id, part)
    note(action, login)
    if is_ready:
        return _reply(replies.accounts(request_id, login, part))
    code = login.behaviour.first_data_code if first_call else "OPERATION_PENDING"
    return _reply(replies.pending(request_id, f"GetAccounts{part}Async", code))


def _reply_stage(attempt: Attempt) -> Response:
    match attempt.stage:
        case Stage.WORKING:
            return _reply(replies.pending(attempt.request_id, "AuthorizeAsync"))
        case Stage.ASKING:
            return _reply(replies.challenge(attempt))
        case Stage.AUTHORIZED:
            return _reply(replies.authorized(attempt.request_id, attempt.login))
        case Stage.REFUSED:
            raise BankError(attempt.refusal or "AGGREGATION_ERROR", attempt.request_id)


def _reply(body: replies.Body) -> Response:
    response = jsonify(body)
    response.status_code = body["HttpStatusCode"]
    return response


def _auth_key() -> str:
    return request.headers.get("flinks-auth-key", "")


def _require_token() -> None:
    if not the_bank().spend_token(_auth_key()):
        raise BankError("ACCESS_DENIED", message="The authorize token is missing, spent or expired")


def _read_fields() -> dict[str, Any]:
    """Read the JSON object with its names in lower case: Flinks' own samples mix the casing [I]."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BankError("INVALID_REQUEST")
    return {name.lower(): value for name, value in body.items()}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BankError("INVALID_REQUEST")
    return value


def _login_of(fields: dict[str, Any], action: str) -> Login:
    note(action)
    login = the_bank().find_login(_text(fields, "loginid"))
    note(action, login)
    return login
