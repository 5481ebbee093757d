"""Random Flinks instances: the simulator with random switches, in process, and what preflight should say of each.

The truth is read from the switches alone and shares nothing with preflight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from devtools.figures.figure import Comparison, Figure
from flinks_simulator import Bank, Settings
from flinks_simulator.app import create_app
from flinks_simulator.forms import FORMS
from flinks_simulator.webhooks import attach_webhooks
from reconnect.model.flinks_secret import FlinksSecret
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.command import examine
from reconnect_cli.preflight.exchange import Call
from reconnect_cli.preflight.points import QUESTIONS, Finding, Point
from reconnect_cli.preflight.probing import Target
from reconnect_cli.preflight.webhook import Captured

API_URL, CONNECT_HOST = "https://sim-api.test", "sim-iframe.test"
_SETS = {"status_calls", "connect_paths", "data_polls"}
_TEXTS = {
    "connect_host": (None, CONNECT_HOST),
    "connect_frame_ancestors": (None, "'none'", "https://app.test https://*.other.test"),
}
_INSTANCES, _LEAST_TOLD = 100, 14


@dataclass(frozen=True)
class Instance:
    """One simulated Flinks, what its customer gives to preflight, and the truth about each point."""

    bank: Bank
    client: FlaskClient
    target: Target
    truth: dict[Point, str]

    def exchange(self, call: Call) -> Answer:
        """Pass a call to the application, without a socket."""
        parts = urlsplit(call.url)
        sent_at = datetime.now(UTC)
        answer = self.client.open(
            parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=call.method,
            json=call.body,
            headers=dict(call.headers),
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, answer.data, sent_at, datetime.now(UTC))


def a_random(seed: int) -> Random:
    """Return repeatable random numbers; nothing here is a secret."""
    return Random(seed)  # noqa: S311


def an_instance(seed: int, **fixed: Any) -> Instance:
    """Make an instance whose switches are random, except the fixed settings."""
    rng = a_random(seed)
    settings = Settings(seed=rng.randrange(10**6), **{**_random_forms(rng), **_random_keys(rng), **fixed})
    bank = Bank(settings)
    webhook = _receive_webhook(bank)
    given = rng.choice([settings.x_api_key, None, "another-key"])
    secret = rng.choice([settings.webhook_secret, settings.webhook_secret, "another-secret"])
    target = Target(
        api_url=API_URL,
        customer_id=settings.customer_id,
        keys=FlinksSecret(settings.secret, given, secret),
        public_url=rng.choice([None, "https://app.test", "https://elsewhere.test"]),
        webhook=webhook,
    )
    return Instance(bank, create_app(bank).test_client(), target, _truth(settings, given, secret))


def wrong(instance: Instance, findings: list[Finding]) -> list[tuple[Point, str, str]]:
    """The points that were told wrongly, with what was told and the truth."""
    return [
        (finding.point, finding.value, instance.truth[finding.point])
        for finding in findings
        if finding.value is not None and not _agrees(finding.point, finding.value, instance.truth[finding.point])
    ]


def figures() -> Iterator[Figure]:
    """Preflight against 100 random instances: the fewest points told of one, and how many wrongly."""
    told, mistakes = [], 0
    for seed in range(_INSTANCES):
        instance = an_instance(seed)
        findings = examine(instance.target, exchange=instance.exchange)
        told.append(sum(finding.is_told for finding in findings))
        mistakes += len(wrong(instance, findings))
    yield Figure(f"preflight, fewest of {len(QUESTIONS)} points told", min(told), _LEAST_TOLD, Comparison.AT_LEAST)
    yield Figure(f"preflight, points told wrongly in {_INSTANCES} instances", mistakes, 0, Comparison.EXACTLY)


def _random_forms(rng: Random) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for form in FORMS:
        if form.setting in _SETS:
            every = sorted(form.positions["all"])
            chosen[form.setting] = frozenset(rng.sample(every, rng.randint(1, len(every))))
        elif form.setting in _TEXTS:
            chosen[form.setting] = rng.choice(_TEXTS[form.setting])
        elif form.setting == "clock_ahead_seconds":
            chosen[form.setting] = rng.choice([0, 1, -1]) * rng.uniform(0, 4000)
        else:
            chosen[form.setting] = rng.choice(list(form.positions.values()))
    return chosen


def _random_keys(rng: Random) -> dict[str, Any]:
    return {
        "x_api_key": rng.choice([None, "an-x-api-key"]),
        "webhook_url": "https://receiver.test/",
        "webhook_secret": "a-webhook-secret",
    }


def _receive_webhook(bank: Bank) -> Captured:
    received: list[Captured] = []

    def post(_url: str, body: bytes, headers: dict[str, str]) -> int:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        received.append(Captured.read("\r\n".join(["POST /x HTTP/1.1", *lines, "", ""]).encode() + body))
        return 200

    attempt = bank.start_attempt(bank.add_login("greatday_nomfa"))
    bank.settle_attempt(attempt.request_id)
    attach_webhooks(bank, post).deliver_due(bank.clock())
    return received[0]


def _truth(settings: Settings, given: str | None, webhook_secret: str | None) -> dict[Point, str]:
    is_active = settings.authorize_async == "active"
    forms = [form for form in ("post", "get", "post-path", "get-query") if form in settings.status_calls]
    paths = [path for path in ("/v2/", "/") if path in settings.connect_paths]
    if settings.x_api_key is None:
        key = "optional"
    else:
        key = {settings.x_api_key: "required", None: "missing"}.get(given, "refused")
    return {
        Point.CUSTOMER_ID: "known",
        Point.SECRET_KEY: "accepted",
        Point.X_API_KEY: key,
        Point.CLOCK: str(settings.clock_ahead_seconds),
        Point.AUTHORIZE_TOKEN: "required" if settings.require_authorize_token else "optional",
        Point.AUTHORIZE_ASYNC: "yes" if is_active else "no",
        Point.STATUS_CALL: forms[0] if is_active else "not used",
        Point.STATUS_TOKEN: ("required" if settings.require_status_token else "optional") if is_active else "not used",
        Point.DATA_POLL: "get" if "GET" in settings.data_polls else "post",
        Point.ERROR_STATUS: "400" if settings.has_old_statuses else "401",
        Point.STATUS_LINE: "repeated" if settings.repeats_status else "differs",
        Point.CONNECT: f"https://{CONNECT_HOST}{paths[0]}",
        Point.CONNECT_TOKEN: "required" if settings.require_connect_token else "optional",
        Point.CONNECT_FRAME: settings.connect_frame_ancestors or "any",
        Point.TEST_BANK: "yes" if settings.institutions == "listed" else "no",
        Point.WEBHOOK: settings.webhook_header.casefold() if webhook_secret == settings.webhook_secret else "refused",
    }


def _agrees(point: Point, told: str, truth: str) -> bool:
    # The header has whole seconds.
    return abs(float(told) - float(truth)) <= 1 if point is Point.CLOCK else told == truth
