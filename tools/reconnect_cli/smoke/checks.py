"""The checks of a smoke test, and what to do about each that fails. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from reconnect_client.api import ApiProblem


class Check(StrEnum):
    """One part of the path, in the order in which a session takes it."""

    API = "api"
    SIGNING = "signing"
    SESSION = "session"
    EXECUTION = "execution"
    LINK_PAGE = "link_page"
    USER = "user"
    WAKE = "wake"
    ENDED = "ended"
    RESULT = "result"
    EVENT = "event"


class Mark(StrEnum):
    """How a check ended; `SKIPPED` says nothing about it."""

    OK = "ok"
    FAILED = "FAILED"
    SKIPPED = "-"


@dataclass(frozen=True)
class Result:
    """One check, how it ended, and a sentence: what was seen, or what is wrong and what to do."""

    check: Check
    mark: Mark
    sentence: str


# The user's return wakes the workflow at once; without it our own poll comes within BackstopIntervalSeconds.
WAKE_SECONDS = 3.0
_EVIDENCE = {"redirected", "page_redirected", "webhook_received"}
_PAGE_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")

_PREFLIGHT = "run `reconnect preflight` with the keys of FlinksSecretArn, and compare its parameters"
_WAKING = (
    "do Connect and the browser reach PublicBaseUrl, and may redirect_webhook and connect_page call "
    "states:SendTaskSuccess? Their logs and the metrics WakeFailed and RedirectLost say"
)
_LOGS = "the functions' logs of this session_id name the error"
# What to do about an ending that is ours to mend, by its failureCode.
_REMEDIES = {
    "ACCESS_DENIED": f"Flinks refuses the keys: {_PREFLIGHT}",
    "CUSTOMER_NOT_FOUND": f"Flinks does not know FlinksCustomerId: {_PREFLIGHT}",
    "METHOD_NOT_AVAILABLE": "Flinks has not activated /AuthorizeAsync: ask for it, or set FlinksAuthorizeMode=sync",
    "INVALID_REQUEST": f"Flinks does not take our calls: {_PREFLIGHT}",
    "INVALID_LOGIN": "Flinks does not know the LoginId: does it belong to this instance?",
    "FLINKS_UNAVAILABLE": "the functions do not reach Flinks: check FlinksInstance and FlinksApiBaseUrl",
    "FLINKS_UNREADABLE": "what answers is not Flinks: check FlinksApiBaseUrl",
    "INTERNAL_ERROR": f"a function failed, which a malformed FlinksSecretArn or a missing permission does: {_LOGS}",
    "WORKFLOW_LOST": f"the execution broke: {_LOGS}",
    "RESULT_NOT_STORED": "fetch_accounts cannot write to the results bucket: check its role, and the key of the bucket",
}


def ok(check: Check, sentence: str) -> Result:
    """A check that went well."""
    return Result(check, Mark.OK, sentence)


def failed(check: Check, sentence: str) -> Result:
    """A check that found something wrong."""
    return Result(check, Mark.FAILED, sentence)


def skipped(check: Check, sentence: str) -> Result:
    """A check that could not be made, and why."""
    return Result(check, Mark.SKIPPED, sentence)


def judge_unknown_session(problem: ApiProblem | None) -> Result:
    """The signed read of a session that does not exist."""
    if problem is not None and problem.is_unknown_session:
        return ok(Check.API, "it answers, and takes your signature")
    if problem is None:
        return failed(Check.API, "it knows a session that does not exist: is this the stack's ApiUrl?")
    if problem.status in {401, 403}:
        return failed(
            Check.API, "AWS refuses your credentials: they need execute-api:Invoke on the API, and its region"
        )
    if problem.status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return failed(
            Check.API, f"read_session fails ({problem.status}): its log names a setting, permission or secret"
        )
    return failed(Check.API, str(problem))


def judge_unsigned(status: int) -> Result:
    """The same request without a signature."""
    if status in {401, 403}:
        return ok(Check.SIGNING, "an unsigned request is refused")
    return failed(
        Check.SIGNING, f"an unsigned request is answered with {status}: the routes need AWS_IAM authorization"
    )


def judge_refused_start(problem: ApiProblem) -> Result:
    """A session that was not opened."""
    if problem.status == 429:  # noqa: PLR2004 - Too Many Requests
        allowed = problem.body.get("nextAllowedAt") if isinstance(problem.body, Mapping) else None
        return failed(Check.SESSION, f"the login was refreshed just now: run it again after {allowed}")
    if problem.status >= 500:  # noqa: PLR2004 - as above
        return failed(Check.SESSION, f"open_session fails ({problem.status}): {_LOGS}")
    return failed(Check.SESSION, str(problem))


def judge_link_page(status: int, headers: Mapping[str, str], connect_url: str | None) -> Result:
    """The user's page: it answers with its headers, and may frame Connect."""
    if status != 200:  # noqa: PLR2004 - OK
        return failed(
            Check.LINK_PAGE, f"the link answers {status}: is PublicBaseUrl the address at which the API can be reached?"
        )
    if missing := [name for name in _PAGE_HEADERS if not headers.get(name)]:
        return failed(
            Check.LINK_PAGE, f"its headers {', '.join(missing)} are missing: does a proxy before it drop them?"
        )
    if not headers.get("content-type", "").startswith("text/html"):
        return failed(Check.LINK_PAGE, "it is no page: does a proxy before it change it?")
    origin = _origin(connect_url) if connect_url else ""
    if origin not in headers["content-security-policy"]:
        return failed(Check.LINK_PAGE, f"it may not frame {origin}: check FlinksConnectBaseUrl")
    return ok(Check.LINK_PAGE, "it answers with its headers, and may frame Connect")


def judge_wake(session: Mapping[str, Any]) -> Result:
    """How long after the user's return something else happened."""
    entries = list(session["timeline"])
    for index, entry in enumerate(entries[:-1]):
        if entry["cause"] in _EVIDENCE:
            after = datetime.fromisoformat(entries[index + 1]["at"]) - datetime.fromisoformat(entry["at"])
            seconds = after.total_seconds()
            if seconds <= WAKE_SECONDS:
                return ok(Check.WAKE, f"the user's return continued the workflow after {seconds:.1f} s")
            return failed(Check.WAKE, f"the workflow went on only {seconds:.1f} s after the user's return: {_WAKING}")
    return failed(
        Check.WAKE,
        f"no return of the user woke the workflow, its own poll did. Unless the page was closed: {_WAKING}",
    )


def judge_ending(session: Mapping[str, Any]) -> Result:
    """Whether the session ended with fresh data, else whose turn it is and what to do."""
    status, code = session["status"], session["failureCode"]
    if status in {"SUCCEEDED", "REPAIRED"}:
        return ok(Check.ENDED, f"{status}: LastRefresh is newer than before")
    step = session["nextStep"]
    remedy = _REMEDIES.get(code or "") or f"{step['sentence']} (next: {step['owner']})"
    return failed(Check.ENDED, f"{status}{f' ({code})' if code else ''}: {remedy}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
