"""What is kept, what is logged, what is named, and what a deployer is asked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.model.session import Status
from tests.fakes.builders import a_session
from tests.template.template import FUNCTIONS, GLOBALS, RESOURCES, TEMPLATE, WORKFLOW, of_type, parameter_of, target

_LOGS = of_type("AWS::Logs::LogGroup")
(_TABLE,) = of_type("AWS::DynamoDB::Table").values()
_INDEXES = {
    index["IndexName"]: {key["KeyType"]: key["AttributeName"] for key in index["KeySchema"]}
    for index in _TABLE["GlobalSecondaryIndexes"]
}
_QUEUES = of_type("AWS::SQS::Queue")
(_BUCKET,) = of_type("AWS::S3::Bucket").values()
_DESCRIBED = ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::SecretsManager::Secret")
_NAMES = re.compile(r"(Name|.+Name)")
# These name parts of a resource, or what it watches (as dimensions do), which no other stack can collide with.
_PARTS = {"AttributeName", "IndexName", "StageName", "PolicyName", "MetricName"}


def test_the_table_costs_nothing_unused_forgets_in_time_and_can_be_restored() -> None:
    assert _TABLE["BillingMode"] == "PAY_PER_REQUEST"
    assert _TABLE["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert _TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert _TABLE["SSESpecification"] == {"SSEEnabled": True}


def test_the_index_of_due_sessions_has_the_keys_that_only_live_sessions_have() -> None:
    written, over = to_item(a_session()), to_item(a_session(Status.SUCCEEDED))

    assert _INDEXES["due"] == {"HASH": "live", "RANGE": "due_at"}
    assert set(_INDEXES["due"].values()) <= written.keys()
    assert not set(_INDEXES["due"].values()) & over.keys()


def test_the_index_of_logins_has_a_key_that_every_session_has() -> None:
    assert _INDEXES["login"] == {"HASH": "login"}
    assert all("login" in to_item(a_session(status)) for status in Status)


def test_an_index_holds_nothing_but_keys() -> None:
    assert _INDEXES.keys() == {"due", "login"}
    assert all(index["Projection"] == {"ProjectionType": "KEYS_ONLY"} for index in _TABLE["GlobalSecondaryIndexes"])


def test_every_key_is_a_text_and_the_adapters_write_it() -> None:
    used = {key["AttributeName"] for part in (_TABLE, *_TABLE["GlobalSecondaryIndexes"]) for key in part["KeySchema"]}

    assert {part["AttributeName"]: part["AttributeType"] for part in _TABLE["AttributeDefinitions"]} == dict.fromkeys(
        used, "S"
    )
    assert all(isinstance(to_item(a_session())[name], str) for name in used)


def test_deleting_the_stack_does_not_delete_the_sessions() -> None:
    assert RESOURCES["Table"]["DeletionPolicy"] == RESOURCES["Table"]["UpdateReplacePolicy"] == "Retain"


def test_what_sessions_read_is_encrypted_shut_to_the_public_and_kept_in_one_version() -> None:
    (encryption,) = _BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(_BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(_BUCKET["PublicAccessBlockConfiguration"]) == 4
    assert _BUCKET["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "VersioningConfiguration" not in _BUCKET


def test_what_sessions_read_is_removed_when_their_receipts_say() -> None:
    (rule,) = _BUCKET["LifecycleConfiguration"]["Rules"]
    retention = GLOBALS["Environment"]["Variables"]["RESULT_RETENTION_DAYS"]

    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ResultRetentionDays"})
    assert retention == rule["ExpirationInDays"]
    assert rule.keys() <= {"Id", "Status", "ExpirationInDays"}, "it holds for every object"


def test_no_result_outlives_the_record_of_its_session() -> None:
    link_end = datetime(2026, 3, 14, tzinfo=UTC)
    removed = to_item(replace(a_session(), link_expires_at=link_end))["expires_at"]

    # A session reads its data before its link ends.
    assert timedelta(days=parameter_of("ResultRetentionDays")["MaxValue"]) <= timedelta(
        seconds=removed - link_end.timestamp()
    )


def test_the_bucket_speaks_to_nobody_without_tls() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert target(policy["Bucket"]) == "Results"
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert [target(each) for each in statement["Resource"]] == ["Results", "${Results.Arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_deleting_the_stack_does_not_fail_over_a_bucket_that_is_not_empty() -> None:
    assert RESOURCES["Results"]["DeletionPolicy"] == RESOURCES["Results"]["UpdateReplacePolicy"] == "Retain"


def test_lost_requests_are_encrypted_and_kept_as_long_as_a_queue_can() -> None:
    assert _QUEUES["LostRequests"] == {"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True}


def test_requests_that_wait_are_encrypted_and_leave_time_to_read_them_once_they_are_lost() -> None:
    delayed, lost = _QUEUES["DelayedRequests"], _QUEUES["LostRequests"]

    assert delayed["SqsManagedSseEnabled"] is True
    # A message keeps its age when it is lost.
    assert lost["MessageRetentionPeriod"] - delayed["MessageRetentionPeriod"] >= 7 * 24 * 3600


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_writes_to_its_own_log_group(function: str) -> None:
    assert FUNCTIONS[function]["LoggingConfig"] == {"LogGroup": {"Ref": f"{function}Logs"}}


@pytest.mark.parametrize("group", _LOGS)
def test_no_log_is_kept_for_ever_and_none_is_kept_for_nobody(group: str) -> None:
    assert _LOGS[group] == {"RetentionInDays": {"Ref": "LogRetentionDays"}}
    assert group.removesuffix("Logs") in {*FUNCTIONS, "HttpApi", "Workflow"}


def test_the_workflow_logs_its_failures_without_what_passes_through_it() -> None:
    assert WORKFLOW["Logging"]["IncludeExecutionData"] is False
    assert WORKFLOW["Logging"]["Level"] == "ERROR"
    (destination,) = WORKFLOW["Logging"]["Destinations"]
    assert target(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == "WorkflowLogs"


def test_nothing_has_a_name_that_would_keep_a_second_stack_out() -> None:
    named = [(name, key, value) for name, found in RESOURCES.items() for key, value in _names(found["Properties"])]

    assert [entry for entry in named if isinstance(entry[2], str)] == []


def test_the_workflow_has_the_name_under_which_it_is_started() -> None:
    started = FUNCTIONS["OpenSession"]["Environment"]["Variables"]["STATE_MACHINE_ARN"]

    assert WORKFLOW["Name"] == {"Ref": "AWS::StackName"}
    assert target(started).endswith(":stateMachine:${AWS::StackName}")


def test_no_function_that_the_workflow_calls_needs_the_workflow_to_be_there_first() -> None:
    called = {target(arn) for arn in WORKFLOW["DefinitionSubstitutions"].values()}

    assert [name for name in called if "'Workflow'" in str([RESOURCES[name], RESOURCES[f"{name}Role"]])] == []


@pytest.mark.parametrize("name", [name for name, found in RESOURCES.items() if found["Type"] in _DESCRIBED])
def test_whatever_has_a_description_field_uses_it(name: str) -> None:
    assert len(RESOURCES[name]["Properties"]["Description"]) > 20


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_says_what_it_is_and_what_it_accepts(name: str) -> None:
    parameter = parameter_of(name)

    assert parameter["Description"].endswith(".")
    assert parameter.keys() & {"AllowedPattern", "AllowedValues"} or parameter.keys() >= {"MinValue", "MaxValue"}
    assert ("ConstraintDescription" in parameter) == ("AllowedPattern" in parameter)


@pytest.mark.parametrize("name", [n for n, p in TEMPLATE["Parameters"].items() if "Default" in p])
def test_a_parameters_default_is_one_that_it_accepts(name: str) -> None:
    parameter = parameter_of(name)
    default = parameter["Default"]

    assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(default))
    assert default in parameter.get("AllowedValues", [default])
    assert parameter.get("MinValue", default) <= default <= parameter.get("MaxValue", default)


def test_every_parameter_is_shown_in_one_group_and_used_somewhere() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    body = str({key: part for key, part in TEMPLATE.items() if key not in ("Parameters", "Metadata")})

    assert sorted(shown) == sorted(TEMPLATE["Parameters"])
    assert [name for name in shown if f"'{name}'" not in body and f"${{{name}}}" not in body] == []


def test_the_customer_id_has_no_default_because_it_is_nobodys_guess() -> None:
    assert [name for name in TEMPLATE["Parameters"] if "Default" not in parameter_of(name)] == ["FlinksCustomerId"]


def _names(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Dimensions":
                continue
            if _NAMES.fullmatch(key) and key not in _PARTS:
                yield key, value
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)
