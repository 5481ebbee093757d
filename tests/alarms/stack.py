"""The deployed stack in this process, on a clock of its own: real handlers, adapters, definition, roles and settings.

Flinks is the simulator; Step Functions, Lambda, EventBridge and API Gateway are models that count what AWS counts.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from heapq import heappop, heappush
from io import StringIO
from itertools import count as numbers
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings as BankSettings
from reconnect.adapters.flinks.client import FlinksClient
from reconnect.ports import InParallel
from reconnect.runtime import observability
from reconnect.runtime.aws import install
from reconnect.runtime.aws_ports import AwsPorts
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings
from tests.alarms.aws import Aws, call_dynamodb
from tests.alarms.cloudwatch import STACK, Metrics
from tests.fakes.at_once import one_after_another
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks_wire import BASE_URL, ToSimulator, wired
from tests.fakes.lambda_runtime import Context
from tests.model.machine import Execution, Machine
from tests.model.scheduling import Invocation, Scheduler
from tests.template.template import FUNCTIONS, RESOURCES, snake, timeout_of
from tests.template.wired import settings_of

START = NOW.replace(second=0, microsecond=0)
_LOGICAL = {snake(name): name for name in FUNCTIONS}
_BATCH = 10
# Lambda's repeats of an asynchronous call, and of a throttled one.
_ASYNC_RETRIES = (60, 120)
_STREAM_RETRY, _LONGEST_STREAM_RETRY = 1, 60
_THROTTLED_RETRY = 20
_SERVER_ERROR = 500
_names = numbers(1)


class Transport(ToSimulator):
    """The way to the simulator; `fails` is what happens on it instead."""

    fails: Callable[[requests.PreparedRequest], requests.Response] | None = None

    def send(self, request: requests.PreparedRequest, *rest: Any, **options: Any) -> requests.Response:
        return self.fails(request) if self.fails else super().send(request, *rest, **options)


class _Ports(AwsPorts):
    """The ports of the deployed functions, on the stack's clock and on its way to Flinks."""

    def __init__(self, stack: "Stack", settings: Settings, environ: dict[str, str]) -> None:
        super().__init__(settings, environ, stack.aws.client)
        self._stack = stack
        self.in_parallel: InParallel = one_after_another

    def clock(self) -> datetime:
        return self._stack.clock.now

    def pause(self, seconds: float) -> None:
        self._stack.wait(seconds)

    def jitter(self) -> float:
        return 0.5

    @cached_property
    def flinks(self) -> Any:
        client = cast(FlinksClient, AwsPorts.__dict__["flinks"].func(self))
        return wired(client, self._stack.flinks)


@dataclass
class Record:
    """A record of the table's stream."""

    image: dict[str, Any]
    written_at: datetime


