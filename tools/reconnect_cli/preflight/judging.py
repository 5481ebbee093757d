"""What the answers of the banking API say about each point. Pure."""

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus

from reconnect.model.flinks_options import DataPoll, StatusCall
from reconnect.model.outcomes import known_as
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.points import Finding, Point, fault, untold

_USUAL_SKEW, _MOST_SKEW = timedelta(seconds=60), timedelta(days=1)
_FLINKS_CAPITAL, _FLINKS_CAPITAL_ID = "FlinksCapital", 14
_BUSY = "Flinks limits requests or is not well ({}); run it again"
NO_TOKEN = "Flinks gave no token, so this was not asked"  # noqa: S105 - a sentence


def judge_keys(answer: Answer, customer_id: str) -> tuple[Finding, Finding]:
    """Customer id and secret key, from the request for a token."""
    customer, key = Point.CUSTOMER_ID, Point.SECRET_KEY
    if answer.field("Token"):
        return (
            Finding(customer, "known", "Flinks knows it", {"FlinksCustomerId": customer_id}),
            Finding(key, "accepted", "Flinks accepts it"),
        )
    if answer.says_nothing:
        return untold(customer, _BUSY.format(answer.described())), untold(key, _BUSY.format(answer.described()))
    if answer.knows_no_such_customer:
        wrong = f"Flinks knows no such customer at this host ({answer.described()}): check the id and the instance"
        return fault(customer, "unknown", wrong), untold(key, "it is not looked at before the customer is known")
    if answer.refuses_key:
        return (
            untold(customer, "Flinks may refuse the key before it looks at the customer"),
            fault(key, "refused", f"Flinks refuses secretKey ({answer.described()}): check it in Flinks' dashboard"),
        )
    why = f"the answer is none that is known ({answer.described() or 'no JSON'}): is this host Flinks?"
    return untold(customer, why), untold(key, why)


def judge_clock(answers: Iterable[Answer]) -> Finding:
    """The difference of the clocks, as closely as all answers together bound it."""
    bounds = [each for answer in answers if (each := answer.skew_bounds) is not None]
    if not bounds:
        return untold(Point.CLOCK, "no answer had a readable Date header")
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    ahead = (low + high) / 2
    # What is measured is uncertain by a second; nothing is gained by a tighter setting than the usual one.
    needed = max(_USUAL_SKEW, abs(ahead) + timedelta(seconds=30)) if abs(ahead) > _USUAL_SKEW / 2 else _USUAL_SKEW
    seconds = round(ahead.total_seconds())
    where = "together" if seconds == 0 else f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"
    if needed > _MOST_SKEW:
        return fault(Point.CLOCK, str(seconds), f"Flinks' clock is {where}: set this machine's clock first")
    return Finding(
        Point.CLOCK,
        str(seconds),
        f"Flinks' clock and this machine's go {where}" if seconds == 0 else f"Flinks' clock is {where} of this one",
        {"ClockSkewSeconds": str(math.ceil(needed.total_seconds()))},
    )


def judge_authorize_token(without: Answer) -> Finding:
    """Whether a cached /Authorize of an unknown LoginId, without a token, got as far as the LoginId."""
    if without.says_nothing:
        return untold(Point.AUTHORIZE_TOKEN, _BUSY.format(without.described()))
    if without.refuses_key:
        return Finding(Point.AUTHORIZE_TOKEN, "required", "it does; the service always sends one")
    if without.code:
        return Finding(Point.AUTHORIZE_TOKEN, "optional", "it does not; the service sends one all the same")
    return untold(Point.AUTHORIZE_TOKEN, f"the answer has no FlinksCode ({without.described()})")


def judge_error_status(unknown_login: Answer) -> Finding:
    """The status of a refusal; the service goes by its code."""
    if unknown_login.says_nothing or unknown_login.refuses_key or not unknown_login.code:
        return untold(Point.ERROR_STATUS, f"Flinks did not look for the LoginId ({unknown_login.described()})")
    code, status = unknown_login.code, str(unknown_login.status)
    if known_as(code) is None:
        return fault(Point.ERROR_STATUS, status, f"it is {code} ({status}), which the service does not know: report it")
    return Finding(Point.ERROR_STATUS, status, f"{code} comes with {status}; the service goes by the code")


def judge_status_line(answers: Iterable[Answer]) -> Finding:
    """Whether any refusal had another status in its body than in HTTP's line."""
    # What a gateway or a throttle answers is no example.
    own = [answer for answer in answers if not answer.says_nothing]
    refusals = [answer for answer in own if (answer.body_status or 0) >= HTTPStatus.BAD_REQUEST]
    if not refusals:
        return untold(Point.STATUS_LINE, "no refusal of Flinks was seen")
    if any(answer.body_status != answer.http_status for answer in refusals):
        return Finding(Point.STATUS_LINE, "differs", "it differs; the service believes the body")
    return Finding(Point.STATUS_LINE, "repeated", "it is")


