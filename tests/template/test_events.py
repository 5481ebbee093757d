"""What runs without anybody at a door: the bus, the schedule, executions that broke, the table's stream."""

import json

import pytest

from tests.template.template import FUNCTIONS, RESOURCES, of_type, target, timeout_of

_RULES = of_type("AWS::Events::Rule")
_PERMISSIONS = of_type("AWS::Lambda::Permission")
_TARGETS = {name: rule["Targets"] for name, rule in _RULES.items()}
_LOST = "LostRequests"
_DELAYED = of_type("AWS::SQS::Queue")["DelayedRequests"]
_MAPPINGS = of_type("AWS::Lambda::EventSourceMapping")
_OUTBOX, _TAKING = _MAPPINGS["Outbox"], _MAPPINGS["TakeDelayedRequests"]


@pytest.mark.parametrize(
    ("rule", "function"),
    [("RefreshRequested", "OpenSession"), ("EveryMinute", "SweepSessions"), ("ExecutionBroke", "SweepSessions")],
)
def test_a_rule_invokes_one_function_and_may(rule: str, function: str) -> None:
    permission = _PERMISSIONS[f"{rule}Permission"]

    assert [target(entry["Arn"]) for entry in _TARGETS[rule]] == [function]
    assert (target(permission["FunctionName"]), permission["Action"]) == (function, "lambda:InvokeFunction")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}


def test_there_are_no_other_rules() -> None:
    assert _RULES.keys() == {"RefreshRequested", "EveryMinute", "ExecutionBroke"}


def test_anybody_may_ask_for_fresh_data_on_the_services_own_bus() -> None:
    assert _RULES["RefreshRequested"]["EventPattern"] == {"detail-type": ["RefreshRequested"]}
    assert target(_RULES["RefreshRequested"]["EventBusName"]) == "EventBus"


def test_a_request_on_the_bus_that_cannot_be_taken_is_kept() -> None:
    (listener,) = _TARGETS["RefreshRequested"]
    failed = FUNCTIONS["OpenSession"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]

    assert target(listener["DeadLetterConfig"]["Arn"]) == _LOST
    assert (failed["Type"], target(failed["Destination"])) == ("SQS", _LOST)


def test_only_that_rule_may_write_to_the_queue_of_lost_requests() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["RefreshRequested", "Arn"]}}}
    assert (statement["Action"], target(statement["Resource"])) == ("sqs:SendMessage", _LOST)


def test_a_request_that_waits_comes_back_to_the_function_that_takes_it_alone_in_its_batch() -> None:
    assert target(_TAKING["EventSourceArn"]) == "DelayedRequests"
    assert target(_TAKING["FunctionName"]) == target(_TARGETS["RefreshRequested"][0]["Arn"])
    assert _TAKING["BatchSize"] == 1
    assert FUNCTIONS["OpenSession"]["Environment"]["Variables"]["DELAYED_REQUESTS_URL"] == {"Ref": "DelayedRequests"}


def test_a_request_that_fails_again_and_again_is_lost_within_hours_and_then_kept() -> None:
    again_after, tries = _DELAYED["VisibilityTimeout"], _DELAYED["RedrivePolicy"]["maxReceiveCount"]

    assert target(_DELAYED["RedrivePolicy"]["deadLetterTargetArn"]) == _LOST
    # As long as EventBridge tries, an hour; AWS asks for five tries at least, because a throttled one counts, too.
    assert tries >= 5
    assert 3600 <= again_after * tries <= 4 * 3600


def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_run() -> None:
    assert _DELAYED["VisibilityTimeout"] >= 6 * timeout_of("OpenSession")


def test_the_sweeper_looks_every_minute_and_a_missed_minute_is_not_made_up_for() -> None:
    (sweep,) = _TARGETS["EveryMinute"]

    assert _RULES["EveryMinute"]["ScheduleExpression"] == "rate(1 minute)"
    assert json.loads(sweep["Input"]) == {}
    assert sweep["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_the_sweeper_hears_of_every_execution_of_ours_that_did_not_come_to_its_end() -> None:
    assert _RULES["ExecutionBroke"]["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [{"Ref": "Workflow"}], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }
    assert "Input" not in _TARGETS["ExecutionBroke"][0]


@pytest.mark.parametrize("rule", ["EveryMinute", "ExecutionBroke"])
def test_what_aws_itself_tells_comes_on_the_default_bus(rule: str) -> None:
    assert "EventBusName" not in _RULES[rule]


def test_the_tables_stream_is_read_from_its_beginning_by_the_function_that_announces() -> None:
    assert _OUTBOX["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert target(_OUTBOX["FunctionName"]) == "DeliverEvents"
    assert _OUTBOX["StartingPosition"] == "TRIM_HORIZON"


def test_what_the_bus_did_not_take_comes_again_and_in_order_for_as_long_as_the_stream_keeps_it() -> None:
    assert _OUTBOX["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert _OUTBOX["BisectBatchOnFunctionError"] is True
    # By default nothing is given up, and a shard is read by one at a time.
    given_up = {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor"}
    assert not _OUTBOX.keys() & given_up


def test_only_writes_that_announce_something_wake_anybody() -> None:
    (chosen,) = _OUTBOX["FilterCriteria"]["Filters"]

    assert json.loads(chosen["Pattern"]) == {"dynamodb": {"NewImage": {"announcement": {"S": [{"exists": True}]}}}}
    assert RESOURCES["Table"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