class Stack:
    """One deployed stack, in use within `running()`. Its switches break it, see `failures`."""

    def __init__(self, metrics: Metrics | None = None, now: datetime = START) -> None:
        """`metrics`: those of the account up to `now`."""
        self.clock = Clock(now)
        self.metrics = metrics or Metrics()
        self.machine = Machine(self)
        self.scheduler = Scheduler(lambda: self.clock.now)
        self.bank = Bank(BankSettings(seed=7), self.clock)
        self.flinks = Transport(create_app(self.bank).test_client())
        secrets = {
            "FlinksSecret": json.dumps({"secretKey": self.bank.settings.secret}),
            "WebhookSecret": "a-webhook-secret",
            "SigningKey": "a-signing-key",
            "IdempotencyKey": "an-idempotency-key",
        }
        self.aws = Aws(self.machine, self._current, self._written, secrets)
        # Switches.
        self.throttled: set[str] = set()
        self.crashes: dict[str, str] = {}
        self.hanging: set[str] = set()
        self.disabled: set[str] = set()
        self.transitions_are_throttled = False
        self.environ = {name: value for function in FUNCTIONS for name, value in settings_of(function).items()}
        self.environ |= {
            "FLINKS_API_BASE_URL": BASE_URL,
            "FLINKS_CUSTOMER_ID": self.bank.settings.customer_id,
            "FLINKS_CONNECT_BASE_URL": "https://connect.test",
            "PUBLIC_BASE_URL": "https://api.test",
            "FLINKS_TIMEOUT_SECONDS": "20",
            "TABLE_NAME": f"table-{next(_names)}",
        }
        self.lost_requests = 0
        # How often a state ran its function, with retries.
        self.steps = 0
        self._stream: list[Record] = []
        self._is_delivering = False
        self._timers: list[tuple[datetime, int, list[Callable[[], None]]]] = []
        self._order = numbers()
        self._printed = StringIO()
        self._invocations = numbers()

    # What the machine needs

    def now(self) -> datetime:
        return self.clock.now

    def report(self, violation: str) -> None:
        raise AssertionError(violation)

    def after(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        """Schedule an action, and return a function that cancels it."""
        todo = [act]
        heappush(self._timers, (self.clock.now + timedelta(seconds=seconds), next(self._order), todo))
        return todo.clear

    def invoke(self, function: str, payload: Any, on_end: Callable[[Invocation], None]) -> Invocation:
        """Run a function as a state does."""
        self.steps += 1
        if self.transitions_are_throttled:
            self._count("AWS/States", "ExecutionThrottled", StateMachineArn="Workflow")
            self.after(_THROTTLED_RETRY, partial(self._again, function, payload, on_end))
            return Invocation(-1, function, dict, on_end)
        if ("Workflow", "lambda:InvokeFunction") in self.aws.denied:
            return self._refuse(function, "Lambda.AWSLambdaException", on_end)
        return self.run(function, payload, on_end)

    def _again(self, function: str, payload: Any, on_end: Callable[[Invocation], None]) -> None:
        self.invoke(function, payload, on_end)

    def execution_broke(self, execution: Execution) -> None:
        detail = {
            "executionArn": f"arn:{execution.name}",
            "name": execution.name,
            "status": execution.status,
            "input": json.dumps(execution.given),
        }
        self.run_later("sweep_sessions", {"detail": detail})

    # Lambda

    def run(self, function: str, payload: Any, on_end: Callable[[Invocation], None]) -> Invocation:
        """Run a function; a throttled one never begins."""
        name = _LOGICAL[function]
        if name in self.throttled:
            self._count("AWS/Lambda", "Throttles", FunctionName=name)
            return self._refuse(function, "Lambda.TooManyRequestsException", on_end)
        began_at = self.clock.now

        def work() -> Any:
            if function in self.hanging:
                self.wait(10_000)
            handler = importlib.import_module(f"functions.{function}.app").lambda_handler
            return json.loads(json.dumps(handler(json.loads(json.dumps(payload)), Context())))

        def ended(run: Invocation) -> None:
            self._count("AWS/Lambda", "Invocations", at=began_at, FunctionName=name)
            self._count("AWS/Lambda", "Errors", int(run.error is not None), at=began_at, FunctionName=name)
            on_end(run)

        run = Invocation(next(self._invocations), function, work, ended, payload, began_at)
        if name in self.crashes:
            run.work = _dying(self.crashes[name])
        self.scheduler.add(run)
        self.after(timeout_of(name), lambda: self.scheduler.kill(run, "Sandbox.Timedout"))
        return run

    def run_later(self, function: str, payload: Any, retries: tuple[int, ...] = _ASYNC_RETRIES) -> None:
        """Run a function asynchronously: Lambda repeats it, and keeps it while it is throttled."""

        def ended(run: Invocation) -> None:
            if run.error == "Lambda.TooManyRequestsException":
                self.after(_THROTTLED_RETRY, lambda: self.run_later(function, payload, retries))
            elif run.error and retries:
                self.after(retries[0], lambda: self.run_later(function, payload, retries[1:]))
            elif run.error and function == "open_session":
                self.lost_requests += 1

        self.run(function, payload, ended)

    def _refuse(self, function: str, error: str, on_end: Callable[[Invocation], None]) -> Invocation:
        refused = Invocation(-1, function, dict, on_end, error=error, is_over=True)
        self.after(0, lambda: on_end(refused))
        return refused

    def wait(self, seconds: float) -> None:
        """Suspend the running function."""
        if (run := self.scheduler.current) is not None and seconds > 0:
            self.after(seconds, lambda: self.scheduler.awake(run))
            self.scheduler.sleep()

    # The other ways in

    def call(self, function: str, event: dict[str, Any], then: Callable[[Any], None] = lambda _: None) -> None:
        """Call an endpoint."""

        def ended(run: Invocation) -> None:
            status = 500 if run.error else run.reply["statusCode"]
            self._count("AWS/ApiGateway", "Count", ApiId="HttpApi")
            self._count("AWS/ApiGateway", "5xx", int(status >= _SERVER_ERROR), ApiId="HttpApi")
            if status < _SERVER_ERROR:
                then(run.reply)

        whole = {"headers": {}, "requestContext": {}, **event}
        if ("HttpApi", "lambda:InvokeFunction") in self.aws.denied:
            self._refuse(function, "denied", ended)
        else:
            self.run(function, whole, ended)

    def request_on_bus(self, event_id: str, body: dict[str, Any]) -> None:
        """Put RefreshRequested on the bus; a call that is not allowed goes to the dead-letter queue at once."""
        if ("RefreshRequested", "lambda:InvokeFunction") in self.aws.denied:
            self.lost_requests += 1
        else:
            self.run_later("open_session", {"id": event_id, "detail": body})

    def _deliver(self) -> None:
        if not self._stream or self._is_delivering or "Outbox" in self.disabled:
            return
        self._is_delivering = True
        self._deliver_batch(_STREAM_RETRY)

    def _deliver_batch(self, pause: int) -> None:
        batch = self._stream[:_BATCH]
        records = [
            {
                "dynamodb": {
                    "NewImage": record.image,
                    "SequenceNumber": str(number),
                    "ApproximateCreationDateTime": int(record.written_at.timestamp()),
                }
            }
            for number, record in enumerate(batch)
        ]
        age = (self.clock.now - batch[0].written_at).total_seconds() * 1000
        self.metrics.add("AWS/Lambda", "IteratorAge", age, self.clock.now, FunctionName="DeliverEvents")

        def ended(run: Invocation) -> None:
            failed = [0] if run.error else [int(each["itemIdentifier"]) for each in run.reply["batchItemFailures"]]
            done = min(failed, default=len(batch))
            del self._stream[:done]
            if failed:
                self.after(pause, lambda: self._deliver_batch(min(2 * pause, _LONGEST_STREAM_RETRY)))
            else:
                self._is_delivering = False
                self._deliver()

        self.run("deliver_events", {"Records": records}, ended)

    # Time

    def pass_time(self, seconds: float) -> None:
        """Let time pass: timers fire when they are due."""
        end = self.clock.now + timedelta(seconds=seconds)
        self._settle()
        while self._timers and self._timers[0][0] <= end:
            at, _, todo = heappop(self._timers)
            if todo:
                self.clock.now = max(self.clock.now, at)
                todo[0]()
                self._settle()
        self.clock.now = end

    def _settle(self) -> None:
        self.scheduler.settle()
        self._deliver()
        self.scheduler.settle()
        # What a function prints reaches CloudWatch only if its role may write logs.
        is_kept = ("*", "logs:PutLogEvents") not in self.aws.denied
        for line in self._printed.getvalue().splitlines() if is_kept else ():
            self.metrics.add_log_line(line, self.clock.now)
        self._printed.seek(0)
        self._printed.truncate()

    def _every_minute(self) -> None:
        self.after(60, self._every_minute)
        waiting = float(self.lost_requests)
        at = self.clock.now
        self.metrics.add(
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", waiting, at, QueueName="LostRequests.QueueName"
        )
        if "EveryMinute" not in self.disabled:
            self.run_later("sweep_sessions", {})

    @contextmanager
    def running(self) -> Iterator["Stack"]:
        """Deploy the stack, and remove it."""
        before, level = sys.stdout, observability.logger.log_level
        provider = observability.metrics.provider
        named = {"POWERTOOLS_METRICS_NAMESPACE": provider.namespace, "POWERTOOLS_SERVICE_NAME": provider.service}
        provider.namespace = self.environ["POWERTOOLS_METRICS_NAMESPACE"]
        provider.service = STACK
        environ = {"POWERTOOLS_METRICS_NAMESPACE": provider.namespace, "POWERTOOLS_SERVICE_NAME": STACK}
        observability.metrics.clear_metrics()
        observability.logger.setLevel("CRITICAL")
        sys.stdout = self._printed
        try:
            with patch.dict(os.environ, environ):
                self._create_table()
                self.new_environments()
                self.after(7, self._every_minute)
                yield self
        finally:
            self.scheduler.kill_all()
            sys.stdout = before
            observability.logger.setLevel(level)
            provider.namespace, provider.service = named.values()
            install(None)

    def new_environments(self) -> None:
        """Forget what warm environments know."""
        install(Service(_Ports(self, Settings.from_env(self.environ), self.environ), Settings.from_env(self.environ)))

    def _create_table(self) -> None:
        described = RESOURCES["Table"]["Properties"]
        same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        table = {"TableName": self.environ["TABLE_NAME"], **{part: described[part] for part in same}}
        status, answer = call_dynamodb("CreateTable", json.dumps(table).encode())
        assert status == 200, answer

    def _current(self) -> str:
        run = self.scheduler.current
        assert run is not None, "AWS is called by functions only"
        return _LOGICAL[run.function]

    def _written(self, image: dict[str, Any]) -> None:
        self._stream.append(Record(image, self.clock.now))

    def _count(
        self, namespace: str, name: str, value: float = 1, at: datetime | None = None, **dimensions: str
    ) -> None:
        self.metrics.add(namespace, name, value, at or self.clock.now, **dimensions)


def _dying(name: str) -> Callable[[], Any]:
    """A function that ends as Lambda reports it: an error of this name."""

    def die() -> Any:
        raise type(name, (Exception,), {})

    return die


def state_of(connect_url: str) -> str:
    """The redirect state in a Connect URL."""
    return urlsplit(parse_qs(urlsplit(connect_url).query)["redirectUrl"][0]).path.rpartition("/")[2]


def request_of(connect_url: str) -> str | None:
    """The RequestId in a Connect URL; None if the user must sign in again."""
    return next(iter(parse_qs(urlsplit(connect_url).query).get("requestId", [])), None)
