"""Keys are changed while the deployed service works: no link, no key of a caller and no session is lost."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from devtools.service import Service
from tests.system.support import a_login, open_session, wait_for_end, wait_until

CLICKS = 300


@pytest.fixture(scope="module")
def service(deploy: Callable[..., Service]) -> Service:
    return deploy("rotated", BackstopIntervalSeconds="45", UnattendedIntervalSeconds="45", CooldownSeconds="0")


def rotate(service: Service, output: str, text: str) -> None:
    service.engine.client("secretsmanager").put_secret_value(SecretId=service.stack.outputs[output], SecretString=text)


def click(url: str) -> int:
    return requests.get(url, timeout=30, allow_redirects=False).status_code


def clicks(*urls: str, times: int = CLICKS) -> Counter[int]:
    """Click at once from several browsers, so that several Lambda environments answer."""
    with ThreadPoolExecutor(6) as browsers:
        return Counter(browsers.map(click, [url for url, _ in zip(cycle(urls), range(times), strict=False)]))


@pytest.mark.timeout(300)
def test_300_of_300_clicks_succeed_during_a_rotation_of_the_signing_key(service: Service) -> None:
    session = wait_until(service, open_session(service, "Greatday"), "AWAITING_USER")
    (state,) = parse_qs(urlsplit(session["connectUrl"]).query)["redirectUrl"]
    clicks(session["link"], times=20)

    rotate(service, "SigningKeyArn", token_hex(32))
    fresh = service.api.read_session(session["sessionId"])["link"]
    counted = clicks(session["link"], fresh)

    assert counted == {200: CLICKS}
    assert click(state) == 200
    rotate(service, "SigningKeyArn", token_hex(32))
    assert click(fresh) == 200
    assert click(service.api.read_session(session["sessionId"])["link"]) == 200


@pytest.mark.timeout(300)
def test_a_repeated_request_finds_its_session_after_a_rotation(service: Service) -> None:
    request = {"loginId": a_login(service, "greatday_nomfa"), "idempotency_key": token_hex(8)}
    first = service.api.open_session(**request).body["sessionId"]
    wait_for_end(service, first)
    rotate(service, "SigningKeyArn", token_hex(32))

    assert service.api.open_session(**request).body["sessionId"] == first


@pytest.mark.timeout(300)
def test_no_session_fails_because_flinks_key_has_changed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = service.simulator.bank
    for _ in range(3):
        wait_for_end(service, open_session(service, "greatday_nomfa"))
    # For this test only: other services share the simulator.
    monkeypatch.setattr(bank, "settings", replace(bank.settings, secret=token_hex(8)))
    rotate(service, "FlinksSecretArn", json.dumps({"secretKey": bank.settings.secret}))

    ended = [wait_for_end(service, open_session(service, "greatday_nomfa")) for _ in range(3)]

    assert Counter(session["status"] for session in ended) == {"SUCCEEDED": 3}
