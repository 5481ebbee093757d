"""The ports over AWS and Flinks, each with its adapter, made on first use and kept for the Lambda environment.

This is the only module that imports adapters, and it does so lazily, so that a function loads only its own.
"""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconnect import ports
from reconnect.model.signing import Keys
from reconnect.model.timestamps import to_millisecond
from reconnect.runtime.in_threads import in_threads
from reconnect.runtime.observability import count, measure
from reconnect.runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from reconnect.adapters.dynamodb.table import Table
    from reconnect.adapters.secrets import FlinksKeys, Secret
    from reconnect.model.report_row import ReportFormat
    from reconnect.ports.batches import ReportForm

MakeClient = Callable[..., Any]


def boto3_client(service: str, config: "Config | None" = None) -> Any:
    """Return the client of an AWS service, in the function's region and with its role; its calls are bounded."""
    import boto3  # noqa: PLC0415

    from reconnect.adapters.aws_calls import CALL_CONFIG  # noqa: PLC0415

    return boto3.client(service, config=CALL_CONFIG.merge(config) if config else CALL_CONFIG)  # type: ignore[call-overload]


class AwsPorts:
    """The port `Ports` of a function whose environment is `environ`.

    What only some functions may use (a secret, a bucket, the workflow) has a variable that only they have; a port whose
    variable is missing raises SettingsError on first use.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], make_client: MakeClient = boto3_client) -> None:
        self._settings, self._environ, self._client = settings, environ, make_client
        self.count, self.measure, self.in_parallel = count, measure, in_threads

    def clock(self) -> datetime:
        """Return the time now, to the millisecond."""
        return to_millisecond(datetime.now(UTC))

    def new_id(self) -> str:
        """Return an unguessable name."""
        return secrets.token_hex(16)

    def pause(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""
        return random.random()  # noqa: S311

    @property
    def _session_retention(self) -> timedelta:
        return timedelta(days=self._settings.session_retention_days)

    @cached_property
    def sessions(self) -> ports.Sessions:
        """The session records, in the table."""
        from reconnect.adapters.dynamodb.sessions import DynamoDbSessions  # noqa: PLC0415

        return DynamoDbSessions(self._table, self.clock, self._session_retention)

    @cached_property
    def logins(self) -> ports.Logins:
        """The logins, in the table."""
        from reconnect.adapters.dynamodb.logins import DynamoDbLogins  # noqa: PLC0415

        return DynamoDbLogins(self._table, self.clock)

    @cached_property
    def references(self) -> ports.References:
        """The names by which sessions are found, in the table."""
        from reconnect.adapters.dynamodb.named_sessions import DynamoDbReferences  # noqa: PLC0415

        return DynamoDbReferences(self._table, self._session_retention)

    @cached_property
    def claims(self) -> ports.Claims:
        """The idempotency keys, in the table."""
        from reconnect.adapters.dynamodb.logins import DynamoDbClaims  # noqa: PLC0415

        return DynamoDbClaims(self._table, self.clock)

    @cached_property
    def contacts(self) -> ports.Contacts:
        """The ledger of contacts, in the table."""
        from reconnect.adapters.dynamodb.contacts import DynamoDbContacts  # noqa: PLC0415

        return DynamoDbContacts(self._table)

    @cached_property
    def budgets(self) -> ports.Budgets:
        """The budget of requests to Flinks, in the table."""
        from reconnect.adapters.dynamodb.budgets import DynamoDbBudgets  # noqa: PLC0415

        return DynamoDbBudgets(self._table, self.clock)

    @cached_property
    def directories(self) -> ports.Directories:
        """Flinks' directory of institutions, in the table."""
        from reconnect.adapters.dynamodb.directories import DynamoDbDirectories  # noqa: PLC0415

        return DynamoDbDirectories(self._table, self.clock)

    @cached_property
    def bank_healths(self) -> ports.BankHealths:
        """The health of institutions, in the table."""
        from reconnect.adapters.dynamodb.bank_healths import DynamoDbBankHealths  # noqa: PLC0415

        return DynamoDbBankHealths(self._table, self.clock)

    @cached_property
    def roll_ups(self) -> ports.RollUps:
        """The counters of endings, in the table."""
        from reconnect.adapters.dynamodb.roll_ups import DynamoDbRollUps  # noqa: PLC0415

        return DynamoDbRollUps(self._table)

    @cached_property
    def batches(self) -> ports.Batches:
        """The records of batches, in the table."""
        from reconnect.adapters.dynamodb.batch_records import DynamoDbBatches  # noqa: PLC0415

        return DynamoDbBatches(self._table, timedelta(days=self._settings.result_retention_days))

    @cached_property
    def leases(self) -> ports.Leases:
        """What is live of batches, in the table."""
        from reconnect.adapters.dynamodb.leases import DynamoDbLeases  # noqa: PLC0415

        return DynamoDbLeases(self._table)

    @cached_property
    def batch_files(self) -> ports.BatchFiles:
        """The objects of batches, in the bucket of results."""
        from reconnect.adapters.s3_batch_files import S3BatchFiles  # noqa: PLC0415
        from reconnect.adapters.s3_results import S3_CONFIG  # noqa: PLC0415

        return S3BatchFiles(self._client("s3", config=S3_CONFIG), self._own("RESULTS_BUCKET"))

    @cached_property
    def batch_runs(self) -> ports.BatchRuns:
        """The state machine of batches."""
        from reconnect.adapters.batch_executions import StepFunctionsBatchRuns  # noqa: PLC0415

        return StepFunctionsBatchRuns(self._states_client, self._own("BATCH_MACHINE_ARN"))

    def new_report(self) -> "Mapping[ReportFormat, ReportForm]":
        """Begin a report. What writes it is loaded when a batch ends, not with a function's first call."""
        from reconnect.adapters.report_forms import new_report  # noqa: PLC0415

        return new_report()

    @cached_property
    def feed(self) -> ports.Feed:
        """The feed of events, in the table."""
        from reconnect.adapters.dynamodb.feeds import DynamoDbFeed  # noqa: PLC0415

        return DynamoDbFeed(self._table)

    @cached_property
    def read_image(self) -> ports.ReadImage:
        """Return the session in an image of the table's stream."""
        from reconnect.adapters.dynamodb.session_items import from_item  # noqa: PLC0415
        from reconnect.adapters.dynamodb.table import unmarshal  # noqa: PLC0415

        return lambda image: from_item(unmarshal(dict(image)))

    @cached_property
    def flinks(self) -> ports.Flinks:
        """Flinks' API."""
        from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings  # noqa: PLC0415

        settings = self._settings
        # Missing, it is named by the use case, not by its first call.
        self._own("FLINKS_SECRET_ARN")
        return FlinksClient(
            FlinksSettings(
                base_url=settings.flinks_api_base_url,
                customer_id=settings.flinks_customer_id,
                mode=settings.flinks_authorize_mode,
                status_call=settings.flinks_status_call,
                needs_status_token=settings.flinks_status_token,
                data_poll=settings.flinks_data_poll,
                read_timeout=settings.flinks_timeout_seconds,
                long_timeout=settings.flinks_long_timeout_seconds,
            ),
            lambda: self.flinks_keys,
            self.count,
        )

    @cached_property
    def workflow(self) -> ports.Workflow:
        """The state machine. Waking a state needs only its token, so a function that only wakes states has no ARN."""
        from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

        return StepFunctionsWorkflow(self._states_client, lambda: self._own("STATE_MACHINE_ARN"))

    @cached_property
    def events(self) -> ports.Events:
        """The bus."""
        from reconnect.adapters.event_bus import EventBridgeEvents  # noqa: PLC0415

        return EventBridgeEvents(self._client("events"), self._own("EVENT_BUS_NAME"))

    @cached_property
    def delay_queue(self) -> ports.DelayQueue:
        """The queue of requests that must wait."""
        from reconnect.adapters.sqs_delay_queue import SqsDelayQueue  # noqa: PLC0415

        return SqsDelayQueue(self._client("sqs"), self._own("DELAYED_REQUESTS_URL"))

    @cached_property
    def results(self) -> ports.Results:
        """The bucket of results."""
        from reconnect.adapters.s3_results import S3_CONFIG, S3Results  # noqa: PLC0415

        return S3Results(self._client("s3", config=S3_CONFIG), self._own("RESULTS_BUCKET"))

    # A client of Secrets Manager is made with each of the next four; the secret itself is read when it is needed.

    @cached_property
    def signing_keys(self) -> Keys:
        """The keys that sign links and redirect states."""
        return self._rotating_key("SIGNING_KEY_ARN")

    @cached_property
    def idempotency_key(self) -> Callable[[], bytes]:
        """Read the key that seals idempotency keys; it is not rotated."""
        keys = self._rotating_key("IDEMPOTENCY_KEY_ARN")
        return lambda: keys.known()[0]

    @cached_property
    def webhook_keys(self) -> Keys:
        """The secrets with which Flinks signs its webhooks."""
        return self._rotating_key("WEBHOOK_SECRET_ARN")

    @cached_property
    def flinks_keys(self) -> "FlinksKeys":
        """Our keys at Flinks. Polls need none, so they are not made with the port `flinks`."""
        from reconnect.adapters.secrets import FlinksKeys  # noqa: PLC0415

        return FlinksKeys(self._secret("FLINKS_SECRET_ARN"))

    @cached_property
    def _table(self) -> "Table":
        from reconnect.adapters.dynamodb.table import TABLE_CONFIG, Table  # noqa: PLC0415

        return Table(self._client("dynamodb", config=TABLE_CONFIG), self._settings.table_name)

    def _rotating_key(self, name: str) -> Keys:
        from reconnect.adapters.secrets import RotatingKey  # noqa: PLC0415

        return RotatingKey(self._secret(name))

    def _secret(self, name: str) -> "Secret":
        from reconnect.adapters.secrets import Secret  # noqa: PLC0415

        arn = self._own(name)
        return Secret(self._secrets_client, arn, self.count)

    @cached_property
    def _states_client(self) -> Any:
        return self._client("stepfunctions")

    @cached_property
    def _secrets_client(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self._client("secretsmanager")
        return client

    def _own(self, name: str) -> str:
        try:
            return self._environ[name]
        except KeyError:
            raise SettingsError(f"{name} is missing") from None