def judge_x_api_key(without: Answer, given: Answer | None) -> Finding:
    """Whether a data call without the key, and with yours, got as far as its RequestId."""
    point = Point.X_API_KEY
    for answer in filter(None, (without, given)):
        if answer.says_nothing or not (answer.refuses_key or answer.code):
            return untold(point, _BUSY.format(answer.described()))
    if not without.refuses_key:
        return Finding(point, "optional", "they do not; xApiKey may be left out of the secret")
    if given is None:
        return fault(point, "missing", "they need one: put xApiKey into the secret")
    if given.refuses_key:
        return fault(point, "refused", "they need one, and Flinks refuses yours: check xApiKey in Flinks' dashboard")
    return Finding(point, "required", "they need one, and yours is right")


def judge_status_call(bare: Mapping[StatusCall, Answer], with_token: Mapping[StatusCall, Answer]) -> list[Finding]:
    """Activation, form and token, from a poll of an unknown RequestId in each form, with a token where one is missing.

    No form starts anything: without a LoginId there is nothing to start.
    """
    activation, form, token = Point.AUTHORIZE_ASYNC, Point.STATUS_CALL, Point.STATUS_TOKEN
    answers = [*bare.values(), *with_token.values()]
    if any(answer.is_not_available for answer in answers) or _is_absent(bare):
        return [
            Finding(
                activation,
                "no",
                "it is not: have Flinks activate it, or deploy with sync as below",
                {"FlinksAuthorizeMode": "sync"},
            ),
            Finding(form, "not used", "it is not, without /AuthorizeAsync"),
            Finding(token, "not used", "there are none, without /AuthorizeAsync"),
        ]
    understood = [call for call in StatusCall if _understands(call, bare, with_token)]
    is_there = bool(understood) or any(answer.code and not answer.says_nothing for answer in answers)
    if not is_there:
        why = _BUSY.format(next(iter(bare.values())).described())
        return [untold(activation, why), untold(form, why), untold(token, why)]
    if not understood:
        why = "Flinks took none of the four forms: ask it, and deploy with sync as below meanwhile"
        return [
            Finding(activation, "yes", "it is", {"FlinksAuthorizeMode": "sync"}),
            untold(form, why),
            untold(token, "the form is unknown"),
        ]
    active = Finding(activation, "yes", "it is", {"FlinksAuthorizeMode": "async"})
    call = understood[0]
    needs_token = bare[call].refuses_key
    return [
        active,
        Finding(form, str(call), _FORMS[call], {"FlinksStatusCall": str(call)}),
        Finding(
            token,
            "required" if needs_token else "optional",
            "it does, which is one more request each" if needs_token else "it does not",
            {"FlinksStatusToken": "true" if needs_token else "false"},
        ),
    ]


def judge_data_poll(answers: Mapping[DataPoll, Answer]) -> Finding:
    """Which verb got as far as the RequestId, GET first."""
    for verb, answer in answers.items():
        if answer.code and not (answer.refuses_key or answer.says_nothing or answer.is_not_available):
            return Finding(Point.DATA_POLL, str(verb), f"by {verb.upper()}", {"FlinksDataPoll": str(verb)})
    if all(answer.knows_no_such_call for answer in answers.values()):
        return untold(Point.DATA_POLL, "Flinks took neither GET nor POST: ask it")
    why = "the x-api-key was refused" if any(each.refuses_key for each in answers.values()) else "no clear answer"
    return untold(Point.DATA_POLL, why)


def judge_test_bank(pages: list[Answer]) -> Finding:
    """Whether the directory of institutions lists FlinksCapital."""
    for page in pages:
        if page.knows_no_such_call or page.is_not_available:
            return untold(Point.TEST_BANK, "the instance has no directory of institutions; try --live-test-bank")
        if page.refuses_key or not isinstance(page.field("Data"), list):
            return untold(Point.TEST_BANK, f"the directory of institutions cannot be read ({page.described()})")
    listed = [each for page in pages for each in page.field("Data") if isinstance(each, dict)]
    if any(_is_test_bank(each) for each in listed):
        return Finding(Point.TEST_BANK, "yes", "it has; Connect shows it with demo", {"FlinksConnectDemo": "true"})
    return Finding(Point.TEST_BANK, "no", "it has none", {"FlinksConnectDemo": "false"})


def _is_test_bank(institution: Mapping[str, object]) -> bool:
    names = institution.get("Localizations")
    texts = [each.get("Name") for each in names if isinstance(each, dict)] if isinstance(names, list) else []
    # The id alone would do, but an id is only a number.
    return institution.get("Id") == _FLINKS_CAPITAL_ID and _FLINKS_CAPITAL in {*texts, institution.get("Name")}


def _is_absent(bare: Mapping[StatusCall, Answer]) -> bool:
    """Whether no form exists. A POST to the address itself exists wherever /AuthorizeAsync does: it starts attempts."""
    return len(bare) == len(StatusCall) and bare[StatusCall.POST].knows_no_such_call and _none_is_understood(bare)


def _none_is_understood(bare: Mapping[StatusCall, Answer]) -> bool:
    return all(answer.knows_no_such_call for answer in bare.values())


def _understands(call: StatusCall, bare: Mapping[StatusCall, Answer], with_token: Mapping[StatusCall, Answer]) -> bool:
    return any(answers[call].knows_no_such_request for answers in (bare, with_token) if call in answers)


_FORMS = {
    StatusCall.POST: "POST, with the RequestId in the body",
    StatusCall.GET: "GET, with the RequestId in the path",
    StatusCall.POST_PATH: "POST, with the RequestId in the path",
    StatusCall.GET_QUERY: "GET, with the RequestId in the query",
}
