"""The Connect screens: each function adds its events and renders its page."""

from flinks_simulator.connect.account_choice import make_options, selected_ids
from flinks_simulator.connect.redirect import plan_redirect
from flinks_simulator.connect.visit import Visit
from flinks_simulator.context import the_bank
from flinks_simulator.records import Attempt, Stage
from flinks_simulator.users import INSTITUTION, INSTITUTION_ID, Challenge

# A bank that is always closed, so that DISABLED_INSTITUTION can be seen.
CLOSED_INSTITUTION = "ClosedBank"
CLOSED_INSTITUTION_ID = 99

_INSTITUTIONS = {INSTITUTION_ID: INSTITUTION, CLOSED_INSTITUTION_ID: CLOSED_INSTITUTION}


def show_token_refused(visit: Visit) -> str:
    """Say that the authorize token was refused. The event exists [D changelog 2025-09] under this name [T]."""
    visit.send_code("TOKEN_INVALID")
    return visit.render("token")


def show_consent(visit: Visit) -> str:
    """Ask whether the integrator may read the accounts [D EVENTS]."""
    visit.send_step("COMPONENT_LOAD_CONSENT")
    return visit.render("consent")


def show_declined(visit: Visit) -> str:
    """Acknowledge that the user declined [D EVENTS]."""
    visit.send_step("COMPONENT_DENY_CONSENT")
    return visit.render("declined")


def show_institutions(visit: Visit, *, is_closed: bool = False) -> str:
    """Let the user choose a bank; `is_closed`: the bank just chosen is not available [D EVENTS, HANDLED]."""
    visit.send_step("COMPONENT_LOAD_INSTITUTION_SELECTOR", cached=False)
    if is_closed:
        visit.send_step("DISABLED_INSTITUTION", institution=CLOSED_INSTITUTION)
    return visit.render(
        "institutions", institutions=_INSTITUTIONS, problem="DISABLED_INSTITUTION" if is_closed else None
    )


def show_credentials(visit: Visit, refusal: str | None = None) -> str:
    """Ask for the username and password, with the `refusal` of the last ones [D EVENTS, HANDLED]."""
    if refusal:
        visit.send_code(refusal)
    visit.send_bank_step("COMPONENT_LOAD_CREDENTIAL_RETRY" if refusal else "COMPONENT_LOAD_CREDENTIAL")
    return visit.render("credentials", problem=refusal)


def show_attempt(visit: Visit, attempt: Attempt, *, was_wrong: bool = False) -> str:
    """Show the current stage of a live attempt."""
    match attempt.stage:
        case Stage.ASKING if attempt.login.behaviour.challenge is Challenge.OAUTH:
            return show_bank(visit, attempt)
        case Stage.ASKING:
            return _show_question(visit, attempt, was_wrong=was_wrong)
        case Stage.AUTHORIZED:
            return _show_authorized(visit, attempt)
        case _:
            return _show_failed(visit, attempt)


def show_bank(visit: Visit, attempt: Attempt, *, was_left: bool = False) -> str:
    """Offer the sign-in at an OAuth bank [D OAUTH]; `was_left`: its window was closed, or the user refused there.

    No public source names an event for either, so none is sent [U].
    """
    bank = {
        "url": visit.bank_url(),
        "isFullPage": visit.parameters.oauth_full_page,
        "isBlocked": not attempt.login.behaviour.opens_windows,
        "institution": INSTITUTION,
    }
    return visit.render("oauth", bank=bank, was_wrong=was_left)


def show_expired(visit: Visit) -> str:
    """Say that the RequestId has expired; no source names an event for this, so none is sent [U]."""
    return visit.render("expired")


def show_accounts(visit: Visit, attempt: Attempt, *, is_empty: bool = False) -> str:
    """Let the user choose accounts; `is_empty`: none were chosen [D EVENTS]."""
    options, total = make_options(visit.parameters, attempt)
    visit.send_bank_step("COMPONENT_LOAD_ACCOUNT_SELECTION", totalAccounts=total, displayedAccounts=len(options))
    return visit.render("accounts", options=options, is_empty=is_empty)


def _show_question(visit: Visit, attempt: Attempt, *, was_wrong: bool) -> str:
    if was_wrong:
        visit.send_code("INVALID_SECURITY_RESPONSE", attempt.request_id)
    step = "COMPONENT_LOAD_MFA_RETRY" if was_wrong else "COMPONENT_LOAD_MFA"
    # No public source lists the MFA types; these are the two of the banking replies.
    visit.send_bank_step(step, mfaTypes=["MultipleChoice" if attempt.choices else "QuestionAndAnswer"])
    hint = attempt.answer if visit.parameters.demo else ""
    return visit.render("question", prompt=attempt.prompt, choices=attempt.choices, was_wrong=was_wrong, hint=hint)


def _show_authorized(visit: Visit, attempt: Attempt) -> str:
    account_ids = selected_ids(visit.parameters, attempt)
    if visit.parameters.selects_accounts and not account_ids:
        return show_accounts(visit, attempt)
    if account_ids:
        the_bank().choose_accounts(attempt.request_id, account_ids)
    plan = plan_redirect(visit.parameters, attempt, account_ids, the_bank().clock())
    visit.events.extend(plan.events)
    return visit.render("success", navigations=plan.navigations, is_awaited=plan.is_awaited)


def _show_failed(visit: Visit, attempt: Attempt) -> str:
    code = attempt.refusal or "AGGREGATION_ERROR"
    visit.send_code(code, attempt.request_id)
    return visit.render("failed", problem=code)
