"""The service over AWS: each use case is built once, lazily, and without a network call."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from threading import Barrier
from typing import Any

import pytest

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import TABLE_CONFIG, marshal
from reconnect.model.options import ReadOptions
from reconnect.model.session import Session, Status
from reconnect.runtime.aws import install, service
from reconnect.runtime.aws_ports import AwsPorts
from reconnect.runtime.batch_parts import BatchParts
from reconnect.runtime.in_threads import AT_ONCE
from reconnect.runtime.opening_parts import OpeningParts
from reconnect.runtime.service import Service
from reconnect.runtime.settings import SettingsError
from tests.fakes.builders import a_receipt, a_session
from tests.fakes.settings import ENVIRONMENT, a_settings

OWN = {
    "FLINKS_SECRET_ARN": "arn:aws:secretsmanager:ca-central-1:123456789012:secret:flinks",
    "SIGNING_KEY_ARN": "arn:aws:secretsmanager:ca-central-1:123456789012:secret:key",
    "IDEMPOTENCY_KEY_ARN": "arn:aws:secretsmanager:ca-central-1:123456789012:secret:seals",
    "WEBHOOK_SECRET_ARN": "arn:aws:secretsmanager:ca-central-1:123456789012:secret:webhooks",
    "STATE_MACHINE_ARN": "arn:aws:states:ca-central-1:123456789012:stateMachine:reconnect",
    "BATCH_MACHINE_ARN": "arn:aws:states:ca-central-1:123456789012:stateMachine:batches",
    "EVENT_BUS_NAME": "a-bus",
    "DELAYED_REQUESTS_URL": "https://sqs.test/delayed-requests",
    "RESULTS_BUCKET": "a-bucket",
}
USE_CASES = [
    name
    for part in (Service, BatchParts, OpeningParts)
    for name, value in vars(part).items()
    if isinstance(value, cached_property) and name[0] != "_"
]


class NoCalls:
    """A client that must not be called."""


def over_aws(environ: Mapping[str, str]) -> Service:
    settings = a_settings()
    return Service(AwsPorts(settings, environ, lambda *_, **__: NoCalls()), settings)


def test_each_use_case_is_built_once_without_a_network_call() -> None:
    deployed = over_aws(OWN)

    assert [name for name in USE_CASES if getattr(deployed, name) is not getattr(deployed, name)] == []


def test_the_sweepers_threads_work_at_the_same_time_with_a_connection_each() -> None:
    together = Barrier(AT_ONCE, timeout=60)

    assert sorted(over_aws(OWN).ports.in_parallel(lambda _: together.wait(), range(AT_ONCE))) == list(range(AT_ONCE))
    assert TABLE_CONFIG.max_pool_connections == AT_ONCE  # type: ignore[attr-defined]


def test_a_failure_in_one_thread_is_raised_after_the_others_are_done() -> None:
    done: list[int] = []

    def call(number: int) -> None:
        if number == 0:
            raise LookupError
        done.append(number)

    with pytest.raises(LookupError):
        over_aws(OWN).ports.in_parallel(call, range(50))

    assert len(done) == 49


@pytest.mark.parametrize(
    ("name", "missing"),
    [("fetch_accounts", "RESULTS_BUCKET"), ("deliver_events", "EVENT_BUS_NAME"), ("connect_page", "FLINKS_SECRET_ARN")],
)
def test_a_missing_resource_variable_is_named_by_its_use_case(name: str, missing: str) -> None:
    environ = {variable: value for variable, value in OWN.items() if variable != missing}

    with pytest.raises(SettingsError, match=f"{missing} is missing"):
        getattr(over_aws(environ), name)


def test_the_service_of_an_environment_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)

    assert service() is service()


def test_the_handlers_use_the_service_that_was_installed() -> None:
    installed = over_aws(OWN)

    install(installed)

    assert service() is installed


def test_the_error_for_missing_settings_names_all_of_them() -> None:
    with pytest.raises(SettingsError, match="TABLE_NAME is missing; FLINKS_API_BASE_URL is missing"):
        service()


@pytest.mark.parametrize(
    "session",
    [
        a_session(Status.AWAITING_USER, version=4, event_type="ReconnectRequired", correlation_ids=frozenset({"a"})),
        a_session(
            Status.SUCCEEDED,
            receipt=a_receipt(),
            known_accounts=frozenset({"one", "two"}),
            options=ReadOptions(accounts=("a", "b")),
        ),
    ],
)
def test_an_image_of_the_stream_is_read_back_as_its_session(session: Session) -> None:
    image: dict[str, Any] = json.loads(json.dumps(marshal(to_item(session))))

    assert over_aws(OWN).ports.read_image(image) == session


def test_the_clock_of_the_service_is_utc() -> None:
    assert over_aws(OWN).ports.clock().utcoffset() == timedelta(0)
