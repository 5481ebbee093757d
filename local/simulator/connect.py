"""The Flinks Connect pages: the bank's question, the credentials form, and what the page tells its parent."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, render_template, request

from local.simulator.context import note, the_bank
from local.simulator.errors import BankError
from local.simulator.records import Attempt, Login, Stage
from local.simulator.users import INSTITUTION, INSTITUTION_ID
from local.simulator.wording import WORDING

connect = Blueprint("connect", __name__, url_prefix="/v2", template_folder="templates")

Event = dict[str, Any]
_MOUNTED: Event = {"step": "APP_MOUNTED"}
_MFA_TYPES = ["QuestionAndAnswer"]


@connect.get("/")
def open_question() -> str:
    """Load Connect on a live attempt [D MSR], or without one: then the user connects from the start."""
    note("connect_open")
    if not _may_load():
        return _show_token_refused()
    return _show_attempt(was_wrong=False) if _request_id() else _show_credentials(refusal=None)


@connect.post("/")
def take_answer() -> str:
    """Hand the answer to the bank, and show the question again when it was wrong."""
    if not _request_id():
        return take_credentials()
    note("connect_answer")
    try:
        is_right = the_bank().answer_question(_request_id(), request.form.get("answer", ""))
    except BankError:
        return _show_attempt(was_wrong=False)
    return _show_attempt(was_wrong=not is_right)


@connect.get(f"/Credential/{INSTITUTION_ID}")
def open_credentials() -> str:
    """Load Connect with the institution preselected, the fallback when a refresh cannot go on [D PRESEL]."""
    note("connect_open_credentials")
    if not _may_load():
        return _show_token_refused()
    return _show_credentials(refusal=None)


@connect.post(f"/Credential/{INSTITUTION_ID}")
def take_credentials() -> str:
    """Sign in to the bank with fresh credentials."""
    note("connect_sign_in")
    try:
        attempt = the_bank().sign_in(request.form.get("username", ""), request.form.get("password", ""))
    except BankError as refusal:
        return _show_credentials(refusal.code)
    note("connect_sign_in", attempt.login)
    return _show_success(attempt.login)


def build_redirect_url(redirect_url: str, login_id: str) -> str:
    """Add what Connect adds to the integrator's URL, keeping the query it already has [D 5.4]."""
    parts = urlsplit(redirect_url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("loginId", login_id),
        ("institution", INSTITUTION),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _show_attempt(*, was_wrong: bool) -> str:
    try:
        attempt = the_bank().settle_attempt(_request_id())
    except BankError:
        # No source says what Connect tells its parent about an expired RequestId, so it tells nothing.
        return _render("expired", [_MOUNTED])
    note(_action(), attempt.login)
    match attempt.stage:
        case Stage.ASKING:
            return _show_question(attempt, was_wrong=was_wrong)
        case Stage.AUTHORIZED:
            return _show_success(attempt.login)
        case _:
            refusal = attempt.login.behaviour.refusal
            return _render("failed", [_MOUNTED, _code_event(refusal, attempt.request_id)], refusal=refusal)


def _show_question(attempt: Attempt, *, was_wrong: bool) -> str:
    step = "COMPONENT_LOAD_MFA_RETRY" if was_wrong else "COMPONENT_LOAD_MFA"
    events = [_MOUNTED, {"step": step, "institution": INSTITUTION, "mfaTypes": _MFA_TYPES}]
    if was_wrong:
        events.append(_code_event("INVALID_SECURITY_RESPONSE", attempt.request_id))
    return _render("question", events, prompt=attempt.prompt, was_wrong=was_wrong, action=_form_action())


def _show_credentials(refusal: str | None) -> str:
    step = "COMPONENT_LOAD_CREDENTIAL_RETRY" if refusal else "COMPONENT_LOAD_CREDENTIAL"
    events: list[Event] = [_MOUNTED, {"step": step, "institution": INSTITUTION}]
    if refusal:
        events.append(_code_event(refusal, None))
    return _render("credentials", events, refusal=refusal, action=_form_action())


def _show_success(login: Login) -> str:
    target = _redirect_target()
    url = build_redirect_url(target, login.login_id)
    redirect_event = {"step": "REDIRECT", "institution": INSTITUTION, "url": url}
    return _render("success", [_MOUNTED, redirect_event], redirect_url=url if target else None)


def _show_token_refused() -> str:
    return _render("token", [_MOUNTED, _code_event("TOKEN_INVALID", None)])


def _render(screen: str, events: list[Event], **values: Any) -> str:
    language = "fr" if request.args.get("language") == "fr" else "en"
    return render_template(
        f"{screen}.html",
        screen=screen,
        events=events,
        language=language,
        words=WORDING[language],
        institution=INSTITUTION,
        **values,
    )


def _code_event(code: str | None, request_id: str | None) -> Event:
    return {"requestId": request_id, "flinksCode": code, "institution": INSTITUTION}


def _may_load() -> bool:
    token = request.args.get("authorizeToken")
    if token is None:
        return not the_bank().settings.require_connect_token
    return the_bank().spend_token(token)


def _form_action() -> str:
    # The token paid for loading the page and is spent, so the form leaves it out.
    kept = {name: value for name, value in request.args.items() if name != "authorizeToken"}
    return f"{request.path}?{urlencode(kept)}"


def _redirect_target() -> str:
    """Read the integrator's URL; anything but a web address would run in this page."""
    target = request.args.get("redirectUrl", "")
    return target if urlsplit(target).scheme in {"http", "https"} else ""


def _request_id() -> str:
    return request.args.get("requestId", "")


def _action() -> str:
    return "connect_open" if request.method == "GET" else "connect_answer"
