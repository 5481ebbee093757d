"""Unit tests open no socket, see only this environment, and share no service."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

from reconnect.runtime import observability
from reconnect.runtime.aws import install
from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.unit.world import World

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAUNITTESTS0000000",  # pragma: allowlist secret
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "ca-central-1",
    "AWS_REGION": "ca-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_LAMBDA_FUNCTION_NAME": "a-function",
    "POWERTOOLS_SERVICE_NAME": "reconnect",
    "POWERTOOLS_METRICS_NAMESPACE": "Reconnect",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def only_this_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove the developer's variables; Powertools read theirs at import, so they are set again."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(observability.metrics.provider, "namespace", ENVIRONMENT["POWERTOOLS_METRICS_NAMESPACE"])
    monkeypatch.setattr(observability.metrics.provider, "service", ENVIRONMENT["POWERTOOLS_SERVICE_NAME"])
    install(None)
    yield
    install(None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins() -> FakeLogins:
    return FakeLogins()


@pytest.fixture
def sessions(logins: FakeLogins) -> FakeSessions:
    return FakeSessions(logins)


@pytest.fixture
def counted() -> list[str]:
    """The names of the metrics that were counted."""
    return []


@pytest.fixture
def world(clock: Clock, logins: FakeLogins, sessions: FakeSessions, counted: list[str]) -> World:
    return World(clock=clock, logins=logins, sessions=sessions, counted=counted)
