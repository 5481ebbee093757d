"""The closed list of what the template may contain: an addition that grants something is a change of this list."""

import json
from typing import Any

import pytest

from reconnect.runtime.settings import Settings
from tests.template.template import GLOBALS, RESOURCES, ROLES, ROUTES, TEMPLATE, of_type, parameter_of, target
from tests.template.wired import settings_of

# Every type of resource, with the properties that its resources may have.
_MAY_SAY = {
    "AWS::ApiGatewayV2::Api": "Description Name ProtocolType",
    "AWS::ApiGatewayV2::ApiMapping": "ApiId DomainName Stage",
    "AWS::ApiGatewayV2::DomainName": "DomainName DomainNameConfigurations",
    "AWS::ApiGatewayV2::Integration": "ApiId CredentialsArn IntegrationType IntegrationUri PayloadFormatVersion",
    "AWS::ApiGatewayV2::Route": "ApiId AuthorizationType RouteKey Target",
    "AWS::ApiGatewayV2::Stage": "AccessLogSettings ApiId AutoDeploy DefaultRouteSettings RouteSettings StageName",
    "AWS::CloudWatch::Alarm": (
        "AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions EvaluationPeriods "
        "MetricName Metrics Namespace OKActions Period Statistic Threshold TreatMissingData"
    ),
    "AWS::CloudWatch::CompositeAlarm": "AlarmActions AlarmDescription AlarmRule OKActions",
    "AWS::CloudWatch::Dashboard": "DashboardBody DashboardName",
    "AWS::DynamoDB::Table": (
        "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema "
        "PointInTimeRecoverySpecification SSESpecification StreamSpecification TimeToLiveSpecification"
    ),
    "AWS::Events::Archive": "Description EventPattern RetentionDays SourceArn",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Description EventBusName EventPattern ScheduleExpression Targets",
    "AWS::IAM::Role": "AssumeRolePolicyDocument Policies",
    "AWS::Lambda::EventSourceMapping": (
        "BatchSize BisectBatchOnFunctionError DestinationConfig EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds ScalingConfig StartingPosition"
    ),
    "AWS::Lambda::Permission": "Action FunctionName Principal SourceArn",
    "AWS::Logs::LogGroup": "KmsKeyId LogGroupName RetentionInDays",
    "AWS::Logs::QueryDefinition": "LogGroupNames Name QueryString",
    "AWS::Route53::RecordSet": "AliasTarget HostedZoneId Name Type",
    "AWS::S3::Bucket": (
        "BucketEncryption LifecycleConfiguration LoggingConfiguration OwnershipControls PublicAccessBlockConfiguration"
    ),
    "AWS::S3::BucketPolicy": "Bucket PolicyDocument",
    "AWS::SQS::Queue": "KmsMasterKeyId MessageRetentionPeriod RedrivePolicy SqsManagedSseEnabled VisibilityTimeout",
    "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
    "AWS::Scheduler::Schedule": ("Description FlexibleTimeWindow ScheduleExpression ScheduleExpressionTimezone Target"),
    "AWS::SecretsManager::Secret": "Description GenerateSecretString KmsKeyId",
    "AWS::Serverless::Function": (
        "AutoPublishAliasAllProperties CodeUri Description Environment EventInvokeConfig LoggingConfig "
        "MemorySize ReservedConcurrentExecutions Role Timeout"
    ),
    "AWS::Serverless::LayerVersion": (
        "CompatibleArchitectures CompatibleRuntimes ContentUri Description PublishLambdaVersion RetentionPolicy"
    ),
    "AWS::Serverless::StateMachine": (
        "AutoPublishAlias DefinitionSubstitutions DefinitionUri DeploymentPreference Logging Name Role Type"
    ),
}
_ATTRIBUTES = {"Type", "Condition", "DependsOn", "Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}
_GLOBALS = {
    *("Architectures", "AutoPublishAlias", "DeploymentPreference", "Environment", "Handler", "KmsKeyArn", "Layers"),
    *("MemorySize", "Runtime", "Timeout"),
}
# Endpoints without a signature of AWS: what they take is signed by us or by Flinks.
_ANONYMOUS = {
    "GET /redirect/{state}",
    "GET /connect/{link}",
    "HEAD /connect/{link}",
    "GET /c/{link}",
    "HEAD /c/{link}",
    "$default",
    "GET /connect/{link}/status",
    "POST /connect/{link}/attempts",
    "POST /connect/{link}/events",
    "POST /webhooks/flinks",
}
# The lowest and the highest value that a deployer may choose. Each end is a promise that something else keeps: a wider
# one needs that something, a narrower one breaks a deployment.
_BOUNDS = {
    "AttemptLifetimeSeconds": (1, 900),
    "AttendedSharePercent": (0, 100),
    "BackstopIntervalSeconds": (1, 45),
    "BatchTickSeconds": (1, 60),
    "ClockSkewSeconds": (0, 86400),
    "CompletenessPolls": (0, 30),
    "ContactIntervalDays": (0, 90),
    "CooldownSeconds": (0, 86400),
    "EventArchiveDays": (0, 3653),
    "FetchIntervalSeconds": (0, 60),
    "FlinksLongTimeoutSeconds": (1, 220),
    "FlinksRequestsPerSecond": (0, 1000),
    "FlinksTimeoutSeconds": (1, 25),
    "BankBreakerFailures": (2, 10),
    "BankOutageHours": (0, 48),
    "BankProbeSeconds": (1, 3600),
    "LinkAttemptsPerDay": (1, 100),
    "LinkLifetimeHours": (1, 720),
    "LockoutGuardFailures": (1, 10),
    "LockoutGuardSeconds": (0, 604800),
    "PageConcurrency": (0, 1000),
    "PagePollSeconds": (1, 45),
    "PageTimeoutSeconds": (1, 12),
    "PollIntervalSeconds": (0, 60),
    "PollWindowSeconds": (0, 25),
    "PublicRequestsPerSecond": (1, 5000),
    "RequestMemoryMegabytes": (256, 3008),
    "ResultRetentionDays": (1, 30),
    "ReturnConcurrency": (0, 1000),
    "SessionRetentionDays": (31, 3653),
    "SignedRequestsPerSecond": (1, 5000),
    "StartWindowSeconds": (0, 20),
    "SweepBudgetSeconds": (10, 55),
    "SweeperConcurrency": (0, 10),
    "TryLaterSeconds": (0, 3600),
    "UnattendedIntervalSeconds": (1, 45),
    "WorkerConcurrency": (0, 1000),
    "WorkerMemoryMegabytes": (128, 3008),
}


def test_the_template_has_only_resources_of_known_types() -> None:
    assert {found["Type"] for found in RESOURCES.values()} == _MAY_SAY.keys()


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_says_only_what_its_type_may(name: str) -> None:
    resource = RESOURCES[name]

    assert resource.keys() <= _ATTRIBUTES
    assert resource["Properties"].keys() <= set(_MAY_SAY[resource["Type"]].split())


@pytest.mark.parametrize("kind", _MAY_SAY)
def test_nothing_in_the_list_is_unused(kind: str) -> None:
    assert {name for found in of_type(kind).values() for name in found} == set(_MAY_SAY[kind].split())


def test_all_functions_share_a_known_set_of_properties() -> None:
    assert TEMPLATE["Globals"].keys() == {"Function"}
    assert GLOBALS.keys() == _GLOBALS


def test_a_role_has_one_policy_and_nothing_else() -> None:
    for role in ROLES.values():
        (policy,) = role["Policies"]
        assert policy["PolicyName"] == "Calls"
        assert policy["PolicyDocument"].keys() == role["AssumeRolePolicyDocument"].keys() == {"Version", "Statement"}


def test_only_known_endpoints_are_anonymous() -> None:
    by_authorization: dict[str, set[str]] = {}
    for route in ROUTES.values():
        by_authorization.setdefault(route["AuthorizationType"], set()).add(route["RouteKey"])

    assert by_authorization.keys() == {"AWS_IAM", "NONE"}
    assert by_authorization["NONE"] == _ANONYMOUS


def test_only_archive_schedule_and_the_parts_of_a_domain_depend_on_a_condition() -> None:
    conditions = {name: found["Condition"] for name, found in RESOURCES.items() if "Condition" in found}

    assert conditions == {
        "EventArchive": "HasEventArchive",
        "HttpApiDomain": "HasDomain",
        "HttpApiMapping": "HasDomain",
        "HttpApiRecord": "HasHostedZone",
        "NightlyBatch": "HasBatchSchedule",
        "NightlyBatchRole": "HasBatchSchedule",
    }


def test_a_function_can_be_invoked_by_its_rule_and_nobody_else() -> None:
    allowed = {
        tuple(target(permission[key]) for key in ("FunctionName", "Action", "Principal", "SourceArn"))
        for permission in of_type("AWS::Lambda::Permission").values()
    }

    assert allowed == {
        (f"{function}Aliaslive", "lambda:InvokeFunction", "events.amazonaws.com", rule)
        for function, rule in (
            ("OpenSession", "RefreshRequested"),
            ("OpenBatch", "BatchRequested"),
            ("SweepSessions", "EveryMinute"),
            ("SweepSessions", "ExecutionBroken"),
        )
    }


def test_policies_of_resources_allow_one_thing_and_demand_tls() -> None:
    said: dict[str, list[dict[str, Any]]] = {}
    for kind, key in (("AWS::S3::BucketPolicy", "Bucket"), ("AWS::SQS::QueuePolicy", "Queues")):
        for policy in of_type(kind).values():
            place = policy[key] if key == "Bucket" else policy[key][0]
            said[target(place)] = policy["PolicyDocument"]["Statement"]

    assert said.keys() == {"Results", *of_type("AWS::SQS::Queue")}
    allowed = [statement for statements in said.values() for statement in statements if statement["Effect"] == "Allow"]
    assert allowed == [
        _only_from("LostRequests", [{"Fn::GetAtt": [rule, "Arn"]} for rule in ("RefreshRequested", "BatchRequested")]),
        _only_from("LostInvocations", [{"Fn::GetAtt": [rule, "Arn"]} for rule in ("EveryMinute", "ExecutionBroken")]),
    ]
    for place, statements in said.items():
        (denied,) = [statement for statement in statements if statement["Effect"] == "Deny"]
        assert (denied["Principal"], denied["Condition"]) == ("*", {"Bool": {"aws:SecureTransport": "false"}})
        assert denied["Action"] in {"s3:*", "sqs:*"}
        assert f'"{place}"' in json.dumps(denied["Resource"])


def _only_from(queue: str, rules: object) -> dict[str, Any]:
    """What lets these rules, and nothing else, write to a queue."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": [queue, "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
    }


def test_every_number_has_known_bounds() -> None:
    numbers = {name: found for name, found in TEMPLATE["Parameters"].items() if "MinValue" in found}

    assert {name: (found["MinValue"], found["MaxValue"]) for name, found in numbers.items()} == _BOUNDS


@pytest.mark.parametrize("parameter", _BOUNDS)
def test_the_code_accepts_a_number_at_both_of_its_bounds(parameter: str) -> None:
    variables = {name: target(value) for name, value in GLOBALS["Environment"]["Variables"].items()}
    names = [name for name, value in variables.items() if value == parameter]

    for bound in ("MinValue", "MaxValue"):
        changed = {**settings_of("SweepSessions"), **{name: str(parameter_of(parameter)[bound]) for name in names}}
        settings = Settings.from_env(changed)
        assert settings.pacing() and settings.cooldowns() and settings.admission() and settings.contact()


def test_secrets_are_generated_and_never_parameters() -> None:
    assert all("GenerateSecretString" in secret for secret in of_type("AWS::SecretsManager::Secret").values())
    assert [name for name, parameter in TEMPLATE["Parameters"].items() if "NoEcho" in parameter] == []
