"""The deployed policies, used by somebody else: what a function's role refuses to whoever takes it over."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from devtools.service import Service
from tests.template.template import FUNCTIONS

_KEYS = {
    "session": {"pk": {"S": "SESSION#s1"}, "sk": {"S": "SESSION"}},
    "login": {"pk": {"S": "LOGIN#l1"}, "sk": {"S": "LOGIN"}},
    "claim": {"pk": {"S": "CLAIM#c1"}, "sk": {"S": "CLAIM"}},
    "budget": {"pk": {"S": "BUDGET"}, "sk": {"S": "BUDGET"}},
    "directory": {"pk": {"S": "DIRECTORY"}, "sk": {"S": "DIRECTORY"}},
    "bank": {"pk": {"S": "BANK#14"}, "sk": {"S": "HEALTH"}},
    "feed": {"pk": {"S": "FEED#2026-03-14"}, "sk": {"S": "09:26#s1#000001"}},
    "batch": {"pk": {"S": "BATCH#b1"}, "sk": {"S": "BATCH"}},
    "health": {"pk": {"S": "HEALTH#2026-03-14"}, "sk": {"S": "14"}},
}
# The kinds of items that each function may read.
_READS = {
    "OpenSession": {"session", "login", "claim", "directory"},
    "ReadSession": {"session", "directory"},
    "ReadResult": {"session"},
    "StartAuthorize": {"session", "login", "budget", "directory", "bank"},
    "PollAuthorize": {"session", "budget", "bank"},
    "BuildConnectUrl": {"session", "budget"},
    "RedirectWebhook": {"session"},
    # It reads sessions also many in one request.
    "ConnectPage": {"session", "budget", "directory"},
    "FlinksWebhook": {"session", "login"},
    "FetchAccounts": {"session", "budget"},
    "CloseSession": {"session", "login"},
    "CancelSession": {"session", "login", "directory"},
    "HelpUser": {"session"},
    # It reads sessions too, many in one request.
    "FindSessions": {"login", "directory"},
    "OpenBatch": {"batch", "directory"},
    "RunBatch": {"session", "login", "claim", "batch", "directory"},
    "EraseLogin": {"session", "login", "budget"},
    "SweepSessions": {"session", "login", "budget", "directory"},
    "DeliverEvents": {"directory"},
    "RollUpEndings": {"health"},
}

As = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def acting_as(service: Service) -> As:
    """`acting_as(function, service)` returns a client with the policies of the function's role."""
    iam = service.engine.client("iam")
    made: dict[str, Any] = {}

    def client(function: str, aws: str) -> Any:
        user = f"as-{function}"
        if user not in made:
            role = service.stack.resources[f"{function}Role"]
            policy = iam.get_role_policy(RoleName=role, PolicyName="Calls")["PolicyDocument"]
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="Calls", PolicyDocument=json.dumps(policy))
            made[user] = iam.create_access_key(UserName=user)["AccessKey"]
        keys = made[user]
        return boto3.client(  # type: ignore[call-overload]
            aws,
            endpoint_url=service.engine.endpoint_url,
            region_name=service.engine.credentials.region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
        )

    return client


def is_allowed(call: Callable[..., object], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as refusal:
        assert "AccessDenied" in refusal.response["Error"]["Code"], refusal
        return False
    return True


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_reads_items_of_its_own_kinds_only(service: Service, acting_as: As, function: str) -> None:
    table = acting_as(function, "dynamodb")
    name = service.stack.outputs["TableName"]

    read = {kind for kind, key in _KEYS.items() if is_allowed(table.get_item, TableName=name, Key=key)}

    assert read == _READS[function]


def test_an_open_endpoint_cannot_overwrite_locks_keys_or_the_budget(service: Service, acting_as: As) -> None:
    for function in ("RedirectWebhook", "ConnectPage", "FlinksWebhook"):
        table = acting_as(function, "dynamodb")
        writes = {
            kind: is_allowed(table.put_item, TableName=service.stack.outputs["TableName"], Item=key)
            for kind, key in _KEYS.items()
            if kind != "session"
        }
        assert writes == dict.fromkeys(writes, False)


def test_the_sweeper_queries_what_is_due_and_nothing_else(service: Service, acting_as: As) -> None:
    def query(value: str) -> bool:
        return is_allowed(
            acting_as("SweepSessions", "dynamodb").query,
            TableName=service.stack.outputs["TableName"],
            IndexName="due",
            KeyConditionExpression="live = :live",
            ExpressionAttributeValues={":live": {"S": value}},
        )

    assert (query("LIVE"), query("SESSION#s1")) == (True, False)


def test_the_page_queries_what_leads_to_a_persons_sessions_and_nothing_else(service: Service, acting_as: As) -> None:
    def query(value: str) -> bool:
        return is_allowed(
            acting_as("ConnectPage", "dynamodb").query,
            TableName=service.stack.outputs["TableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": value}},
        )

    assert {value: query(value) for value in ("REF#a", "CONTACT#a", "LOGIN#l1", "SESSION#s1")} == {
        "REF#a": True,
        "CONTACT#a": False,
        "LOGIN#l1": False,
        "SESSION#s1": False,
    }


def test_events_can_be_published_in_our_name_only(service: Service, acting_as: As) -> None:
    def publish(source: str) -> bool:
        entry = {
            "EventBusName": service.stack.outputs["EventBusName"],
            "Source": source,
            "DetailType": "Nothing",
            "Detail": "{}",
        }
        return is_allowed(acting_as("DeliverEvents", "events").put_events, Entries=[entry])

    assert (publish("reconnect"), publish("somebody.else")) == (True, False)


def test_the_table_cannot_be_deleted(service: Service) -> None:
    with pytest.raises(ClientError, match=r"[Dd]eletion"):
        service.engine.client("dynamodb").delete_table(TableName=service.stack.outputs["TableName"])
