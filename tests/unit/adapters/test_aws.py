"""What AWS says, translated into the domain's words; its messages, which may quote tokens, stay out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.stub import ANY, Stubber

from reconnect.adapters import secrets as secrets_adapter
from reconnect.adapters.dynamodb_sessions import DynamoDbSessions
from reconnect.adapters.event_bus import EventBridgeEvents
from reconnect.adapters.secrets import FlinksCredentials, Secrets
from reconnect.adapters.session_items import to_item
from reconnect.adapters.step_functions import StepFunctionsWorkflow
from reconnect.domain.errors import AnnouncementFailed, LoginHeld, SessionChanged, WorkflowUnavailable
from reconnect.domain.session import Actor, Session, Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, TASK_TOKEN, a_session
from tests.fakes.clock import NOW

MACHINE = "arn:aws:states:ca-central-1:123456789012:stateMachine:reconnect"
EXECUTION = {"executionArn": f"{MACHINE}:{SESSION_ID}", "startDate": "2026-03-14T00:00:00Z"}
SECRET_ARN = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:a-secret-AbCdEf"


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


def start(states: Stubber) -> None:
    StepFunctionsWorkflow(states.client, MACHINE).start(a_session())


def wake(states: Stubber) -> bool:
    return StepFunctionsWorkflow(states.client, MACHINE).wake(TASK_TOKEN, "redirect")


def announce(bus: Stubber) -> None:
    EventBridgeEvents(bus.client, "a-bus").announce("SessionFailed", "an-id", {"sessionId": SESSION_ID})


def test_an_execution_is_started_under_the_sessions_name_and_without_the_login(states: Stubber) -> None:
    session = a_session()
    sent = {"sessionId": SESSION_ID, "linkEndsAt": int(session.link_expires_at.timestamp()), "attempt": 1}
    states.add_response(
        "start_execution",
        EXECUTION,
        {"stateMachineArn": MACHINE, "name": session.execution_name, "input": json.dumps(sent)},
    )

    start(states)

    assert LOGIN_ID not in json.dumps(sent)


def test_an_execution_that_runs_already_is_fine(states: Stubber) -> None:
    states.add_client_error("start_execution", "ExecutionAlreadyExists")

    start(states)


@pytest.mark.parametrize("code", ["ThrottlingException", "ExecutionLimitExceeded", "AccessDeniedException"])
def test_an_execution_that_cannot_start_is_a_workflow_that_is_unavailable(states: Stubber, code: str) -> None:
    states.add_client_error("start_execution", code, service_message=f"about {LOGIN_ID}")

    with pytest.raises(WorkflowUnavailable, match=code) as refused:
        start(states)

    assert LOGIN_ID not in str(refused.value)


def test_a_wake_hands_over_its_cause(states: Stubber) -> None:
    states.add_response("send_task_success", {}, {"taskToken": TASK_TOKEN, "output": '{"cause": "redirect"}'})

    assert wake(states)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_under_which_nobody_waits_wakes_nobody(states: Stubber, code: str) -> None:
    states.add_client_error("send_task_success", code)

    assert not wake(states)


def test_a_wake_that_aws_refuses_never_quotes_the_token(states: Stubber) -> None:
    states.add_client_error("send_task_success", "ThrottlingException", service_message=f"Token {TASK_TOKEN}")

    with pytest.raises(WorkflowUnavailable, match="ThrottlingException") as refused:
        wake(states)

    assert TASK_TOKEN not in str(refused.value)
    assert refused.value.__suppress_context__


def test_an_announcement_carries_its_id_for_consumers_who_hear_it_twice(bus: Stubber) -> None:
    entry = {
        "EventBusName": "a-bus",
        "Source": "reconnect",
        "DetailType": "SessionFailed",
        "Detail": json.dumps({"eventId": "an-id", "sessionId": SESSION_ID}),
    }
    bus.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [entry]})

    announce(bus)


def test_an_entry_that_is_refused_inside_a_200_is_a_failed_announcement(bus: Stubber) -> None:
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}
    bus.add_response("put_events", answer, {"Entries": ANY})

    with pytest.raises(AnnouncementFailed, match="InternalFailure"):
        announce(bus)


def test_a_bus_that_is_not_there_is_a_failed_announcement(bus: Stubber) -> None:
    bus.add_client_error("put_events", "ResourceNotFoundException")

    with pytest.raises(AnnouncementFailed):
        announce(bus)


@pytest.mark.parametrize(
    ("stored", "credentials"),
    [
        ({"secretKey": "a", "xApiKey": "b"}, FlinksCredentials("a", "b")),
        ({"secretKey": "a"}, FlinksCredentials("a", None)),
    ],
)
def test_flinks_keys_are_fetched_once(vault: Stubber, stored: Any, credentials: FlinksCredentials) -> None:
    vault.add_response("get_secret_value", {"SecretString": json.dumps(stored)}, {"SecretId": SECRET_ARN})
    secrets = Secrets(vault.client, flinks_arn=SECRET_ARN)

    assert [secrets.flinks, secrets.flinks] == [credentials, credentials]


def test_the_signing_key_is_fetched_once(vault: Stubber) -> None:
    vault.add_response("get_secret_value", {"SecretString": "a key"}, {"SecretId": SECRET_ARN})
    secrets = Secrets(vault.client, signing_key_arn=SECRET_ARN)

    assert [secrets.signing_key, secrets.signing_key] == [b"a key", b"a key"]


def test_a_secret_that_a_function_was_not_given_is_not_guessed(vault: Stubber) -> None:
    with pytest.raises(LookupError):
        _ = Secrets(vault.client).signing_key


@pytest.fixture
def table() -> Iterator[Stubber]:
    yield from stubbed("dynamodb")


def opening(table: Stubber) -> None:
    DynamoDbSessions(table.client, "a-table", lambda: NOW).open(a_session())


def lose_the_race(table: Stubber, lock: dict[str, Any]) -> None:
    """Another transaction on the same lock is under way, so ours is cancelled; then the lock reads like this."""
    table.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
    )
    table.add_response(
        "get_item", {"Item": lock} if lock else {}, {"TableName": ANY, "Key": ANY, "ConsistentRead": True}
    )


def test_a_race_for_a_login_names_the_session_that_won_it(table: Stubber) -> None:
    lose_the_race(table, {"session_id": {"S": "winner"}, "expires_at": {"N": str(int(NOW.timestamp()) + 60)}})

    with pytest.raises(LoginHeld) as held:
        opening(table)

    assert held.value.session_id == "winner"


@pytest.mark.parametrize("seconds", [None, -60])
def test_a_race_for_a_login_whose_winner_is_not_seen_yet_is_to_be_run_again(
    table: Stubber, seconds: int | None
) -> None:
    """An expired lock still names its last holder, whom nobody should join."""
    lock = {"session_id": {"S": "over"}, "expires_at": {"N": str(int(NOW.timestamp()) + (seconds or 0))}}
    lose_the_race(table, lock if seconds else {})

    with pytest.raises(SessionChanged):
        opening(table)


@pytest.mark.parametrize("secret", ["flinks", "signing_key"])
def test_a_secret_is_read_again_after_five_minutes(
    vault: Stubber, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """A key that was rotated must reach environments that stay warm."""
    for text in ('{"secretKey": "old"}', '{"secretKey": "new"}'):
        vault.add_response("get_secret_value", {"SecretString": text}, {"SecretId": SECRET_ARN})
    now = [7.0]
    monkeypatch.setattr(secrets_adapter.time, "monotonic", lambda: now[0])
    secrets = Secrets(vault.client, flinks_arn=SECRET_ARN, signing_key_arn=SECRET_ARN)

    read = [getattr(secrets, secret)]
    now[0] += 299
    read.append(getattr(secrets, secret))
    now[0] += 1
    read.append(getattr(secrets, secret))

    assert read[0] == read[1] != read[2]
    assert "new" in str(read[2])


@pytest.mark.parametrize(("stored", "secret"), [({}, None), ({"webhookSecret": "w"}, "w")])
def test_the_webhook_secret_is_there_where_it_was_put_in(
    vault: Stubber, stored: dict[str, str], secret: str | None
) -> None:
    text = json.dumps({"secretKey": "a", **stored})
    vault.add_response("get_secret_value", {"SecretString": text}, {"SecretId": SECRET_ARN})

    assert Secrets(vault.client, flinks_arn=SECRET_ARN).flinks.webhook_secret == secret


def save(table: Stubber, session: Session) -> Session:
    return DynamoDbSessions(table.client, "a-table", lambda: NOW).save(session)


def refuse(table: Stubber, item: dict[str, Any] | None) -> None:
    """The write's condition does not hold, because this item stands there."""
    modeled = {"Item": item} if item else {}
    table.add_client_error("put_item", "ConditionalCheckFailedException", modeled_fields=modeled)


def stored(session: Session) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in to_item(session).items()}


READ = replace(a_session(Status.FETCHING), version=7)


def test_a_write_that_meets_a_transaction_is_a_lost_race(table: Stubber) -> None:
    table.add_client_error("put_item", "TransactionConflictException")

    with pytest.raises(SessionChanged):
        save(table, READ)


def test_a_write_whose_answer_was_lost_and_that_the_sdk_repeated_counts_as_written(table: Stubber) -> None:
    refuse(table, stored(replace(READ, version=8)))

    assert save(table, READ) == replace(READ, version=8)


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, version=8, task_token="another"),
        replace(READ, version=9),
        READ.note(at=NOW, actor=Actor.USER, cause="redirected"),
    ],
)
def test_a_write_that_another_writer_overtook_is_refused(table: Stubber, other: Session) -> None:
    refuse(table, stored(other))

    with pytest.raises(SessionChanged):
        save(table, READ)


def test_a_write_to_a_record_that_is_gone_is_refused(table: Stubber) -> None:
    refuse(table, None)

    with pytest.raises(SessionChanged):
        save(table, READ)
