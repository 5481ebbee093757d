"""The own sign-in page of an OAuth bank, and the way back from it to Connect and to the integrator [I]."""

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from flinks_simulator.connect.parameters import Parameters
from flinks_simulator.connect.redirect import build_refusal_url, plan_redirect
from flinks_simulator.connect.visit import render_page
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.records import Attempt, Stage
from flinks_simulator.users import CONSENT, Challenge

bank_site = Blueprint("bank_site", __name__, url_prefix="/bank")


@bank_site.get("/sign-in")
def show_sign_in() -> str:
    """Ask the user whether the integrator may read their accounts."""
    _find_attempt("connect_bank")
    return render_page("bank", _parameters(), action=request.full_path)


@bank_site.post("/sign-in")
def take_decision() -> Response | str:
    """Take the user's decision, and send them back: through their own window, or as a full page."""
    attempt = _find_attempt("connect_bank_decision")
    parameters = _parameters()
    is_approved = request.form.get("decision") == CONSENT
    if is_approved:
        the_bank().answer_question(attempt.request_id, CONSENT)
        attempt = the_bank().settle_attempt(attempt.request_id)
    if parameters.oauth_full_page:
        return redirect(_way_on(parameters, attempt, is_approved=is_approved), 303)
    if not is_approved and parameters.redirect_url and not parameters.js_redirect:
        return redirect(build_refusal_url(parameters.redirect_url, attempt.request_id), 303)
    return render_page("bank_done", parameters, report={"isApproved": is_approved})


def _way_on(parameters: Parameters, attempt: Attempt, *, is_approved: bool) -> str:
    """The integrator's address, or Connect's own page without one."""
    if not is_approved and parameters.redirect_url:
        return build_refusal_url(parameters.redirect_url, attempt.request_id)
    if is_approved and (plan := plan_redirect(parameters, attempt, (), the_bank().clock())).navigations:
        return plan.navigations[-1]
    kept = {name: value for name, value in request.args.items() if name != "connect"}
    path = "/v2/" if request.args.get("connect", "").startswith("/v2/") else "/"
    return f"{path}?{urlencode(kept)}"


def _find_attempt(action: str) -> Attempt:
    identify_call_or_fail(action)
    try:
        attempt = the_bank().settle_attempt(_parameters().request_id)
    except BankError:
        abort(404, "The bank no longer waits for this sign-in")
    identify_call_or_fail(action, attempt.login)
    if attempt.stage is not Stage.ASKING or attempt.login.behaviour.challenge is not Challenge.OAUTH:
        abort(404, "The bank waits for no sign-in")
    return attempt


def _parameters() -> Parameters:
    return Parameters.read(request.args.to_dict())
