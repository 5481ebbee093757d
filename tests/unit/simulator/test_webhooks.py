"""Webhooks: what is sent when data is ready, how it is signed, and how often it is sent."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import LOGINS
from flinks_simulator.webhooks import Outbox, attach_webhooks, post_over_http
from tests.unit.simulator.connecting import connect_url
from tests.unit.simulator.support import Clock, Customer, open_browser

URL = "https://receiver.test/hook"
NO_MFA = LOGINS["greatday_nomfa"]


class Receiver:
    """Receives webhooks and replies with the given statuses, repeating the last one."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[str, bytes, dict[str, str]]] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int | None:
        self.received.append((url, body, headers))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body, _ in self.received]


def set_up(receiver: Receiver, clock: Clock, **settings: Any) -> tuple[Customer, Outbox]:
    bank = Bank(Settings(seed=7, webhook_url=URL, **settings), clock)
    outbox = attach_webhooks(bank, receiver)
    return Customer(create_app(bank).test_client(), bank), outbox


def refresh(customer: Customer, **fields: Any) -> dict[str, Any]:
    body = {"LoginId": NO_MFA, "MostRecentCached": False, "Save": True, **fields}
    reply: dict[str, Any] = customer.post("Authorize", body, customer.bank.issue_token()).get_json()
    return reply


def test_a_success_sends_the_holder_first_and_then_the_accounts(clock: Clock) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock)
    request_id = refresh(customer)["RequestId"]

    outbox.deliver_due(clock.now)
    assert [each["ResponseType"] for each in receiver.bodies()] == ["KYC"]

    clock.advance(minutes=1)
    outbox.deliver_due(clock.now)

    kyc, detail = receiver.bodies()
    assert detail["ResponseType"] == "GetAccountsDetail"
    assert kyc["Holders"] == [detail["Accounts"][0]["Holder"]]
    assert {each["Login"]["Id"] for each in (kyc, detail)} == {NO_MFA}
    assert {each["RequestId"] for each in (kyc, detail)} == {request_id}


def test_the_webhook_has_the_accounts_of_the_200_and_the_tag(clock: Clock) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock, detail_pending=0)
    request_id = refresh(customer, Tag="order-14")["RequestId"]

    outbox.deliver_due(clock.now)

    reply = customer.post("GetAccountsDetail", {"RequestId": request_id}).get_json()
    assert receiver.bodies()[1] == {"ResponseType": "GetAccountsDetail"} | reply
    assert reply["Tag"] == "order-14"


@pytest.mark.parametrize("path", ["/v2/", "/v2/Credential/14"], ids=["answering", "signing_in"])
def test_webhooks_carry_the_tag_that_connect_was_loaded_with(clock: Clock, path: str) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock, detail_pending=0)
    request_id = customer.bank.start_attempt(NO_MFA).request_id if path == "/v2/" else ""
    user = open_browser(customer.client)
    user.open(connect_url(path, requestId=request_id, tag="order-14"))
    if user.screen == "credentials":
        user.sign_in("greatday_nomfa")

    outbox.deliver_due(clock.now)

    assert [each["Tag"] for each in receiver.bodies()] == ["order-14", "order-14"]


@pytest.mark.parametrize("header", ["flinks-authenticity-key", "X-Flinks-Signature"])
def test_the_raw_body_is_signed_under_the_configured_header(clock: Clock, header: str) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock, webhook_secret="s3cret", webhook_header=header)
    refresh(customer)

    outbox.deliver_due(clock.now)

    url, body, headers = receiver.received[0]
    expected = base64.b64encode(hmac.new(b"s3cret", body, hashlib.sha256).digest()).decode()
    assert (url, headers) == (URL, {"Content-Type": "application/json", header: expected})


def test_without_a_secret_a_webhook_is_not_signed(clock: Clock) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock)
    refresh(customer)

    outbox.deliver_due(clock.now)

    assert receiver.received[0][2] == {"Content-Type": "application/json"}


def test_a_failed_webhook_is_sent_ten_times_half_an_hour_apart(clock: Clock) -> None:
    receiver = Receiver(500)
    customer, outbox = set_up(receiver, clock)
    refresh(customer)

    counts = []
    for _ in range(12):
        outbox.deliver_due(clock.now)
        counts.append(len(outbox.deliveries[0].statuses))
        clock.advance(minutes=30)

    assert counts == [*range(1, 11), 10, 10]
    assert len({body for _, body, _ in receiver.received}) == 2


def test_advancing_the_clock_far_makes_all_due_delivery_attempts(clock: Clock) -> None:
    receiver = Receiver(500)
    customer, outbox = set_up(receiver, clock)
    refresh(customer)

    customer.bank.clock.advance(hours=6)

    assert [len(each.statuses) for each in outbox.deliveries] == [10, 10]


@pytest.mark.parametrize("status", [201, 204, 302, 404, 503, None])
def test_anything_but_200_is_a_failure_and_200_ends_it(clock: Clock, status: int | None) -> None:
    receiver = Receiver(status, 200)
    customer, outbox = set_up(receiver, clock)
    refresh(customer)

    clock.advance(hours=1)
    outbox.deliver_due(clock.now)

    kyc, detail = outbox.deliveries
    assert (kyc.statuses, kyc.is_taken) == ([status, 200], True)
    assert detail.statuses == [200]


def test_a_cached_call_and_an_unanswered_question_send_no_webhook(clock: Clock) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock)
    customer.authorize(NO_MFA, cached=True)
    customer.authorize(LOGINS["Greatday"], cached=False)

    outbox.deliver_due(clock.now)

    assert receiver.received == []


def test_each_success_is_sent_once(clock: Clock) -> None:
    receiver = Receiver(200)
    customer, outbox = set_up(receiver, clock, detail_pending=0)

    for _ in range(2):
        refresh(customer)
        outbox.deliver_due(clock.now)
        outbox.deliver_due(clock.now)

    assert len(receiver.received) == 4


def test_a_reset_drops_pending_webhooks(clock: Clock) -> None:
    customer, outbox = set_up(Receiver(500), clock)
    refresh(customer)
    outbox.deliver_due(clock.now)

    customer.bank.reset()

    assert outbox.deliveries == []


def test_an_unreachable_receiver_counts_as_no_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            raise requests.ConnectionError(request.url)

        def close(self) -> None:
            pass

    monkeypatch.setattr(requests.Session, "get_adapter", lambda *_, **__: Unreachable())

    assert post_over_http(URL, b"{}", {}) is None
