"""What invokes functions besides the API: the bus, the schedule, broken executions, the table's stream, the queue."""

import json
import re

import pytest

from reconnect.adapters.event_bus import SOURCE
from reconnect.rules.endings import EVENT_TYPES
from tests.template.template import FUNCTIONS, RESOURCES, ROLES, TEMPLATE, behind_alias, of_type, target, timeout_of

_PARAMETERS = TEMPLATE["Parameters"]
_RULES = of_type("AWS::Events::Rule")
_PERMISSIONS = of_type("AWS::Lambda::Permission")
_TARGETS = {name: rule["Targets"] for name, rule in _RULES.items()}
_LOST, _BROKEN = "LostRequests", "LostInvocations"
_DELAYED = of_type("AWS::SQS::Queue")["DelayedRequests"]
_MAPPINGS = of_type("AWS::Lambda::EventSourceMapping")
_OUTBOX, _TAKING = _MAPPINGS["Outbox"], _MAPPINGS["TakeDelayedRequests"]


@pytest.mark.parametrize(
    ("rule", "function"),
    [
        ("RefreshRequested", "OpenSession"),
        ("BatchRequested", "OpenBatch"),
        ("EveryMinute", "SweepSessions"),
        ("ExecutionBroken", "SweepSessions"),
    ],
)
def test_a_rule_invokes_one_function_and_has_the_permission(rule: str, function: str) -> None:
    permission = _PERMISSIONS[f"{rule}Permission"]

    assert [behind_alias(entry["Arn"]) for entry in _TARGETS[rule]] == [function]
    assert (behind_alias(permission["FunctionName"]), permission["Action"]) == (function, "lambda:InvokeFunction")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}


def test_there_are_no_other_rules() -> None:
    assert _RULES.keys() == {"RefreshRequested", "BatchRequested", "EveryMinute", "ExecutionBroken"}


@pytest.mark.parametrize("rule", ["RefreshRequested", "BatchRequested"])
def test_any_system_may_request_fresh_data_or_a_batch_on_our_bus(rule: str) -> None:
    assert _RULES[rule]["EventPattern"] == {"detail-type": [rule]}
    assert target(_RULES[rule]["EventBusName"]) == "EventBus"


def test_a_batch_begins_by_itself_only_where_a_schedule_is_given() -> None:
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    target_of, event = schedule["Target"], schedule["Target"]["Input"]["Fn::Sub"]

    assert {RESOURCES[name].get("Condition") for name in ("NightlyBatch", "NightlyBatchRole")} == {"HasBatchSchedule"}
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (
        {"Ref": "BatchSchedule"},
        {"Ref": "BatchScheduleTimeZone"},
    )
    assert _PARAMETERS["BatchSchedule"]["Default"] == ""
    assert behind_alias(target_of["Arn"]) == "OpenBatch"
    shown = json.loads(event.replace("${BatchScheduleInput}", '{"deadline": "06:00"}'))
    assert (shown["id"], shown["detail"]) == ("<aws.scheduler.execution-id>", {"deadline": "06:00"})


def test_the_schedule_of_batches_may_open_them_and_nothing_else() -> None:
    (policy,) = ROLES["NightlyBatchRole"]["Policies"]
    (right,) = policy["PolicyDocument"]["Statement"]
    (trust,) = ROLES["NightlyBatchRole"]["AssumeRolePolicyDocument"]["Statement"]

    assert (right["Action"], behind_alias(right["Resource"])) == ("lambda:InvokeFunction", "OpenBatch")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize(
    ("expression", "is_taken"),
    [("", True), ("cron(0 23 ? * MON-FRI *)", True), ("rate(1 day)", True), ("every night", False), ("cron()", False)],
)
def test_a_schedule_is_an_expression_or_nothing(expression: str, is_taken: bool) -> None:
    assert bool(re.fullmatch(_PARAMETERS["BatchSchedule"]["AllowedPattern"], expression)) is is_taken


def test_the_archive_keeps_what_we_publish_and_no_request() -> None:
    (archive,) = of_type("AWS::Events::Archive").values()

    assert archive["EventPattern"] == {"source": [SOURCE]}
    assert target(archive["SourceArn"]) == "EventBus"
    assert archive["RetentionDays"] == {"Ref": "EventArchiveDays"}


@pytest.mark.parametrize(("rule", "function"), [("RefreshRequested", "OpenSession"), ("BatchRequested", "OpenBatch")])
def test_a_failed_request_from_the_bus_is_kept(rule: str, function: str) -> None:
    (listener,) = _TARGETS[rule]
    failed = FUNCTIONS[function]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]

    assert target(listener["DeadLetterConfig"]["Arn"]) == _LOST
    assert (failed["Type"], target(failed["Destination"])) == ("SQS", _LOST)


