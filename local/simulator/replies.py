"""The JSON bodies of Flinks' replies, built from the bank's records."""

from datetime import UTC, datetime
from typing import Any

from local.simulator.data import make_detail, make_summary
from local.simulator.errors import BankError
from local.simulator.records import Attempt, Login, Part
from local.simulator.users import INSTITUTION, INSTITUTION_ID

Body = dict[str, Any]


def error(refusal: BankError) -> Body:
    """Say no: code, message, and the RequestId when there is one [D CACHE-ERR]."""
    body: Body = {
        "HttpStatusCode": refusal.http_status,
        "FlinksCode": refusal.code,
        "Message": refusal.message,
        "Links": [],
    }
    return body | ({"RequestId": refusal.request_id} if refusal.request_id else {})


def pending(request_id: str, operation: str, code: str = "OPERATION_PENDING") -> Body:
    """Say that the work goes on, and where to ask again [D GAD, GADA; AuthorizeAsync by analogy]."""
    return {
        "HttpStatusCode": 202,
        "FlinksCode": code,
        "Message": "The operation is still in progress",
        "Links": [{"rel": operation, "href": f"/{operation}", "example": f"/{operation}/{request_id}"}],
        "RequestId": request_id,
    }


def authorized(request_id: str, login: Login) -> Body:
    """Say that the session can be read; `Login.LastRefresh` tells how old its data are [D AUTHZ]."""
    return {
        "HttpStatusCode": 200,
        "Links": _links(("AccountsDetail", "AccountsSummary", "Statements")),
        **_identity(request_id, login),
    }


def challenge(attempt: Attempt) -> Body:
    """Ask the user's question [D LEGACY]."""
    return {
        "HttpStatusCode": 203,
        "Links": [{"rel": "Authorization", "href": "/Authorize", "example": None}],
        "SecurityChallenges": [{"Type": "QuestionAndAnswer", "Prompt": attempt.prompt}],
        "Institution": INSTITUTION,
        "RequestId": attempt.request_id,
    }


def accounts(request_id: str, login: Login, part: Part) -> Body:
    """Hand over the accounts as they stood at the login's last refresh [D GAD, GAS]."""
    make = make_detail if part is Part.DETAIL else make_summary
    other = "AccountsSummary" if part is Part.DETAIL else "AccountsDetail"
    return {
        "HttpStatusCode": 200,
        "Accounts": make(login.login_id, login.last_refresh.date()),
        "Links": _links((other, "Statements")),
        **_identity(request_id, login),
    }


def _identity(request_id: str, login: Login) -> Body:
    return {
        "InstitutionName": INSTITUTION,
        "Login": {
            "Username": login.username,
            "IsScheduledRefresh": False,
            "LastRefresh": _zoneless(login.last_refresh),
            "Type": "Personal",
            "Id": login.login_id,
        },
        "InstitutionId": INSTITUTION_ID,
        "Institution": INSTITUTION,
        "RequestId": request_id,
    }


def _links(names: tuple[str, ...]) -> list[Body]:
    return [{"rel": name, "href": f"/Get{name}", "example": None} for name in names]


def _zoneless(moment: datetime) -> str:
    """Write UTC the way Flinks does, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
