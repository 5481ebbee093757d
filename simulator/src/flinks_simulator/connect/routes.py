"""Connect's endpoints: the page that an integrator opens, and the forms that its user submits."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

from flinks_simulator.connect.account_choice import make_options
from flinks_simulator.connect.screens import (
    CLOSED_INSTITUTION_ID,
    show_accounts,
    show_attempt,
    show_bank,
    show_consent,
    show_credentials,
    show_declined,
    show_expired,
    show_institutions,
    show_token_refused,
)
from flinks_simulator.connect.visit import Visit
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.records import Attempt, Stage
from flinks_simulator.users import INSTITUTION_ID

connect = Blueprint("connect", __name__)


@connect.before_request
def serve_where_connect_is() -> None:
    """Serve only the configured host and path; which path a reconnect has, the pages disagree about."""
    settings = the_bank().settings
    path = "/v2/" if request.path.startswith("/v2/") else "/"
    is_there = settings.connect_host in {None, urlsplit(request.host_url).hostname}
    if path not in settings.connect_paths or not is_there:
        abort(404)


@connect.after_request
def limit_frames(response: Response) -> Response:
    """Let only the configured sites frame Connect [T: the list of allowed domains]."""
    if (sources := the_bank().settings.connect_frame_ancestors) is not None:
        response.headers["Content-Security-Policy"] = f"frame-ancestors {sources}"
    return response


@connect.get("/v2/")
@connect.get("/")
def open_connect() -> str:
    """Load Connect on a live attempt [D MSR], or without one; the REC pages omit /v2/ from the path."""
    return _open("connect_open", Visit.here())


@connect.get("/v2/Credential/<institution_id>")
@connect.get("/Credential/<institution_id>")
def open_credentials(**_: str) -> str:
    """Load Connect with the institution preselected, the fallback when a refresh fails [D PRESEL; path T]."""
    return _open("connect_open_credentials", Visit.here())


@connect.post("/v2/")
@connect.post("/")
@connect.post("/v2/Credential/<institution_id>")
@connect.post("/Credential/<institution_id>")
def take_step(**_: str) -> str:
    """Process the form of one screen and show the next."""
    take = _STEPS.get(request.form.get("step", ""))
    if take is None:
        abort(400, f"A form of Connect names its step, one of: {', '.join(_STEPS)}")
    return take(Visit.here())


def _open(action: str, visit: Visit) -> str:
    identify_call_or_fail(action)
    visit.send_step("APP_MOUNTED")
    if not _may_load(visit):
        return show_token_refused(visit)
    if visit.parameters.consent_enable:
        return show_consent(visit)
    return _begin(action, visit)


def _begin(action: str, visit: Visit) -> str:
    """Show the first screen about the bank."""
    if visit.institution_id is not None:
        return _enter_institution(visit, visit.institution_id)
    if visit.parameters.request_id:
        return _show_progress(action, visit)
    return show_institutions(visit)


def _enter_institution(visit: Visit, institution_id: str) -> str:
    if institution_id == str(INSTITUTION_ID):
        return show_credentials(visit)
    return show_institutions(visit, is_closed=institution_id == str(CLOSED_INSTITUTION_ID))


def _take_consent(visit: Visit) -> str:
    identify_call_or_fail("connect_consent")
    if request.form.get("decision") == "deny":
        return show_declined(visit)
    if request.form.get("decision") != "accept":
        return show_consent(visit)
    if visit.parameters.terms_url:
        visit.send_step("COMPONENT_ACCEPT_TERMS")
    visit.send_step("COMPONENT_ACCEPT_CONSENT")
    return _begin("connect_consent", visit)


def _take_back(visit: Visit) -> str:
    identify_call_or_fail("connect_institution")
    return show_institutions(visit)


def _take_institution(visit: Visit) -> str:
    identify_call_or_fail("connect_institution")
    chosen = request.form.get("institution", "")
    if chosen == str(INSTITUTION_ID):
        visit.send_bank_step("INSTITUTION_SELECTED")
    return _enter_institution(visit, chosen)


def _take_credentials(visit: Visit) -> str:
    identify_call_or_fail("connect_sign_in")
    visit.send_bank_step("SUBMIT_CREDENTIAL")
    try:
        attempt = the_bank().sign_in(request.form.get("username", ""), request.form.get("password", ""))
    except BankError as refusal:
        return show_credentials(visit, refusal.code)
    identify_call_or_fail("connect_sign_in", attempt.login)
    _keep_tag(visit, attempt)
    return show_attempt(visit.knowing(requestId=attempt.request_id), attempt)


def _take_answer(visit: Visit) -> str:
    attempt = _find_attempt("connect_answer", visit)
    if attempt is None:
        return show_expired(visit)
    visit.send_bank_step("SUBMIT_MFA")
    try:
        is_right = the_bank().answer_question(attempt.request_id, request.form.get("answer", ""))
    except BankError:
        # The attempt is over; its own page says why.
        is_right = True
    return show_attempt(visit, the_bank().settle_attempt(attempt.request_id), was_wrong=not is_right)


def _take_accounts(visit: Visit) -> str:
    attempt = _find_attempt("connect_accounts", visit)
    if attempt is None:
        return show_expired(visit)
    shown = [each.id for each in make_options(visit.parameters, attempt)[0]]
    chosen = [each for each in request.form.getlist("account") if each in shown]
    if not chosen:
        return show_accounts(visit, attempt, is_empty=True)
    if not visit.parameters.selects_several:
        chosen = chosen[:1]
    for account_id in chosen:
        visit.send_bank_step("ACCOUNT_SELECTED", accountId=account_id)
    return show_attempt(visit.knowing(chosenAccounts=",".join(chosen)), attempt)


def _take_wait(visit: Visit) -> str:
    return _show_progress("connect_wait", visit)


def _take_left(visit: Visit) -> str:
    attempt = _find_attempt("connect_wait", visit)
    if attempt is None:
        return show_expired(visit)
    if attempt.stage is not Stage.ASKING:
        return show_attempt(visit, attempt)
    return show_bank(visit, attempt, was_left=True)


def _show_progress(action: str, visit: Visit) -> str:
    attempt = _find_attempt(action, visit)
    return show_expired(visit) if attempt is None else show_attempt(visit, attempt)


def _find_attempt(action: str, visit: Visit) -> Attempt | None:
    """Finish the bank's work and return the live attempt; None if it has expired or never existed."""
    identify_call_or_fail(action)
    try:
        attempt = the_bank().settle_attempt(visit.parameters.request_id)
    except BankError:
        return None
    identify_call_or_fail(action, attempt.login)
    _keep_tag(visit, attempt)
    return attempt


def _keep_tag(visit: Visit, attempt: Attempt) -> None:
    """Keep the tag, because the webhooks of this attempt carry it [D help 43000782377]."""
    if visit.parameters.tag:
        the_bank().asked.keep_tag(attempt.request_id, visit.parameters.tag)


def _may_load(visit: Visit) -> bool:
    token = visit.parameters.authorize_token
    if token is None:
        return not the_bank().settings.require_connect_token
    return the_bank().spend_token(token)


_STEPS: dict[str, Callable[[Visit], str]] = {
    "consent": _take_consent,
    "back": _take_back,
    "institution": _take_institution,
    "credentials": _take_credentials,
    "answer": _take_answer,
    "accounts": _take_accounts,
    "wait": _take_wait,
    "left": _take_left,
}
