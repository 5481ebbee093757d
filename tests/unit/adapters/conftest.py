"""AWS clients that answer what the test wrote for them, and nothing else."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber


def stubbed(service: str) -> Iterator[Stubber]:
    with Stubber(boto3.client(service)) as stub:  # type: ignore[call-overload]
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def states() -> Iterator[Stubber]:
    yield from stubbed("stepfunctions")


@pytest.fixture
def bus() -> Iterator[Stubber]:
    yield from stubbed("events")


@pytest.fixture
def vault() -> Iterator[Stubber]:
    yield from stubbed("secretsmanager")


@pytest.fixture
def table() -> Iterator[Stubber]:
    yield from stubbed("dynamodb")