@pytest.mark.parametrize("queue", [_LOST, _BROKEN])
def test_the_rules_that_may_write_to_a_queue_are_those_that_keep_lost_events_there(queue: str) -> None:
    policy = of_type("AWS::SQS::QueuePolicy")[f"{queue}Policy"]
    (statement,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    rules = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    allowed = {target(rule) for rule in (rules if isinstance(rules, list) else [rules])}

    assert [target(each) for each in policy["Queues"]] == [queue]
    assert allowed == {
        name for name, (rule, *_) in _TARGETS.items() if target(rule["DeadLetterConfig"]["Arn"]) == queue
    }
    assert (statement["Action"], target(statement["Resource"])) == ("sqs:SendMessage", queue)


def test_no_event_is_dropped_without_a_trace() -> None:
    kept = {name: target(entry["DeadLetterConfig"]["Arn"]) for name, (entry,) in _TARGETS.items()}

    assert kept == {
        "RefreshRequested": _LOST,
        "BatchRequested": _LOST,
        "EveryMinute": _BROKEN,
        "ExecutionBroken": _BROKEN,
    }
    assert target(_OUTBOX["DestinationConfig"]["OnFailure"]["Destination"]) == _BROKEN


def test_a_failed_run_of_the_sweeper_is_not_repeated_beside_the_next_one() -> None:
    assert FUNCTIONS["SweepSessions"]["EventInvokeConfig"] == {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }


def test_a_delayed_request_is_delivered_alone_to_open_session() -> None:
    assert target(_TAKING["EventSourceArn"]) == "DelayedRequests"
    assert target(_TAKING["FunctionName"]) == target(_TARGETS["RefreshRequested"][0]["Arn"])
    assert _TAKING["BatchSize"] == 1
    assert FUNCTIONS["OpenSession"]["Environment"]["Variables"]["DELAYED_REQUESTS_URL"] == {"Ref": "DelayedRequests"}


def test_a_repeatedly_failing_request_is_set_aside_within_hours() -> None:
    again_after, tries = _DELAYED["VisibilityTimeout"], _DELAYED["RedrivePolicy"]["maxReceiveCount"]

    assert target(_DELAYED["RedrivePolicy"]["deadLetterTargetArn"]) == _LOST
    # At least the hour for which EventBridge retries. AWS recommends five receives, because throttled ones count.
    assert tries >= 5
    assert 3600 <= again_after * tries <= 4 * 3600


def test_a_message_is_hidden_for_six_times_its_functions_timeout() -> None:
    assert _DELAYED["VisibilityTimeout"] >= 6 * timeout_of("OpenSession")


def test_the_sweeper_runs_every_minute_without_retries() -> None:
    (sweep,) = _TARGETS["EveryMinute"]

    assert _RULES["EveryMinute"]["ScheduleExpression"] == "rate(1 minute)"
    assert json.loads(sweep["Input"]) == {}
    assert sweep["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_the_sweeper_is_invoked_for_every_broken_execution() -> None:
    assert _RULES["ExecutionBroken"]["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [{"Ref": "Workflow"}], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }
    assert "Input" not in _TARGETS["ExecutionBroken"][0]


@pytest.mark.parametrize("rule", ["EveryMinute", "ExecutionBroken"])
def test_events_from_aws_arrive_on_the_default_bus(rule: str) -> None:
    assert "EventBusName" not in _RULES[rule]


def test_deliver_events_reads_the_tables_stream_from_its_beginning() -> None:
    assert _OUTBOX["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert behind_alias(_OUTBOX["FunctionName"]) == "DeliverEvents"
    assert _OUTBOX["StartingPosition"] == "TRIM_HORIZON"


def test_a_failed_delivery_is_retried_in_order_until_the_stream_ends() -> None:
    assert _OUTBOX["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert _OUTBOX["BisectBatchOnFunctionError"] is True
    # By default retries are unlimited, and each shard has one reader at a time.
    assert not _OUTBOX.keys() & {"MaximumRetryAttempts", "ParallelizationFactor"}
    # The stream keeps a day: an older record could not be kept track of.
    assert 23 * 3600 <= _OUTBOX["MaximumRecordAgeInSeconds"] < 24 * 3600


def test_only_writes_with_an_event_invoke_the_function() -> None:
    (chosen,) = _OUTBOX["FilterCriteria"]["Filters"]

    assert json.loads(chosen["Pattern"]) == {"dynamodb": {"NewImage": {"announcement": {"S": [{"exists": True}]}}}}
    assert RESOURCES["Table"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_endings_are_counted_apart_from_the_events_and_many_at_once() -> None:
    counted = _MAPPINGS["EndingsCounted"]
    (pattern,) = counted["FilterCriteria"]["Filters"]

    assert counted["EventSourceArn"] == _OUTBOX["EventSourceArn"]
    assert behind_alias(counted["FunctionName"]) == "RollUpEndings"
    assert (counted["BatchSize"], counted["MaximumBatchingWindowInSeconds"]) == (500, 300)
    # Half of the time for which a batch that was counted is remembered.
    assert counted["MaximumBatchingWindowInSeconds"] < 30 * 60
    assert target(counted["DestinationConfig"]["OnFailure"]["Destination"]) == _BROKEN
    assert json.loads(pattern["Pattern"])["dynamodb"]["NewImage"]["announcement"]["S"] == list(EVENT_TYPES.values())
