"""Storage, logs, resource names, and the deployer's parameters."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.model.session import WAITING, Actor, Session, Status, TimelineEntry
from reconnect.model.shelves import UNHAPPY
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.template.template import (
    FUNCTIONS,
    GLOBALS,
    MACHINES,
    RESOURCES,
    TEMPLATE,
    behind_alias,
    of_type,
    parameter_of,
    target,
)

_LOGS = of_type("AWS::Logs::LogGroup")
(_TABLE,) = of_type("AWS::DynamoDB::Table").values()
_INDEXES = {
    index["IndexName"]: {key["KeyType"]: key["AttributeName"] for key in index["KeySchema"]}
    for index in _TABLE["GlobalSecondaryIndexes"]
}
# The groups that a service of AWS writes to. With this prefix they take no place in the account's one resource policy.
_VENDED = {
    "HttpApiLogs": "/aws/vendedlogs/apis/${AWS::StackName}",
    "WorkflowLogs": "/aws/vendedlogs/states/${AWS::StackName}",
    "BatchWorkflowLogs": "/aws/vendedlogs/states/${AWS::StackName}-batches",
}
_QUEUES = of_type("AWS::SQS::Queue")
(_BUCKET,) = of_type("AWS::S3::Bucket").values()
_DESCRIBED = ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::SecretsManager::Secret")
_NOTHING = {"Ref": "AWS::NoValue"}
_NAMES = re.compile(r"(Name|.+Name)")
# These name parts of a resource, or the metric it watches, so they cannot collide with another stack.
_PARTS = {"AttributeName", "IndexName", "StageName", "PolicyName", "MetricName", "DestinationBucketName"}


def test_the_table_is_on_demand_with_ttl_encryption_and_backups() -> None:
    assert _TABLE["BillingMode"] == "PAY_PER_REQUEST"
    assert _TABLE["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert _TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert _TABLE["SSESpecification"]["SSEEnabled"] is True
    assert _TABLE["DeletionProtectionEnabled"] is True


def test_the_due_index_has_the_keys_that_only_live_sessions_have() -> None:
    written, over = to_item(a_session()), to_item(a_session(Status.SUCCEEDED))

    assert _INDEXES["due"] == {"HASH": "live", "RANGE": "due_at"}
    assert set(_INDEXES["due"].values()) <= written.keys()
    assert not set(_INDEXES["due"].values()) & over.keys()


def test_the_login_index_has_a_key_that_every_session_has() -> None:
    assert _INDEXES["login"] == {"HASH": "login"}
    assert all("login" in to_item(a_session(status)) for status in Status)


def test_an_index_holds_nothing_but_keys() -> None:
    assert _INDEXES.keys() == {"due", "login", "shelf"}
    assert all(index["Projection"] == {"ProjectionType": "KEYS_ONLY"} for index in _TABLE["GlobalSecondaryIndexes"])


def test_every_key_is_a_string_that_the_adapters_write() -> None:
    used = {key["AttributeName"] for part in (_TABLE, *_TABLE["GlobalSecondaryIndexes"]) for key in part["KeySchema"]}

    assert {part["AttributeName"]: part["AttributeType"] for part in _TABLE["AttributeDefinitions"]} == dict.fromkeys(
        used, "S"
    )
    written = {**to_item(a_session()), **to_item(a_session(Status.AWAITING_USER))}
    assert all(isinstance(written[name], str) for name in used)


def test_the_shelf_index_has_keys_that_an_ordinary_session_never_has() -> None:
    keys = set(_INDEXES["shelf"].values())
    shelved = {status for status in Status if keys <= to_item(an_ended_session(status)).keys()}

    assert _INDEXES["shelf"] == {"HASH": "shelf", "RANGE": "shelf_place"}
    assert shelved == {*WAITING, *UNHAPPY}


def an_ended_session(status: Status) -> Session:
    session = a_session(status)
    return replace(session, timeline=(*session.timeline, TimelineEntry(NOW, Actor.SERVICE, "moved", status)))


def test_all_that_is_kept_is_encrypted_with_the_deployers_key_if_there_is_one() -> None:
    key = _with_a_key({"Ref": "KmsKeyArn"}, _NOTHING)
    (bucket,) = _BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert _TABLE["SSESpecification"]["KMSMasterKeyId"] == key
    assert _TABLE["SSESpecification"]["SSEType"] == _with_a_key("KMS", _NOTHING)
    assert bucket["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert bucket["BucketKeyEnabled"] == _with_a_key(True, _NOTHING)
    assert [queue["KmsMasterKeyId"] for queue in _QUEUES.values()] == [key] * len(_QUEUES)
    assert [group["KmsKeyId"] for group in _LOGS.values()] == [key] * len(_LOGS)
    secrets = of_type("AWS::SecretsManager::Secret").values()
    assert [secret["KmsKeyId"] for secret in secrets] == [key] * len(secrets)
    assert GLOBALS["KmsKeyArn"] == key


def test_a_key_is_no_alias_because_permissions_do_not_follow_one() -> None:
    accepted, arn = parameter_of("KmsKeyArn")["AllowedPattern"], "arn:aws:kms:ca-central-1:123456789012"

    assert re.fullmatch(accepted, f"{arn}:key/01234567-89ab-cdef-0123-456789abcdef")
    assert re.fullmatch(accepted, "")
    assert not re.fullmatch(accepted, f"{arn}:alias/reconnect")


def test_deleting_the_stack_does_not_delete_the_sessions() -> None:
    # A stack whose first deploy fails leaves nothing behind.
    assert RESOURCES["Table"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES["Table"]["UpdateReplacePolicy"] == "Retain"


def test_results_are_encrypted_private_and_unversioned() -> None:
    (encryption,) = _BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == _with_a_key("aws:kms", "AES256")
    assert set(_BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(_BUCKET["PublicAccessBlockConfiguration"]) == 4
    assert _BUCKET["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "VersioningConfiguration" not in _BUCKET


def test_results_expire_when_their_receipts_say() -> None:
    (rule,) = _BUCKET["LifecycleConfiguration"]["Rules"]
    retention = GLOBALS["Environment"]["Variables"]["RESULT_RETENTION_DAYS"]

    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ResultRetentionDays"})
    assert retention == rule["ExpirationInDays"]
    assert rule.keys() <= {"Id", "Status", "ExpirationInDays"}, "it holds for every object"


def test_no_result_outlives_the_record_of_its_session() -> None:
    # S3 removes an object at the midnight after its time; the record is written anew with each read.
    days = parameter_of("SessionRetentionDays")["MinValue"] - parameter_of("ResultRetentionDays")["MaxValue"]

    assert days >= 1
    assert GLOBALS["Environment"]["Variables"]["SESSION_RETENTION_DAYS"] == {"Ref": "SessionRetentionDays"}


def test_the_bucket_denies_requests_without_tls() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert target(policy["Bucket"]) == "Results"
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert [target(each) for each in statement["Resource"]] == ["Results", "${Results.Arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_deleting_the_stack_keeps_the_bucket() -> None:
    assert RESOURCES["Results"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES["Results"]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("queue", ["LostRequests", "LostInvocations"])
def test_lost_events_are_encrypted_and_kept_for_14_days(queue: str) -> None:
    assert _QUEUES[queue]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert _QUEUES[queue]["SqsManagedSseEnabled"] == _with_a_key(_NOTHING, True)


def test_delayed_requests_leave_a_week_to_read_them_once_lost() -> None:
    delayed, lost = _QUEUES["DelayedRequests"], _QUEUES["LostRequests"]

    assert delayed["SqsManagedSseEnabled"] == _with_a_key(_NOTHING, True)
    # A message keeps its age when it is lost.
    assert lost["MessageRetentionPeriod"] - delayed["MessageRetentionPeriod"] >= 7 * 24 * 3600


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_writes_to_its_own_log_group(function: str) -> None:
    assert FUNCTIONS[function]["LoggingConfig"] == {"LogGroup": {"Ref": f"{function}Logs"}}


@pytest.mark.parametrize("group", _LOGS)
def test_every_log_group_has_a_retention_and_a_writer(group: str) -> None:
    assert _LOGS[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert _LOGS[group].get("LogGroupName") == ({"Fn::Sub": _VENDED[group]} if group in _VENDED else None)
    assert group.removesuffix("Logs") in {*FUNCTIONS, *MACHINES, "HttpApi"}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_workflow_logs_failures_without_execution_data(machine: str) -> None:
    logging = MACHINES[machine]["Logging"]

    assert logging["IncludeExecutionData"] is False
    assert logging["Level"] == {"Ref": "WorkflowLogLevel"}
    assert parameter_of("WorkflowLogLevel")["Default"] == "ERROR"
    (destination,) = logging["Destinations"]
    assert target(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == f"{machine}Logs"


def test_no_fixed_name_prevents_a_second_stack() -> None:
    named = [(name, key, value) for name, found in RESOURCES.items() for key, value in _names(found["Properties"])]

    assert [entry for entry in named if isinstance(entry[2], str)] == []


def test_a_workflow_has_the_name_that_starts_it() -> None:
    for function, variable in (("OpenSession", "STATE_MACHINE_ARN"), ("RunBatch", "STATE_MACHINE_ARN")):
        started = FUNCTIONS[function]["Environment"]["Variables"][variable]
        assert target(started).endswith(":stateMachine:${AWS::StackName}:live")
    for function in ("OpenBatch", "RunBatch"):
        started = FUNCTIONS[function]["Environment"]["Variables"]["BATCH_MACHINE_ARN"]
        assert target(started).endswith(":stateMachine:${AWS::StackName}-batches:live")

    assert MACHINES["Workflow"]["Name"] == {"Ref": "AWS::StackName"}
    assert MACHINES["BatchWorkflow"]["Name"] == {"Fn::Sub": "${AWS::StackName}-batches"}


@pytest.mark.parametrize("machine", MACHINES)
def test_no_function_of_a_workflow_depends_on_it(machine: str) -> None:
    called = {behind_alias(arn) for arn in MACHINES[machine]["DefinitionSubstitutions"].values()}

    assert [name for name in called if f"'{machine}'" in str([RESOURCES[name], RESOURCES[f"{name}Role"]])] == []


@pytest.mark.parametrize("name", [name for name, found in RESOURCES.items() if found["Type"] in _DESCRIBED])
def test_every_describable_resource_has_a_description(name: str) -> None:
    assert len(RESOURCES[name]["Properties"]["Description"]) > 20


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_has_a_description_and_accepted_values(name: str) -> None:
    parameter = parameter_of(name)

    assert parameter["Description"].endswith(".")
    assert parameter.keys() & {"AllowedPattern", "AllowedValues"} or parameter.keys() >= {"MinValue", "MaxValue"}
    assert ("ConstraintDescription" in parameter) == ("AllowedPattern" in parameter)


@pytest.mark.parametrize("name", [n for n, p in TEMPLATE["Parameters"].items() if "Default" in p])
def test_a_parameters_default_is_accepted(name: str) -> None:
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


def test_the_customer_id_has_no_default() -> None:
    assert [name for name in TEMPLATE["Parameters"] if "Default" not in parameter_of(name)] == ["FlinksCustomerId"]


def _with_a_key(given: Any, none: Any) -> Any:
    """What a property is with the deployer's key, and without one."""
    return {"Fn::If": ["HasKmsKey", given, none]}


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
