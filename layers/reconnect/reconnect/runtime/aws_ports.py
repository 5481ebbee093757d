"""The domain's ports, each with its adapter, made on first use and kept for the Lambda environment.

This is the only module that imports adapters, and it does so lazily, so that a function pays for no other's.
"""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconnect.model.session import Session
from reconnect.ports import Claims, DelayQueue, Events, Flinks, Logins, Results, Sessions, Workflow
from reconnect.runtime import settings
from reconnect.runtime.observability import count

if TYPE_CHECKING:
    from reconnect.adapters.secrets import Secrets


class Stores(NamedTuple):
    """What is kept in the table."""

    sessions: Sessions
    logins: Logins
    claims: Claims


def now() -> datetime:
    """The port `Clock`."""
    return datetime.now(UTC)


@cache
def stores() -> Stores:
    """The ports `Sessions`, `Logins` and `Claims`."""
    from reconnect.adapters.dynamodb.logins import DynamoDbClaims, DynamoDbLogins  # noqa: PLC0415
    from reconnect.adapters.dynamodb.sessions import DynamoDbSessions  # noqa: PLC0415
    from reconnect.adapters.dynamodb.table import Table  # noqa: PLC0415

    table = Table(_client("dynamodb"), settings.TableSettings.from_env().table_name)
    return Stores(DynamoDbSessions(table, now), DynamoDbLogins(table, now), DynamoDbClaims(table, now))


def session_of_image(image: dict[str, Any]) -> Session:
    """The session that the table's stream shows."""
    from reconnect.adapters.dynamodb.session_items import from_item  # noqa: PLC0415
    from reconnect.adapters.dynamodb.table import unmarshal  # noqa: PLC0415

    return from_item(unmarshal(image))


@cache
def flinks() -> Flinks:
    """The port `Flinks`."""
    from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings  # noqa: PLC0415

    api = settings.FlinksApiSettings.from_env()
    secrets = flinks_secrets()
    return FlinksClient(
        FlinksSettings(
            base_url=api.flinks_api_base_url,
            customer_id=api.flinks_customer_id,
            mode=api.flinks_authorize_mode,
            status_call=api.flinks_status_call,
            read_timeout=api.flinks_timeout_seconds,
            long_timeout=api.flinks_long_timeout_seconds,
        ),
        lambda: secrets.flinks,
        count,
    )


@cache
def flinks_secrets() -> "Secrets":
    """The secret that Flinks gave."""
    from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

    arn = settings.FlinksSecretSettings.from_env().flinks_secret_arn
    return Secrets(_client("secretsmanager"), flinks_arn=arn)


@cache
def signing_secrets() -> "Secrets":
    """The secret under which links and redirect states are signed."""
    from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

    return Secrets(_client("secretsmanager"), signing_key_arn=settings.SigningSettings.from_env().signing_key_arn)


@cache
def workflow() -> Workflow:
    """The port `Workflow`."""
    from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

    return StepFunctionsWorkflow(_client("stepfunctions"), settings.WorkflowSettings.from_env().state_machine_arn)


@cache
def workflow_by_token() -> Workflow:
    """The same for whoever only wakes: SendTaskSuccess addresses a token, so no ARN is given to them."""
    from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

    return StepFunctionsWorkflow(_client("stepfunctions"), state_machine_arn="")


@cache
def events() -> Events:
    """The port `Events`."""
    from reconnect.adapters.event_bus import EventBridgeEvents  # noqa: PLC0415

    return EventBridgeEvents(_client("events"), settings.EventSettings.from_env().event_bus_name)


@cache
def delay_queue() -> DelayQueue:
    """The port `DelayQueue`."""
    from reconnect.adapters.sqs_delay_queue import SqsDelayQueue  # noqa: PLC0415

    return SqsDelayQueue(_client("sqs"), settings.DelaySettings.from_env().delayed_requests_url)


@cache
def results() -> Results:
    """The port `Results`."""
    from reconnect.adapters.s3_results import S3_CONFIG, S3Results  # noqa: PLC0415

    return S3Results(_client("s3", config=S3_CONFIG), settings.BucketSettings.from_env().results_bucket)


def _client(service: str, **options: Any) -> Any:
    import boto3  # noqa: PLC0415

    return boto3.client(service, **options)  # type: ignore[call-overload]
