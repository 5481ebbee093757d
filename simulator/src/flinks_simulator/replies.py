"""The JSON bodies of Flinks' replies, built from the bank's records."""

from datetime import UTC, datetime
from typing import Any

from flinks_simulator.data import DEFAULT_ACCOUNTS, LONG_HISTORY, make_detail, make_holder, make_summary
from flinks_simulator.errors import BankError
from flinks_simulator.options import Options
from flinks_simulator.records import Attempt, Login, Part
from flinks_simulator.statements import make_statements

Body = dict[str, Any]

OPERATIONS = {
    Part.SUMMARY: "GetAccountsSummary",
    Part.DETAIL: "GetAccountsDetail",
    Part.STATEMENTS: "GetStatements",
}
_EVERYTHING = Options()


def error(refusal: BankError) -> Body:
    """A refusal: code, message, and the RequestId if there is one [D CACHE-ERR]."""
    body: Body = {
        "HttpStatusCode": refusal.http_status,
        "FlinksCode": refusal.code,
        "Message": refusal.message,
        "Links": [],
    }
    return body | ({"RequestId": refusal.request_id} if refusal.request_id else {})


def pending(request_id: str, operation: str, code: str = "OPERATION_PENDING") -> Body:
    """A 202: still processing, and where to poll [D GAD, GADA, ERR-old; AuthorizeAsync by analogy]."""
    return {
        "HttpStatusCode": 202,
        "FlinksCode": code,
        "Message": "Your operation is still processing",
        "Links": [{"rel": operation, "href": f"/{operation}", "example": f"/{operation}/{request_id}"}],
        "RequestId": request_id,
    }


def authorized(request_id: str, login: Login, tag: str | None = None) -> Body:
    """A 200: the session can be read; `Login.LastRefresh` is the age of its data [D AUTHZ]."""
    return {
        "HttpStatusCode": 200,
        "Links": _link("AccountsDetail", "AccountsSummary", "Statements"),
        **_identify(request_id, login, tag),
    }


def challenge(attempt: Attempt) -> Body:
    """A 203: the bank's question [D LEGACY]; choices are sent as Iterables [T], with a Type that is not published."""
    question: Body = {"Type": "QuestionAndAnswer", "Prompt": attempt.prompt}
    if attempt.choices:
        question |= {"Type": "MultipleChoice", "Iterables": list(attempt.choices)}
    return {
        "HttpStatusCode": 203,
        "Links": [{"rel": "Authorization", "href": "/Authorize", "example": None}],
        "SecurityChallenges": [question],
        "Institution": attempt.login.institution,
        "RequestId": attempt.request_id,
    }


def data(request_id: str, login: Login, part: Part, options: Options = _EVERYTHING, tag: str | None = None) -> Body:
    """One part of the data as of the login's last refresh."""
    make = statements if part is Part.STATEMENTS else accounts
    return make(request_id, login, part, options, tag)


def accounts(request_id: str, login: Login, part: Part, options: Options = _EVERYTHING, tag: str | None = None) -> Body:
    """The accounts [D GAD, GAS]."""
    other = "AccountsSummary" if part is Part.DETAIL else "AccountsDetail"
    body = {
        "HttpStatusCode": 200,
        "Accounts": _pick_accounts(login, part, options),
        "Links": _link(other, "Statements"),
        **_identify(request_id, login, tag),
    }
    # What the option adds to the reply is not published; this is what GetStatements returns [I].
    return body | ({"StatementsByAccount": _pick_statements(login, options)} if options.statements else {})


def statements(
    request_id: str, login: Login, _part: Part, options: Options = _EVERYTHING, tag: str | None = None
) -> Body:
    """The statements [T node-flinks]."""
    return {
        "HttpStatusCode": 200,
        "StatementsByAccount": _pick_statements(login, options),
        "Links": _link("AccountsDetail", "AccountsSummary"),
        **_identify(request_id, login, tag),
    }


def kyc(request_id: str, login: Login, tag: str | None = None) -> Body:
    """The account holders, as in the KYC webhook [D HOOK, reference/kyc]."""
    return {
        "ResponseType": "KYC",
        "HttpStatusCode": 200,
        "Holders": [make_holder(login.data_seed)],
        **_identify(request_id, login, tag),
    }


def write_moment(moment: datetime) -> str:
    """Write UTC the way Flinks does, without a zone [D AUTHZ]."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def _pick_accounts(login: Login, part: Part, options: Options) -> list[Body]:
    made = (
        make_summary(**_describe(login)) if part is Part.SUMMARY else make_detail(**_describe(login), days=options.days)
    )
    left_out = _list_left_out(part, options)
    return [each | left_out for each in made if options.account_ids is None or each["Id"] in options.account_ids]


def _list_left_out(part: Part, options: Options) -> Body:
    """The fields that the options turn off, with their replacement values [I: null, and no transactions]."""
    left_out: Body = {}
    if not options.identity:
        left_out |= {"AccountNumber": None, "LastFourDigits": None}
        left_out |= {"TransitNumber": None, "InstitutionNumber": None} if part is Part.DETAIL else {}
    if not options.holder:
        left_out |= {"Holder": None}
    if not options.balance:
        left_out |= {"Balance": None}
    if not options.transactions and part is Part.DETAIL:
        left_out |= {"Transactions": []}
    return left_out


def _pick_statements(login: Login, options: Options) -> list[Body]:
    made = make_detail(**_describe(login), days=LONG_HISTORY)
    wanted = [each for each in made if options.account_ids is None or each["Id"] in options.account_ids]
    return make_statements(wanted, login.last_refresh.date(), options.months)


def _describe(login: Login) -> Body:
    """The inputs from which a login's sample data is made."""
    accounts = login.behaviour.accounts
    return {
        "seed": login.data_seed,
        "as_of": login.last_refresh.date(),
        "accounts": DEFAULT_ACCOUNTS if accounts is None else accounts,
        "transactions": login.behaviour.transactions,
    }


def _identify(request_id: str, login: Login, tag: str | None) -> Body:
    identity: Body = {
        "InstitutionName": login.institution,
        "Login": {
            "Username": login.username,
            "IsScheduledRefresh": login.is_scheduled_refresh,
            "LastRefresh": write_moment(login.last_refresh),
            "Type": "Personal",
            "Id": login.login_id,
        },
        "InstitutionId": login.institution_id,
        "Institution": login.institution,
        "RequestId": request_id,
    }
    return identity | ({"Tag": tag} if tag is not None else {})


def _link(*names: str) -> list[Body]:
    return [{"rel": name, "href": f"/Get{name}", "example": None} for name in names]
