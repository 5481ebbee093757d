"""The calls about a stored connection: deletion, nightly refresh, stored answers to bank questions."""

from datetime import timedelta

from flask import Blueprint, Response

from flinks_simulator import replies
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.options import read_flag, read_text
from flinks_simulator.records import Login
from flinks_simulator.users import ANSWERS, Challenge
from flinks_simulator.wire import (
    find_login_or_fail,
    lower_names,
    read_fields,
    require_api_key,
    require_api_secret,
    write_reply,
)

cards = Blueprint("cards", __name__)

_REFRESHED_RECENTLY = timedelta(days=7)
# Errors after which the nightly refresh tries again [D NIGHT].
_PASSING = {
    "AGGREGATION_ERROR",
    "BANK_MAINTENANCE_RETRY_LATER",
    "DISABLED_INSTITUTION",
    "RETRY_LATER",
    "SESSION_EXPIRED",
    "SESSION_NONEXISTENT",
    "UNAUTHORIZED",
}


@cards.delete("/DeleteCard/<login_id>")
def delete_card(login_id: str) -> Response:
    """Delete everything about a login; refused while it is being processed [D; the 200's body I]."""
    identify_call_or_fail("delete_card")
    require_api_key()
    find_login_or_fail(login_id, "delete_card")
    the_bank().remove_login(login_id)
    return write_reply({"HttpStatusCode": 200, "Message": "The card has been deleted"})


@cards.patch("/SetScheduledRefresh")
def set_scheduled_refresh() -> Response:
    """Turn the nightly refresh of a login on or off [D path; body T; the reply I]."""
    identify_call_or_fail("scheduled_refresh")
    require_api_key()
    fields = read_fields()
    login = find_login_or_fail(read_text(fields, "loginid"), "scheduled_refresh")
    if fields.get("isactivated") is None:
        raise BankError("INVALID_REQUEST", message="IsActivated is missing")
    is_scheduled = read_flag(fields, "isactivated", default=False)
    the_bank().schedule_refresh(login.login_id, is_scheduled=is_scheduled)
    state = "activated" if is_scheduled else "deactivated"
    return write_reply({"HttpStatusCode": 200, "Message": f"Scheduled refresh {state}"})


@cards.get("/GetMFAQuestions/<login_id>")
def get_mfa_questions(login_id: str) -> Response:
    """List the questions the bank may ask; simple questions only [D]."""
    identify_call_or_fail("mfa_questions")
    require_api_key()
    login = find_login_or_fail(login_id, "mfa_questions")
    return write_reply({"Message": "SUCCESS", "Questions": [{"Question": each} for each in _list_questions(login)]})


@cards.patch("/AnswerMFAQuestions")
def answer_mfa_questions() -> Response:
    """Store answers, so that later live attempts do not need the user [D, NIGHT]."""
    identify_call_or_fail("answer_mfa_questions")
    require_api_key()
    fields = read_fields()
    login = find_login_or_fail(read_text(fields, "loginid"), "answer_mfa_questions")
    questions = fields.get("questions")
    if not isinstance(questions, list) or not all(isinstance(each, dict) for each in questions):
        raise BankError("INVALID_REQUEST", message="Questions must be a list of questions with their answers")
    answers = {read_text(each, "question"): read_text(each, "answer") for each in map(lower_names, questions)}
    if answers.keys() - set(_list_questions(login)):
        raise BankError("UNKNOWN_CHALLENGE_KEY")
    the_bank().store_answers(login.login_id, answers)
    return write_reply({"Message": "Answers updated"})


@cards.get("/GetNightlyRefreshStatus")
def get_nightly_refresh_status() -> Response:
    """List the logins that are set to nightly refresh but no longer refreshed [D NIGHT]."""
    identify_call_or_fail("nightly_status")
    require_api_secret()
    ineligible = [_describe(each) for each in the_bank().logins() if each.is_scheduled_refresh and _is_left_out(each)]
    return write_reply({"HttpStatusCode": 200, "IneligibleCards": ineligible})


def _list_questions(login: Login) -> list[str]:
    has_questions = login.behaviour.asks and login.behaviour.challenge is Challenge.QUESTION
    return list(ANSWERS) if has_questions else []


def _is_left_out(login: Login) -> bool:
    is_stale = the_bank().clock() - login.last_refresh > _REFRESHED_RECENTLY
    return is_stale or (login.last_outcome is not None and login.last_outcome not in _PASSING)


def _describe(login: Login) -> replies.Body:
    """Describe how a login's last refresh ended; the sample shows only the state of an unanswered question [D]."""
    if login.last_outcome == "QUESTION_NOT_FOUND":
        state, code = "AnsweringSecurityChallenge", None
    else:
        state, code = ("Failed" if login.last_outcome else "Completed"), login.last_outcome
    return {
        "LoginId": login.login_id,
        "LastRefreshDate": replies.write_moment(login.last_refresh),
        "LastRefreshState": state,
        "LastRefreshErrorCode": code,
    }
