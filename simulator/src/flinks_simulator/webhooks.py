"""Webhooks: what Flinks sends when data is ready, signed, and repeated until the receiver accepts it [D HOOK]."""

import base64
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from flinks_simulator import replies
from flinks_simulator.bank import Bank
from flinks_simulator.records import Attempt, Part

ATTEMPTS = 10
PAUSE = timedelta(minutes=30)
# Customers poll every 10 seconds [D GAD], so each 202 means a wait of this length.
_TIME_OF_A_POLL = timedelta(seconds=10)
_TAKEN = 200
_TIMEOUT_SECONDS = 10
_CHECK_SECONDS = 0.5

Post = Callable[[str, bytes, dict[str, str]], int | None]


@dataclass
class Delivery:
    """One webhook; `statuses` has the receiver's reply to each delivery attempt, None if there was none."""

    response_type: str
    login_id: str
    request_id: str
    body: bytes
    due_at: datetime
    statuses: list[int | None]

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has answered 200; anything else is a failure [D HOOK]."""
        return _TAKEN in self.statuses

    def is_due(self, now: datetime) -> bool:
        """Whether the next attempt may be made."""
        return not self.is_taken and len(self.statuses) < ATTEMPTS and self.due_at <= now


class Outbox:
    """Finds what has become ready and delivers it; does not use real time."""

    def __init__(self, bank: Bank, post: Post) -> None:
        self.deliveries: list[Delivery] = []
        self._bank = bank
        self._post = post
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def deliver_due(self, now: datetime) -> None:
        """Make every delivery attempt that is due; after the clock was advanced, in their order."""
        url = self._bank.settings.webhook_url
        if not url:
            return
        with self._lock:
            self._collect()
            due = [each for each in self.deliveries if each.is_due(now)]
            while due:
                earliest = min(due, key=lambda each: each.due_at)
                earliest.statuses.append(self._post(url, earliest.body, self._make_headers(earliest.body)))
                earliest.due_at += PAUSE
                due = [each for each in due if each.is_due(now)]

    def forget(self) -> None:
        """Forget everything that was sent."""
        # Without the lock: a reset holds the bank's lock, for which a delivery in progress may be waiting.
        self.deliveries, self._seen = [], set()

    def _collect(self) -> None:
        for attempt in self._bank.list_successes():
            if attempt.request_id not in self._seen and attempt.settled_at:
                self._seen.add(attempt.request_id)
                self._prepare(attempt, attempt.settled_at)

    def _prepare(self, attempt: Attempt, ready_at: datetime) -> None:
        """Write both bodies now, so that later delivery attempts send the same bytes."""
        request_id, login = attempt.request_id, attempt.login
        tag = self._bank.asked.tag_of(request_id)
        settings, behaviour = self._bank.settings, login.behaviour
        polls = settings.detail_pending + behaviour.data_pending
        seconds = settings.detail_pending_seconds + behaviour.data_pending_seconds
        detail = {"ResponseType": "GetAccountsDetail"} | replies.accounts(request_id, login, Part.DETAIL, tag=tag)
        for body, due_at in (
            (replies.kyc(request_id, login, tag), ready_at),
            (detail, ready_at + max(polls * _TIME_OF_A_POLL, timedelta(seconds=seconds))),
        ):
            raw = json.dumps(body, ensure_ascii=False).encode()
            self.deliveries.append(Delivery(body["ResponseType"], login.login_id, request_id, raw, due_at, []))

    def _make_headers(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        secret = self._bank.settings.webhook_secret
        return headers | ({self._bank.settings.webhook_header: sign(secret, body)} if secret else {})


def sign(secret: str, body: bytes) -> str:
    """Make the signature of a raw body: base64 of its HMAC-SHA256 [D HOOK]."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def post_over_http(url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """Post a webhook to its receiver; return its status, or None without a reply."""
    with requests.Session() as session:
        # The receiver is the developer's own machine; a proxy from the environment could not reach it.
        session.trust_env = False
        try:
            answer = session.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException:
            return None
        return answer.status_code


def attach_webhooks(bank: Bank, post: Post = post_over_http) -> Outbox:
    """Give a bank its outbox, which delivers whenever the bank's clock is advanced."""
    outbox = Outbox(bank, post)
    bank.clock.on_advance.append(outbox.deliver_due)
    bank.on_reset.append(outbox.forget)
    return outbox


def keep_delivering(outbox: Outbox, clock: Callable[[], datetime], stopping: threading.Event) -> None:
    """Deliver in real time until the simulator stops; runs in its own thread."""
    while not stopping.wait(_CHECK_SECONDS):
        outbox.deliver_due(clock())
