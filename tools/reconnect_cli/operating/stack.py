"""The deployed stack, found by its name or on this machine, and the clients of its AWS services."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from reconnect_cli.failing import Failed
from reconnect_cli.which_service import find_here

if TYPE_CHECKING:
    import boto3

stack_option = click.option("--stack", "name", help="The stack's name; by default the one that runs on this machine.")


@dataclass(frozen=True)
class Stack:
    """A stack, and how its services are reached. `endpoint` is None on AWS."""

    name: str
    session: "boto3.Session"
    endpoint: str | None

    def client(self, service: str) -> Any:
        """Return a client with the operator's credentials."""
        return self.session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def resource(self, logical_id: str) -> str:
        """Return the physical id of a resource of the stack; raise Failed if it has none of that name."""
        found = self.client("cloudformation").describe_stack_resources(StackName=self.name)["StackResources"]
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
        if logical_id not in ids:
            raise Failed(f"The stack {self.name} has no {logical_id}. Is it a stack of this service?")
        return str(ids[logical_id])


@contextmanager
def operated(name: str | None) -> Iterator[Stack]:
    """Yield the stack; raise Failed, which says what AWS refused, for each error of AWS in the block."""
    import boto3  # noqa: PLC0415 - the other commands do not need it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield _find(name, boto3)
    except ClientError as refused:
        raise Failed(f"AWS refused {refused.operation_name}: {refused.response['Error']['Code']}.") from None
    except BotoCoreError as problem:
        raise Failed(f"AWS cannot be asked: {problem}") from None


def _find(name: str | None, boto3: Any) -> Stack:
    if name is not None:
        return Stack(name, boto3.Session(), None)
    here = find_here()
    if here is None or not here.event_bus:
        raise Failed("The stack is not known here. Name it with --stack.")
    session = boto3.Session(here.access_key_id, here.secret_access_key, region_name=here.region)
    # The bus has the stack's name.
    return Stack(here.event_bus, session, here.aws_url)
