"""Preflight against simulated instances whose switches are random, and the real adapter deployed with what it says."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from flinks_simulator import ready_login_id
from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.flinks_options import AuthorizeMode, DataPoll, StatusCall
from reconnect.usecases.connect_urls import ConnectAddress
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.command import examine
from reconnect_cli.preflight.exchange import Call, Unreachable
from reconnect_cli.preflight.live import TEST_BANK_LOGIN, LiveAttempt
from reconnect_cli.preflight.points import QUESTIONS, Finding, Point
from reconnect_cli.preflight.report import as_json, as_text, parameters_of
from tests.fakes.flinks_wire import BASE_URL, ToSimulator, wired
from tests.fakes.keys import FakeFlinksKeys
from tests.unit.preflight.instances import API_URL, CONNECT_HOST, Instance, a_random, an_instance, wrong

# Seeds do not shrink.
_FORMS = settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
seeds = st.integers(min_value=0, max_value=2**32)
_GUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FRESH, _ASKING = ready_login_id("greatday_nomfa"), ready_login_id("Greatday")


def parameters(findings: list[Finding]) -> dict[str, str]:
    return parameters_of(findings, None, API_URL)


@_FORMS
@given(seeds)
def test_at_least_14_of_16_points_are_told_and_none_wrongly(seed: int) -> None:
    instance = an_instance(seed)

    findings = examine(instance.target, exchange=instance.exchange)

    assert wrong(instance, findings) == []
    assert [finding.point for finding in findings] == list(QUESTIONS)
    assert len(QUESTIONS) == 16
    assert sum(finding.is_told for finding in findings) >= 14


@_FORMS
@given(seeds)
def test_an_instance_that_is_often_busy_or_down_has_no_point_told_wrongly(seed: int) -> None:
    rng = a_random(seed)
    instance = an_instance(seed)
    said: list[Call] = []

    def exchange(call: Call) -> Answer:
        answer = instance.exchange(call)
        if said and rng.random() < 0.3:
            kind, body = rng.choice(_TROUBLES)
            if not kind:
                raise Unreachable("it does not answer in time")
            return replace(answer, http_status=kind, raw=body, headers={"content-type": "text/plain"})
        said.append(call)
        return answer

    mistakes = wrong(instance, examine(instance.target, exchange=exchange))

    # Another form than the preferred one is right too, if the instance takes it.
    taken = instance.bank.settings
    forms = {*taken.status_calls, *map(str.lower, taken.data_polls)}
    forms |= {f"https://{CONNECT_HOST}{path}" for path in taken.connect_paths}
    assert [mistake for mistake in mistakes if mistake[1] not in forms] == []


@_FORMS
@given(seeds)
def test_without_a_request_no_live_attempt_is_made_and_with_one_exactly_one(seed: int) -> None:
    instance = an_instance(seed)

    examine(instance.target, exchange=instance.exchange)
    assert starts(instance) == 0
    examine(instance.target, LiveAttempt(TEST_BANK_LOGIN), exchange=instance.exchange, pause=_no_pause)

    assert starts(instance) == 1


@_FORMS
@given(seeds)
def test_the_adapter_works_when_it_is_deployed_with_what_preflight_says(seed: int) -> None:
    instance = an_instance(seed)
    said = parameters(examine(instance.target, exchange=instance.exchange))
    client = a_client(instance, said)

    token = client.generate_authorize_token()
    reply = client.start_authorize(instance.bank.login_id("Greatday"), str(token))
    while reply.status == 202:
        assert reply.request_id
        reply = client.read_authorize(reply.request_id)
    cached = client.cached_authorize(instance.bank.login_id("greatday_nomfa"))
    assert cached.request_id
    detail = client.get_accounts_detail(cached.request_id)
    while detail.status == 202:
        detail = client.get_accounts_detail_async(cached.request_id)

    assert reply.status == 203
    assert detail.has_accounts
    assert reply.request_id
    connect = ConnectAddress(said["FlinksConnectBaseUrl"], said["FlinksConnectPath"], demo=True)
    page = instance.exchange(
        Call("GET", connect.answering(reply.request_id, authorizeToken=instance.bank.issue_token()))
    )
    assert b'data-screen="question"' in page.raw


@_FORMS
@given(seeds)
def test_nothing_secret_or_personal_is_printed(seed: int) -> None:
    instance = an_instance(seed)
    said: list[str] = []
    seen: list[bytes] = []

    def exchange(call: Call) -> Answer:
        answer = instance.exchange(call)
        seen.append(answer.raw)
        return answer

    findings = examine(
        instance.target, LiveAttempt({"LoginId": _ASKING}), exchange=exchange, say=said.append, pause=_no_pause
    )

    told = parameters(findings)
    printed = "\n".join([*said, as_text(findings, told), as_json(findings, told)])
    keys = instance.target.keys
    for secret in filter(None, (keys.secret_key, keys.x_api_key, keys.webhook_secret, _ASKING)):
        assert secret not in printed
    ids = {found.decode() for raw in seen for found in _GUID.findall(raw)} - {instance.target.customer_id}
    assert len(ids) > 3
    assert [each for each in ids if each in printed] == []
    assert json.loads(as_json(findings, told))["of"] == 16


@pytest.mark.parametrize(
    ("login_id", "value"),
    [(_FRESH, "fresh"), (_ASKING, "asks"), (ready_login_id("test_disabled_account"), "DISABLED_LOGIN")],
)
@pytest.mark.parametrize("is_active", [True, False])
def test_the_live_attempt_says_how_it_ended(login_id: str, value: str, is_active: bool) -> None:
    instance = an_instance(1, authorize_async="active" if is_active else "absent")

    *_, live = examine(instance.target, LiveAttempt({"LoginId": login_id}), exchange=instance.exchange, pause=_no_pause)

    assert (live.point, live.value) == (Point.LIVE_ATTEMPT, value)
    assert live.is_fault is (value == "DISABLED_LOGIN")


def test_the_live_attempt_at_the_test_bank_tells_what_the_directory_does_not() -> None:
    instance = an_instance(1, institutions="absent")

    findings = examine(instance.target, LiveAttempt(TEST_BANK_LOGIN), exchange=instance.exchange, pause=_no_pause)

    assert parameters(findings)["FlinksConnectDemo"] == "true"


def test_data_that_does_not_refresh_is_told() -> None:
    instance = an_instance(1, authorize_async="active")

    *_, live = examine(
        instance.target,
        LiveAttempt({"LoginId": instance.bank.login_id("sim_stale")}),
        exchange=instance.exchange,
        pause=_no_pause,
    )

    assert (live.value, live.is_fault) == ("old", True)


_TROUBLES = (
    (0, b""),
    (401, b'{"HttpStatusCode": 401, "FlinksCode": "TOO_MANY_REQUESTS", "Message": "Too many requests"}'),
    (500, b'{"HttpStatusCode": 500, "FlinksCode": "AGGREGATION_ERROR"}'),
    (502, b"<html>502 Bad Gateway</html>"),
    (503, b"{}"),
    (200, b"{"),
)


def starts(instance: Instance) -> int:
    """Live attempts at a login; a call that names none starts nothing."""
    return sum(entry.action == "start" and entry.username is not None for entry in instance.bank.journal)


def a_client(instance: Instance, said: dict[str, str]) -> FlinksClient:
    settings = instance.bank.settings
    told = FlinksSettings(
        base_url=BASE_URL,
        customer_id=said["FlinksCustomerId"],
        mode=AuthorizeMode(said["FlinksAuthorizeMode"]),
        status_call=StatusCall(said.get("FlinksStatusCall", "post")),
        read_timeout=1,
        long_timeout=2,
        needs_status_token=said.get("FlinksStatusToken") == "true",
        # Where the x-api-key was wrong, this could not be told.
        data_poll=DataPoll(said.get("FlinksDataPoll", "get" if "GET" in settings.data_polls else "post")),
    )
    # What is missing or wrong is mended first.
    keys = FakeFlinksKeys(FlinksCredentials(settings.secret, settings.x_api_key))
    return wired(FlinksClient(told, lambda: keys, lambda _: None), ToSimulator(instance.client))


def _no_pause(_seconds: float) -> None:
    pass
