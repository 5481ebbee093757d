"""Runs one session against a service and checks each part of its path."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import boto3
import requests
from botocore.exceptions import BotoCoreError, ClientError

from reconnect.model.session import TERMINAL
from reconnect_cli.following import Snapshot, follow
from reconnect_cli.smoke.checks import (
    Check,
    Result,
    failed,
    judge_ending,
    judge_link_page,
    judge_refused_start,
    judge_unknown_session,
    judge_unsigned,
    judge_wake,
    ok,
    skipped,
)
from reconnect_client import Api, ApiProblem, NoAnswer, StillWaiting
from reconnect_client.results import ResultProblem, fetch_result

_TIMEOUT_SECONDS = 30
_EVENT_SECONDS, _QUEUE_WAIT_SECONDS = 60, 5
_ENDINGS = {"SessionSucceeded", "SessionFailed"}

# Takes a Connect URL, answers the bank, and comes back.
User = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What to run: the login, who answers (None: a person with the link), how many seconds to wait for the end."""

    login_id: str
    user: User | None
    patience: float
    queue_url: str | None = None


class Run:
    """One smoke test; `session_id` is known once a session was opened."""

    def __init__(self, api: Api, plan: Plan, say: Callable[[str], None]) -> None:
        self._api, self._plan, self._say = api, plan, say
        self.session_id: str | None = None

    def results(self) -> Iterator[Result]:
        """Yield each check as it ends; what depends on one that failed is left out."""
        first = self._reach()
        yield first
        if first.mark == "FAILED":
            return
        yield self._unsigned()
        opened = self._open()
        yield opened
        if self.session_id is None:
            return
        ended: Snapshot = {}
        for each in self._follow():
            if isinstance(each, Result):
                yield each
            else:
                ended = each
        if ended.get("status") not in TERMINAL:
            return
        yield judge_ending(ended)
        yield self._result(ended)
        yield self._event()

    def _reach(self) -> Result:
        try:
            self._api.read_session(token_hex(16))
        except ApiProblem as problem:
            return judge_unknown_session(problem)
        except NoAnswer as problem:
            return failed(Check.API, str(problem))
        return judge_unknown_session(None)

    def _unsigned(self) -> Result:
        try:
            answer = requests.get(f"{self._api.url}/sessions/{token_hex(16)}", timeout=_TIMEOUT_SECONDS)
        except requests.RequestException as failure:
            return skipped(Check.SIGNING, f"no answer ({type(failure).__name__})")
        return judge_unsigned(answer.status_code)

    def _open(self) -> Result:
        try:
            opened = self._api.open_session(loginId=self._plan.login_id).body
        except ApiProblem as problem:
            return judge_refused_start(problem)
        except NoAnswer as problem:
            return failed(Check.SESSION, str(problem))
        self.session_id = str(opened["sessionId"])
        return ok(Check.SESSION, f"{'joined the live one' if opened['joined'] else 'opened'}, {self.session_id}")

    def _follow(self) -> Iterator[Result | Snapshot]:
        """Yield what is checked on the way, and each state of the session."""
        session: Snapshot = {}
        has_proceeded = is_asked = False
        try:
            for session in follow(self._api, str(self.session_id), patience=self._plan.patience, on_trouble=self._say):
                yield session
                if not has_proceeded and session["status"] != "STARTING":
                    has_proceeded = True
                    yield ok(Check.EXECUTION, "the workflow has started the attempt")
                if not is_asked and session["status"] == "AWAITING_USER" and session["connectUrl"]:
                    is_asked = True
                    yield self._link_page(session)
                    yield self._let_user_answer(session)
        except (ApiProblem, NoAnswer) as problem:
            yield failed(Check.ENDED, str(problem))
            return
        except StillWaiting:
            yield _explain_waiting(session, has_proceeded=has_proceeded)
            return
        if is_asked:
            yield judge_wake(session)
        else:
            for check in (Check.LINK_PAGE, Check.USER, Check.WAKE):
                yield skipped(check, "the bank asked nothing; use a login whose bank asks")

    def _link_page(self, session: Snapshot) -> Result:
        try:
            # HEAD, because opening the page would wake the workflow.
            page = requests.head(session["link"], timeout=_TIMEOUT_SECONDS)
        except requests.RequestException as failure:
            return failed(Check.LINK_PAGE, f"the link does not answer ({type(failure).__name__}): check PublicBaseUrl")
        headers = {name.lower(): value for name, value in page.headers.items()}
        return judge_link_page(page.status_code, headers, session["connectUrl"])

    def _let_user_answer(self, session: Snapshot) -> Result:
        if self._plan.user is None:
            self._say(f"open this link, answer the bank, and come back: {session['link']}")
            return ok(Check.USER, "the link was shown")
        try:
            self._plan.user(session["connectUrl"])
        except (requests.RequestException, LookupError) as failure:
            return failed(Check.USER, f"the simulated user could not answer ({type(failure).__name__}): is it Flinks?")
        return ok(Check.USER, "the simulated user answered and came back")

    def _result(self, ended: Snapshot) -> Result:
        if ended["status"] != "SUCCEEDED":
            return skipped(Check.RESULT, "there is none")
        try:
            document = fetch_result(self._api, str(self.session_id))
        except (ApiProblem, NoAnswer, ResultProblem) as problem:
            return failed(Check.RESULT, f"it cannot be fetched: {problem}")
        return ok(Check.RESULT, f"{len(document)} bytes, with the checksum of the receipt")

    def _event(self) -> Result:
        url = self._plan.queue_url
        if url is None:
            return skipped(Check.EVENT, "give --queue-url with a queue that a rule on the bus feeds")
        try:
            sqs = boto3.client("sqs")
            deadline = time.monotonic() + _EVENT_SECONDS
            while time.monotonic() < deadline:
                found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=_QUEUE_WAIT_SECONDS, MaxNumberOfMessages=10)
                for message in found.get("Messages", []):
                    if (kind := self._kind_of(message["Body"])) in _ENDINGS:
                        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                        return ok(Check.EVENT, f"{kind} arrived")
        except (BotoCoreError, ClientError) as failure:
            return skipped(Check.EVENT, f"the queue cannot be read ({type(failure).__name__})")
        return failed(
            Check.EVENT,
            "none came within a minute: does the queue's rule match source reconnect on the stack's bus, may the bus "
            "send to it, and what does the log of deliver_events say?",
        )

    def _kind_of(self, body: str) -> str | None:
        try:
            event: Mapping[str, Any] = json.loads(body)
            return str(event["detail-type"]) if event["detail"]["sessionId"] == self.session_id else None
        except (ValueError, LookupError, TypeError):
            return None


def _explain_waiting(session: Snapshot, *, has_proceeded: bool) -> Result:
    if not has_proceeded:
        return failed(
            Check.EXECUTION,
            "the session stays at STARTING: the execution of its id in Step Functions shows the state that fails, and "
            "start_authorize's log names the secret, parameter or permission",
        )
    if session.get("status") == "AWAITING_USER":
        return failed(Check.USER, "nobody answered the bank in time; the session still waits for its user")
    return failed(Check.ENDED, f"the session is still {session.get('status')}; it goes on: watch it")
