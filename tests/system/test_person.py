"""The user: a durable link, a page that starts nothing by itself, and evidence that may be lost or repeated."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, SimulatedUser, Simulator
from reconnect_cli.following import Snapshot
from tests.deployed import FAST
from tests.system.support import (
    a_login,
    a_user_at,
    listening,
    open_session,
    receive,
    wait_for_end,
    wait_until,
)

_SLOW_BACKSTOP = {**FAST, "BackstopIntervalSeconds": "45", "UnattendedIntervalSeconds": "45"}


@pytest.fixture(scope="module")
def slow_backstop(engine: LocalEngine, simulator: Simulator) -> Service:
    """A service whose backstop poll comes too late to matter."""
    return deploy_service(engine, simulator, "evidence", _SLOW_BACKSTOP)


@pytest.fixture(scope="module")
def forgetful(engine: LocalEngine) -> Iterator[Service]:
    """A service whose attempts live for a second, with a Flinks whose clock the test moves."""
    with Simulator(settings=Settings(require_connect_token=True)) as flinks:
        yield deploy_service(
            engine, flinks, "clicks", {**FAST, "AttemptLifetimeSeconds": "1", "ClockSkewSeconds": "86400"}
        )


def status(session: Snapshot) -> dict[str, Any]:
    return dict(requests.get(f"{session['link']}/status", timeout=30).json())


def click(session: Snapshot) -> dict[str, Any]:
    """Click as one more device does: each click of the page has a name of its own."""
    reply = requests.post(f"{session['link']}/attempts", json={}, headers={"X-Click": token_hex(8)}, timeout=30)
    assert reply.status_code == 200
    return dict(reply.json())


def report(session: Snapshot, event: dict[str, str]) -> int:
    return requests.post(f"{session['link']}/events", json=event, timeout=30).status_code


def a_user_from(page: dict[str, Any]) -> SimulatedUser:
    user = SimulatedUser()
    user.open(page["connectUrl"])
    return user


def test_following_the_link_a_hundred_times_starts_nothing(forgetful: Service) -> None:
    login_id = a_login(forgetful, "Greatday")
    session_id = forgetful.api.open_session(loginId=login_id).body["sessionId"]
    waiting = wait_until(forgetful, session_id, "AWAITING_CLICK")
    calls = forgetful.simulator.journal.of(login_id)

    with ThreadPoolExecutor(8) as scanners:
        pages = list(scanners.map(lambda _: requests.get(waiting["link"], timeout=60).status_code, range(100)))

    assert set(pages) == {200}
    assert forgetful.simulator.journal.of(login_id) == calls
    assert forgetful.api.read_session(session_id) == waiting


def test_the_page_is_protected_and_shows_no_id_of_flinks(slow_backstop: Service) -> None:
    login_id = a_login(slow_backstop, "Greatday")
    session_id = slow_backstop.api.open_session(loginId=login_id).body["sessionId"]
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")

    page = requests.get(waiting["link"], timeout=30)

    assert f"frame-src {slow_backstop.simulator.url};" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "FlinksCapital" in page.text
    request_id = parse_qs(urlsplit(waiting["connectUrl"]).query)["requestId"][0]
    assert not {login_id, request_id} & set(waiting["link"].split("/"))
    assert login_id not in page.text
    assert request_id not in page.text


def test_connects_redirect_event_on_our_page_ends_the_session(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")

    user = a_user_from(click(waiting))
    user.answer_correctly()
    reported = report(waiting, {"step": "REDIRECT"})
    ended = wait_for_end(slow_backstop, session_id)

    assert reported == 204
    assert ended["status"] == "SUCCEEDED"
    assert status(waiting)["stage"] == "done"


def test_every_load_of_connect_gets_its_own_token(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")

    desk, phone = a_user_from(click(waiting)), a_user_from(click(waiting))
    phone.answer_correctly()
    report(waiting, {"step": "REDIRECT"})

    assert desk.screen == "question"
    assert wait_for_end(slow_backstop, session_id)["status"] == "SUCCEEDED"


def test_an_error_that_connect_reports_ends_nothing(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")

    report(waiting, {"flinksCode": "INVALID_SECURITY_RESPONSE"})

    assert slow_backstop.api.read_session(session_id)["status"] == "AWAITING_USER"


def test_one_click_replaces_a_dead_attempt(forgetful: Service) -> None:
    session_id = open_session(forgetful, "Greatday")
    waiting = wait_until(forgetful, session_id, "AWAITING_CLICK")
    forgetful.simulator.clock.advance(minutes=9)

    begun = click(waiting)
    again = wait_until(forgetful, session_id, "AWAITING_USER")
    user = a_user_at(again)
    user.answer_correctly()
    ended = wait_for_end(forgetful, session_id)

    assert begun["stage"] == "contacting"
    assert again["link"] == waiting["link"]
    assert ended["status"] == "SUCCEEDED"


def test_the_link_outlives_any_number_of_attempts(forgetful: Service) -> None:
    session_id = open_session(forgetful, "Greatday")
    waiting = wait_until(forgetful, session_id, "AWAITING_CLICK")

    for _ in range(9):
        forgetful.simulator.clock.advance(minutes=9)
        click(waiting)
        wait_until(forgetful, session_id, "AWAITING_USER")
        waiting = wait_until(forgetful, session_id, "AWAITING_CLICK")
    forgetful.simulator.clock.advance(minutes=9)
    click(waiting)
    a_user_at(wait_until(forgetful, session_id, "AWAITING_USER")).answer_correctly()

    assert wait_for_end(forgetful, session_id)["status"] == "SUCCEEDED"
    executions = forgetful.engine.client("stepfunctions").list_executions(
        stateMachineArn=forgetful.stack.outputs["StateMachineArn"], maxResults=1000
    )["executions"]
    assert len([each for each in executions if each["name"].startswith(session_id)]) > 1


@pytest.mark.parametrize("spoil", [lambda link: f"{link[:-1]}x", lambda link: link[:-9], lambda link: f"{link}0"])
def test_a_link_that_is_not_ours_reveals_nothing(slow_backstop: Service, spoil: Callable[[str], str]) -> None:
    link = wait_until(slow_backstop, open_session(slow_backstop, "Greatday"), "AWAITING_USER")["link"]

    page = requests.get(spoil(link), timeout=30)
    call = requests.post(f"{spoil(link)}/attempts", json={}, timeout=30)

    assert (page.status_code, call.status_code) == (404, 404)
    assert "FlinksCapital" not in page.text


def test_a_hundred_redirects_at_once_cause_one_ending(slow_backstop: Service) -> None:
    correlation_id = uuid4().hex
    with listening(slow_backstop, "hundred") as queue:
        session_id = open_session(slow_backstop, "Greatday", correlationId=correlation_id)
        user = a_user_at(wait_until(slow_backstop, session_id, "AWAITING_USER"))
        user.answer_correctly()

        with ThreadPoolExecutor(20) as browsers:
            pages = list(browsers.map(lambda _: requests.get(str(user.redirect_url), timeout=60), range(100)))
        ended = wait_for_end(slow_backstop, session_id)
        received = [receive(slow_backstop, queue)["detail-type"] for _ in range(2)]

    assert {page.status_code for page in pages} == {200}
    assert ended["status"] == "SUCCEEDED"
    assert [entry["cause"] for entry in ended["timeline"]].count("redirected") == 1
    assert received == ["ReconnectRequired", "SessionSucceeded"]


def test_a_redirect_with_another_login_is_published(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")
    redirect = parse_qs(urlsplit(waiting["connectUrl"]).query)["redirectUrl"][0]

    with listening(slow_backstop, "changed") as queue:
        requests.get(redirect, params={"loginId": str(uuid4())}, timeout=30)
        received = receive(slow_backstop, queue)

    assert received["detail-type"] == "LoginChanged"
    assert received["detail"]["sessionId"] == session_id
    assert slow_backstop.api.read_session(session_id)["status"] == "AWAITING_USER"


@pytest.mark.parametrize("header", ["flinks-authenticity-key", "X-Flinks-Signature"])
def test_a_signed_webhook_wakes_the_session_and_an_unsigned_one_is_refused(slow_backstop: Service, header: str) -> None:
    slow_backstop.engine.client("secretsmanager").put_secret_value(
        SecretId=slow_backstop.stack.outputs["WebhookSecretArn"], SecretString="a-secret"
    )
    login_id = a_login(slow_backstop, "Greatday")
    session_id = slow_backstop.api.open_session(loginId=login_id).body["sessionId"]
    a_user_at(wait_until(slow_backstop, session_id, "AWAITING_USER")).answer_correctly()
    body = json.dumps({"ResponseType": "GetAccountsDetail", "Login": {"Id": login_id}, "RequestId": "x"}).encode()
    signature = base64.b64encode(hmac.new(b"a-secret", body, hashlib.sha256).digest()).decode()

    refused = requests.post(f"{slow_backstop.api.url}/webhooks/flinks", data=body, timeout=30)
    taken = [
        requests.post(f"{slow_backstop.api.url}/webhooks/flinks", data=body, headers={header: signature}, timeout=30)
        for _ in range(3)
    ]
    ended = wait_for_end(slow_backstop, session_id)

    assert refused.status_code == 401
    assert {reply.status_code for reply in taken} == {200}
    assert "webhook_received" in [entry["cause"] for entry in ended["timeline"]]
    assert ended["status"] == "SUCCEEDED"


def test_without_a_requested_language_the_page_uses_the_browsers(slow_backstop: Service) -> None:
    waiting = wait_until(slow_backstop, open_session(slow_backstop, "Greatday"), "AWAITING_USER")
    french = {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}

    page = requests.get(waiting["link"], headers=french, timeout=30)
    shown = requests.get(f"{waiting['link']}/status", headers=french, timeout=30).json()

    assert '<html lang="fr"' in page.text
    assert shown["sentence"].startswith("Votre application vous demande")
    assert "The bank asks" not in page.text
