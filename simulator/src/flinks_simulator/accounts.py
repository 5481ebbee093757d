"""The data calls: account summaries and details, statements; each with its Async form for after a 202."""

from dataclasses import replace

from flask import Blueprint, Response, abort, request

from flinks_simulator import replies
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.options import (
    Options,
    read_detail_options,
    read_statement_options,
    read_summary_options,
    read_text,
)
from flinks_simulator.records import Login, Part
from flinks_simulator.wire import read_fields, require_api_key, write_reply

accounts = Blueprint("accounts", __name__)

_READERS = {
    Part.SUMMARY: read_summary_options,
    Part.DETAIL: read_detail_options,
    Part.STATEMENTS: read_statement_options,
}


@accounts.post("/GetAccountsSummary", defaults={"part": Part.SUMMARY})
@accounts.post("/GetAccountsDetail", defaults={"part": Part.DETAIL})
@accounts.post("/GetStatements", defaults={"part": Part.STATEMENTS})
def read_data(part: Part) -> Response:
    """Read one part of the data; a first 202 is normal [D GAD, GAS]."""
    identify_call_or_fail(part.lower())
    require_api_key()
    fields = read_fields()
    return _reply_data(read_text(fields, "requestid"), part, _READERS[part](fields))


# The reference pages of these calls say GET [D GADA, GASA]; their index and node-flinks say POST.
@accounts.route("/GetAccountsSummaryAsync/<request_id>", defaults={"part": Part.SUMMARY}, methods=["GET", "POST"])
@accounts.route("/GetAccountsDetailAsync/<request_id>", defaults={"part": Part.DETAIL}, methods=["GET", "POST"])
@accounts.route("/GetStatementsAsync/<request_id>", defaults={"part": Part.STATEMENTS}, methods=["GET", "POST"])
def read_data_async(part: Part, request_id: str) -> Response:
    """Read again after a 202; the 200 equals the synchronous one, so the first call's options apply [D GADA, GASA]."""
    if request.method not in the_bank().settings.data_polls:
        abort(405)
    identify_call_or_fail(f"{part.lower()}_async")
    require_api_key()
    return _reply_data(request_id, part, None)


def _reply_data(request_id: str, part: Part, options: Options | None) -> Response:
    is_first_call = options is not None
    session = the_bank().find_session(request_id)
    if session:
        identify_call_or_fail(part.lower() if is_first_call else f"{part.lower()}_async", session.login)
    login, is_ready = the_bank().read_data(request_id, part)
    asked = the_bank().asked
    if options:
        asked.keep_options(request_id, part, options)
    if not is_ready:
        code = login.behaviour.first_data_code if is_first_call else "OPERATION_PENDING"
        return write_reply(replies.pending(request_id, f"{replies.OPERATIONS[part]}Async", code))
    chosen = session.account_ids if session else ()
    wanted = _narrow(asked.options_of(request_id, part), chosen)
    body = replies.data(request_id, login, part, wanted, asked.tag_of(request_id))
    return write_reply(_hold_back(body, login) if part is Part.DETAIL else body)


def _hold_back(body: replies.Body, login: Login) -> replies.Body:
    """Leave out what this login delivers late: first the accounts, then their transactions."""
    number, behaviour = the_bank().count_detail(login), login.behaviour
    if number <= behaviour.late_accounts:
        return body | {"Accounts": []}
    if number <= behaviour.late_accounts + behaviour.late_transactions:
        return body | {"Accounts": [account | {"Transactions": []} for account in body["Accounts"]]}
    return body


def _narrow(options: Options, chosen: tuple[str, ...]) -> Options:
    """Limit the options to the accounts chosen in Connect for this session [D REC-new]."""
    if not chosen:
        return options
    wanted = chosen if options.account_ids is None else options.account_ids
    return replace(options, account_ids=tuple(each for each in wanted if each in chosen))
