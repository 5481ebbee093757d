"""Stubbed AWS clients: they return only what the test prepared."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber


class StubbedClient(Stubber):
    """A stubber whose client has the type that an adapter expects."""

    client: Any


def stubbed(service: str, config: Config | None = None) -> Iterator[StubbedClient]:
    client = boto3.client(service, config=config)  # type: ignore[call-overload]
    with StubbedClient(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def states() -> Iterator[StubbedClient]:
    yield from stubbed("stepfunctions")


@pytest.fixture
def bus() -> Iterator[StubbedClient]:
    yield from stubbed("events")


@pytest.fixture
def vault() -> Iterator[StubbedClient]:
    yield from stubbed("secretsmanager")


@pytest.fixture
def table() -> Iterator[StubbedClient]:
    yield from stubbed("dynamodb")
