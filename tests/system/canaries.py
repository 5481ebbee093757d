"""Private values in all of the simulator's scenarios, and a search for them wherever an operator can look.

What is private is not a list of ours: it is every reply of Flinks, field by field, and every secret of the stack.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from devtools.engine import LocalEngine
from devtools.figures import Comparison, Figure
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, SimulatedUser, Simulator
from flinks_simulator.browser import WrongScreenError
from reconnect_cli.following import follow
from reconnect_client.api import ApiProblem
from tests.deployed import FAST
from tests.system.support import listening
from tests.template.template import FUNCTIONS

_PATIENCE = 240.0
_AT_ONCE = 6
# Fields of Flinks' replies that say nothing about a person; a Tag is our own session id.
_PUBLIC = {
    *("httpstatuscode", "flinkscode", "message", "links", "responsetype", "institution", "institutionname", "tag"),
    *("institutionid", "lastrefresh", "type", "category", "currency", "title", "country", "province", "city", "date"),
    *("isscheduledrefresh", "accounttype", "transactiontype", "username", "code"),
}
# Shorter ones, such as a house number, also occur by chance.
_SHORTEST = 6
_TRANSACTIONS = 2
WEBHOOK_SECRET, X_API_KEY, TICKET = "canary-webhook-secret", "canary-x-api-key", "canary-ticket-of-the-return-url"


@dataclass
class Canaries:
    """Private values by kind."""

    by_kind: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, value: object) -> None:
        """Remember a value, unless it is too short to be told from others."""
        text = f"{value:.2f}" if isinstance(value, float) else str(value)
        if not isinstance(value, bool) and value is not None and len(text) >= _SHORTEST:
            self.by_kind.setdefault(kind, set()).add(text)

    def add_reply(self, reply: object, kind: str = "") -> None:
        """Remember the leaves of a reply of Flinks, of an account's transactions the first ones."""
        if isinstance(reply, Mapping):
            for name, value in reply.items():
                if name.lower() not in _PUBLIC:
                    self.add_reply(value, name.lower())
        elif isinstance(reply, list):
            for value in reply[:_TRANSACTIONS] if kind == "transactions" else reply:
                self.add_reply(value, kind)
        else:
            self.add(kind, reply)

    def found_in(self, text: str) -> list[tuple[str, str]]:
        """The kind and value of each that stands in a text, a number only where its digits begin and end."""
        return [
            (kind, value)
            for kind, values in sorted(self.by_kind.items())
            for value in sorted(values)
            if value in text and (not value[0].isdigit() or re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", text))
        ]

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(map(len, self.by_kind.values()))


@dataclass
class Search:
    """A stack with the most talkative log, its scenarios' private values, and the places where they may not be."""

    service: Service
    canaries: Canaries = field(default_factory=Canaries)
    refusals: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    def play(self, scenario: str) -> None:
        """Open a session with identity, be its user, and follow it to its end."""
        api, login_id = self.service.api, self.service.simulator.bank.add_login(scenario)
        session_id = api.open_session(
            loginId=login_id, options={"withIdentity": True}, returnUrl=f"https://app.example/{TICKET}"
        ).body["sessionId"]
        self.canaries.add("loginid", login_id)
        seen = ""
        for session in follow(api, session_id, patience=_PATIENCE):
            if (url := session.get("connectUrl")) and url != seen:
                seen = url
                self._keep_url(url)
                if not _answer(url, scenario, self.service.simulator.bank.find_login(login_id).username):
                    api.cancel_session(session_id)
            if session["status"] == "AWAITING_CLICK":
                requests.post(f"{session['link']}/attempts", json={}, timeout=30)
                api.cancel_session(session_id)
        self._read(session_id)
        self.evidence.append(json.dumps(api.read_evidence(session_id)))

    def play_webhooks(self, login_id: str) -> None:
        """Send a webhook that Flinks signed, and a forged one."""
        raw = json.dumps(
            {"ResponseType": "GetAccountsDetail", "Login": {"Id": login_id, "Username": "canary"}}
        ).encode()
        for secret in (WEBHOOK_SECRET, "another"):
            digest = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
            reply = requests.post(
                f"{self.service.api.url}/webhooks/flinks",
                data=raw,
                headers={"flinks-authenticity-key": digest},
                timeout=30,
            )
            self.refusals.append(f"{reply.text} {dict(reply.headers)}")

    def refuse(self, *requests_to_refuse: Callable[[], object]) -> None:
        """Make requests that the API refuses, and keep its answers."""
        for request in requests_to_refuse:
            try:
                request()
            except ApiProblem as problem:
                self.refusals.append(f"{problem} {problem.body}")

    def places(self) -> Iterator[tuple[str, str]]:
        """Each place where an operator can look, and all that stands there."""
        engine, stack = self.service.engine, self.service.stack
        for name in FUNCTIONS:
            # The metrics are lines of the log.
            yield f"log and metrics of {name}", "\n".join(engine.function_logs(stack, name))
        yield "histories", "\n".join(self._histories())
        yield "refusals", "\n".join(self.refusals)
        yield "evidence", "\n".join(self.evidence)
        yield "metrics", json.dumps(engine.client("cloudwatch").list_metrics(), default=str)
        yield "keys and metadata of objects", "\n".join(self._objects())

    def _read(self, session_id: str) -> None:
        try:
            url = self.service.api.read_result(session_id)["url"]
        except ApiProblem as problem:
            self.refusals.append(f"{problem} {problem.body}")
            return
        self.canaries.add("result link", urlsplit(url).query)

    def _keep_url(self, url: str) -> None:
        query = parse_qs(urlsplit(url).query)
        self.canaries.add("requestid", query.get("requestId", [""])[0])
        self.canaries.add("token", query.get("authorizeToken", [""])[0])
        self.canaries.add("redirect state", query["redirectUrl"][0].rpartition("/")[2])

    def _histories(self) -> Iterator[str]:
        client = self.service.engine.client("stepfunctions")
        machine = self.service.stack.outputs["StateMachineArn"]
        for page in client.get_paginator("list_executions").paginate(stateMachineArn=machine):
            for execution in page["executions"]:
                arn = execution["executionArn"]
                yield json.dumps(client.describe_execution(executionArn=arn), default=str)
                for events in client.get_paginator("get_execution_history").paginate(executionArn=arn):
                    yield json.dumps(events["events"], default=str)

    def _objects(self) -> Iterator[str]:
        client, bucket = self.service.engine.client("s3"), self.service.stack.outputs["ResultsBucketName"]
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for each in page.get("Contents", []):
                yield f"{each['Key']} {client.head_object(Bucket=bucket, Key=each['Key'])}"


@dataclass(frozen=True)
class Found:
    """What a search found: the leaks by place, how many values were searched for, and how many bytes were read."""

    leaks: dict[str, list[tuple[str, str]]]
    values: int
    searched: int
    kinds: frozenset[str]


def search(engine: LocalEngine, *scenarios: str) -> Found:
    """Play these scenarios, or every one, with LogLevel=DEBUG; then search for what was private in them."""
    with Simulator(settings=Settings(require_connect_token=True)) as simulator:
        canaries = _record(simulator)
        service = deploy_service(engine, simulator, "canaries", {**FAST, "LogLevel": "DEBUG"})
        searching = Search(service, canaries)
        _plant_secrets(service, canaries)
        with listening(service, "canaries") as queue:
            with ThreadPoolExecutor(_AT_ONCE) as users:
                list(users.map(searching.play, scenarios or simulator.bank.scenarios))
            login_id = simulator.bank.add_login("Greatday")
            searching.play_webhooks(login_id)
            api = service.api
            searching.refuse(
                lambda: api.read_session(login_id),
                lambda: api.request("POST", "/sessions", json.dumps({"loginId": login_id, login_id: 1}).encode()),
                lambda: api.erase_login("not-a-login"),
            )
            searching.evidence.append(json.dumps(api.erase_login(login_id)))
            places = [*searching.places(), ("events", "\n".join(_drain(service, queue)))]
    leaks = {place: found for place, text in places if (found := canaries.found_in(text))}
    return Found(leaks, canaries.count, sum(len(text) for _, text in places), frozenset(canaries.by_kind))


def figures() -> Iterator[Figure]:
    """Search once, on an engine of its own."""
    with LocalEngine.start() as engine:
        found = search(engine)
    leaked = sum(map(len, found.leaks.values()))
    yield Figure("private values outside the table and the bucket, at DEBUG", leaked, 0, Comparison.EXACTLY)
    yield Figure("private values that were searched for", found.values, 1_000, Comparison.AT_LEAST)


def _record(simulator: Simulator) -> Canaries:
    """Remember what Flinks says from now on."""
    canaries = Canaries()

    def keep(response: Any) -> Any:
        if response.is_json:
            canaries.add_reply(response.get_json(silent=True))
        return response

    app: Any = simulator._server.app
    app.after_request(keep)
    return canaries


def _plant_secrets(service: Service, canaries: Canaries) -> None:
    secrets, keys = service.engine.client("secretsmanager"), service.simulator.bank.settings
    given = {"secretKey": keys.secret, "xApiKey": X_API_KEY}
    secrets.put_secret_value(SecretId=service.stack.outputs["FlinksSecretArn"], SecretString=json.dumps(given))
    secrets.put_secret_value(SecretId=service.stack.outputs["WebhookSecretArn"], SecretString=WEBHOOK_SECRET)
    for value in (*given.values(), WEBHOOK_SECRET, TICKET, service.engine.credentials.secret_access_key):
        canaries.add("secret", value)
    for name in ("SigningKey", "IdempotencyKey"):
        made = secrets.get_secret_value(SecretId=service.stack.resources[name])["SecretString"]
        canaries.add("secret", made)


def _answer(url: str, scenario: str, username: str) -> bool:
    """Be the user at Connect; False if they do not get through."""
    if scenario == "user_never_answers":
        return False
    user = SimulatedUser()
    try:
        user.open(url)
        if user.screen == "credentials":
            user.sign_in(username)
        while user.screen == "question" and scenario == "wrong_answers_end_it":
            user.answer("Atlantis")
        if user.screen == "question":
            user.answer_correctly()
        if user.redirect_url:
            user.follow_redirect(allow_redirects=False)
    except WrongScreenError:
        return False
    return user.screen == "success"


def _drain(service: Service, queue: str) -> Iterator[str]:
    """The events that have reached a queue."""
    sqs = service.engine.client("sqs")
    while messages := sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]
