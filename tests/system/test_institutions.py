"""Which bank, on the deployed template: named from the copy of Flinks' list, linked to, and not tried if it is off."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests

from devtools.service import Service
from reconnect.adapters.dynamodb.directories import DynamoDbDirectories
from reconnect_client import ApiProblem
from reconnect_client.client import Client
from tests.system.engine.fixtures import Eventually
from tests.system.support import (
    a_login,
    execution_of,
    listening,
    open_session,
    receive,
    starts_of,
    sweep,
    table_of,
    wait_for_end,
    wait_for_execution,
)

_NAMES = {"en": "FlinksCapital", "fr": "FlinksCapital"}


@pytest.fixture
def with_status(deploy: Callable[..., Service]) -> Iterator[Callable[[str], Service]]:
    """`with_status(status)` deploys a service of its own, and sweeps, while Flinks lists FlinksCapital like that."""
    changed: list[Service] = []

    def start(status: str) -> Service:
        service = deploy(f"banks-{status.lower()}")
        changed.append(service)
        bank = service.simulator.bank
        bank.settings = replace(bank.settings, institution_status=status)
        sweep(service)
        return service

    yield start
    for service in changed:
        bank = service.simulator.bank
        bank.settings = replace(bank.settings, institution_status="Enabled")


def test_each_session_names_its_bank_and_sends_its_user_there(with_status: Callable[[str], Service]) -> None:
    service = with_status("Enabled")
    listed = DynamoDbDirectories(table_of(service), lambda: datetime.now(UTC)).get()
    assert listed is not None
    assert {each.names["fr"] for each in listed.listings.values()} == {"FlinksCapital", "Banque Érable"}

    with listening(service, "banks") as queue:
        session_id = open_session(service, "test_disabled_account", language="fr")
        link = service.api.read_session(session_id)["link"]
        ended = wait_for_end(service, session_id)
        event = receive(service, queue)["detail"]

    assert (ended["failureCode"], ended["institution"]) == ("DISABLED_LOGIN", {"id": 14, "names": _NAMES})
    assert event["institution"] == {"id": 14, "names": _NAMES}
    shown = requests.get(f"{link}/status", timeout=30).json()
    assert (shown["institution"], shown["bankUrl"]) == ("FlinksCapital", "https://flinkscapital.test/")
    assert "FlinksCapital" in shown["sentence"]


def test_a_bank_that_is_disabled_is_not_tried(with_status: Callable[[str], Service]) -> None:
    service = with_status("Disabled")
    login_id = a_login(service, "Greatday")

    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    ended = wait_for_end(service, session_id)

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == (
        "FAILED",
        "INSTITUTION_DISABLED",
        "bank",
    )
    assert "disabled" in ended["nextStep"]["sentence"]
    assert starts_of(service, login_id) == 0
    execution = wait_for_execution(service, execution_of(service, session_id)["executionArn"])
    assert execution["status"] == "SUCCEEDED"


def test_the_endings_of_a_bank_are_counted(deploy: Callable[..., Service], eventually: Eventually) -> None:
    service = deploy("counted")
    client = Client(service.api)
    for username in ("greatday_nomfa", "test_disabled_account"):
        wait_for_end(service, open_session(service, username))

    [bank] = eventually(lambda: [each for each in client.institutions() if each["windows"]["24h"]["tries"] == 2])

    assert (bank["id"], bank["name"]) == ("14", "FlinksCapital")
    # Too few tries to say more.
    assert bank["windows"]["24h"]["funnel"] is None
    assert {window["tries"] for window in client.institution_health("14")["windows"].values()} == {2}
    with pytest.raises(ApiProblem) as unknown:
        client.institution_health("999")
    assert unknown.value.code == "institution_not_found"
