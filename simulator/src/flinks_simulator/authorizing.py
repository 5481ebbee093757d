"""Authorize and AuthorizeAsync: cached, live by LoginId or credentials, and with the answer to a question."""

from flask import Blueprint, Response, abort, request

from flinks_simulator import replies
from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.options import Fields, read_flag, read_optional_text, read_text
from flinks_simulator.records import Attempt, Login, Stage
from flinks_simulator.users import INSTITUTION
from flinks_simulator.wire import find_login_or_fail, read_fields, require_token, write_reply

authorizing = Blueprint("authorizing", __name__)

_LANGUAGES = ("en", "fr")


@authorizing.post("/Authorize")
def authorize() -> Response:
    """Authorize from stored data, synchronously live, or by answering the bank's question [D AUTHZ, LEGACY]."""
    require_token()
    fields = read_fields()
    if fields.get("requestid") is not None:
        attempt, is_right = _answer(fields)
        if not is_right:
            raise BankError("INVALID_SECURITY_RESPONSE", attempt.request_id)
        return _reply_stage(attempt)
    if read_flag(fields, "mostrecentcached", default=False):
        return _authorize_cached(fields)
    return _reply_stage(the_bank().settle_attempt(_start(fields).request_id))


@authorizing.post("/AuthorizeAsync")
def authorize_async() -> Response:
    """Start a live attempt, poll one by its RequestId, or answer its question [D MSR, AASYNC; form I]."""
    _require_activation()
    fields = read_fields()
    if fields.get("requestid") is None or not _is_status_call(fields):
        require_token()
        if fields.get("mostrecentcached") is not False or fields.get("save") is not True:
            identify_call_or_fail("start")
            raise BankError("INVALID_REQUEST", message="Start with MostRecentCached false and Save true")
        return _reply_working(_start(fields))
    if fields.get("securityresponses") is None:
        return _poll(read_text(fields, "requestid"))
    attempt, _ = _answer(fields)
    return _reply_working(attempt)


# Which of these forms Flinks takes is not published [I]; a RequestId in a POST's body is the fourth.
@authorizing.get("/AuthorizeAsync/<request_id>", defaults={"form": "get"})
@authorizing.post("/AuthorizeAsync/<request_id>", defaults={"form": "post-path"})
@authorizing.get("/AuthorizeAsync", defaults={"form": "get-query", "request_id": ""})
def poll_attempt(form: str, request_id: str) -> Response:
    """Answer a status call: still working, asking, done, or refused [D MSR; form I]."""
    _require_activation()
    if form not in the_bank().settings.status_calls:
        abort(405)
    return _poll(request_id or request.args.get("requestId", ""))


def _require_activation() -> None:
    match the_bank().settings.authorize_async:
        case "refused":
            raise BankError("METHOD_NOT_AVAILABLE")
        case "absent":
            abort(404)


def _is_status_call(fields: Fields) -> bool:
    return fields.get("securityresponses") is not None or "post" in the_bank().settings.status_calls


def _poll(request_id: str) -> Response:
    identify_call_or_fail("status")
    if the_bank().settings.require_status_token:
        require_token(even_if_optional=True)
    attempt = the_bank().poll_attempt(request_id)
    identify_call_or_fail("status", attempt.login)
    return _reply_stage(attempt)


def _authorize_cached(fields: Fields) -> Response:
    identify_call_or_fail("cached")
    login = find_login_or_fail(read_text(fields, "loginid"), "cached")
    session, outcome = the_bank().open_cached(login.login_id)
    the_bank().asked.keep_tag(session.request_id, read_optional_text(fields, "tag"))
    if outcome:
        raise BankError(outcome, session.request_id)
    return _reply_authorized(session.request_id, login)


def _start(fields: Fields) -> Attempt:
    """Start a live attempt with stored credentials, or with those in the body: a new connection."""
    tag = read_optional_text(fields, "tag")
    language = _read_language(fields)
    if fields.get("username") is None or fields.get("loginid") is not None:
        identify_call_or_fail("start")
        login = find_login_or_fail(read_text(fields, "loginid"), "start")
        attempt = the_bank().start_attempt(login.login_id)
    else:
        attempt = _sign_in(fields, language)
    # Older clients send here what SetScheduledRefresh takes now [T].
    if fields.get("schedulerefresh") is not None:
        is_scheduled = read_flag(fields, "schedulerefresh", default=False)
        the_bank().schedule_refresh(attempt.login.login_id, is_scheduled=is_scheduled)
    the_bank().asked.keep_tag(attempt.request_id, tag)
    return attempt


def _sign_in(fields: Fields, language: str) -> Attempt:
    identify_call_or_fail("start")
    username, password = read_text(fields, "username"), read_text(fields, "password")
    if read_text(fields, "institution").casefold() != INSTITUTION.casefold():
        raise BankError("INVALID_REQUEST", message="This institution is not known here")
    identify_call_or_fail("start", the_bank().find_connection(username, language))
    return the_bank().sign_in(username, password, language)


def _read_language(fields: Fields) -> str:
    language = read_optional_text(fields, "language") or _LANGUAGES[0]
    if language not in _LANGUAGES:
        raise BankError("INVALID_REQUEST", message="Language must be en or fr")
    return language


def _answer(fields: Fields) -> tuple[Attempt, bool]:
    """Pass the answer to the bank; return the attempt afterwards and whether the answer was right."""
    identify_call_or_fail("answer")
    request_id = read_text(fields, "requestid")
    attempt = the_bank().settle_attempt(request_id)
    identify_call_or_fail("answer", attempt.login)
    if attempt.stage is Stage.AUTHORIZED:
        raise BankError("ALREADY_AUTHORIZED", request_id)
    if attempt.stage is not Stage.ASKING:
        raise BankError("UNAUTHORIZED", request_id)
    answer = _read_answer(fields, attempt)
    try:
        is_right = the_bank().answer_question(request_id, answer)
    except BankError:
        # That was the last wrong answer; the attempt now holds the refusal.
        is_right = False
    return the_bank().settle_attempt(request_id), is_right


def _read_answer(fields: Fields, attempt: Attempt) -> str:
    """Read the one answer that the bank waits for; every key must be a prompt that it showed [D AUTHZ]."""
    responses = fields.get("securityresponses")
    if not isinstance(responses, dict):
        raise BankError("INVALID_REQUEST", attempt.request_id, "SecurityResponses must map each prompt to its answers")
    if responses.keys() - {attempt.prompt}:
        raise BankError("UNKNOWN_CHALLENGE_KEY", attempt.request_id)
    answers = responses.get(attempt.prompt)
    if not answers:
        raise BankError("SECURITYRESPONSES_INCOMPLETE", attempt.request_id)
    if not isinstance(answers, list) or not isinstance(answers[0], str):
        raise BankError("INVALID_REQUEST", attempt.request_id, "Each answer is a list of texts")
    return answers[0]


def _reply_stage(attempt: Attempt) -> Response:
    match attempt.stage:
        case Stage.WORKING:
            return _reply_working(attempt)
        case Stage.ASKING:
            return write_reply(replies.challenge(attempt))
        case Stage.AUTHORIZED:
            return _reply_authorized(attempt.request_id, attempt.login)
        case Stage.REFUSED:
            raise BankError(attempt.refusal or "AGGREGATION_ERROR", attempt.request_id)


def _reply_working(attempt: Attempt) -> Response:
    return write_reply(replies.pending(attempt.request_id, "AuthorizeAsync"))


def _reply_authorized(request_id: str, login: Login) -> Response:
    return write_reply(replies.authorized(request_id, login, the_bank().asked.tag_of(request_id)))
