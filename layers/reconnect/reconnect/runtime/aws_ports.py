"""The ports over AWS and Flinks, each with its adapter, made on first use and kept for the Lambda environment.

This is the only module that imports adapters, and it does so lazily, so that a function loads only its own.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from reconnect.ports import Budgets, Claims, DelayQueue, Events, Flinks, Logins, ReadImage, Results, Sessions, Workflow
from reconnect.runtime.observability import count
from reconnect.runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from reconnect.adapters.dynamodb.table import Table
    from reconnect.adapters.secrets import FlinksCredentials, Secrets

MakeClient = Callable[..., Any]
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Threads that mostly wait for Flinks: enough for 600 reminders in two runs if each takes two seconds.
AT_ONCE = 16


def boto3_client(service: str, **options: Any) -> Any:
    """Return the client of an AWS service, in the function's region and with its role."""
    import boto3  # noqa: PLC0415

    return boto3.client(service, **options)  # type: ignore[call-overload]


class AwsPorts:
    """The port `Ports` of a function whose environment is `environ`.

    What only some functions may use (a secret, a bucket, the workflow) has a variable that only they have; a port whose
    variable is missing raises SettingsError on first use.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], make_client: MakeClient = boto3_client) -> None:
        self._settings, self._environ, self._client = settings, environ, make_client
        self.count = count

    def clock(self) -> datetime:
        """Return the time now."""
        return datetime.now(UTC)

    def new_id(self) -> str:
        """Return an unguessable name."""
        return secrets.token_hex(16)

    def pause(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""
        return random.random()  # noqa: S311

    def in_parallel(self, call: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
        """Call a function with each item, in threads. A port must be in use before: making one is not thread-safe."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun = [pool.submit(call, item) for item in items]
        return [each.result() for each in begun]

    @cached_property
    def sessions(self) -> Sessions:
        """The session records, in the table."""
        from reconnect.adapters.dynamodb.sessions import DynamoDbSessions  # noqa: PLC0415

        return DynamoDbSessions(self._table, self.clock)

    @cached_property
    def logins(self) -> Logins:
        """The logins, in the table."""
        from reconnect.adapters.dynamodb.logins import DynamoDbLogins  # noqa: PLC0415

        return DynamoDbLogins(self._table, self.clock)

    @cached_property
    def claims(self) -> Claims:
        """The idempotency keys, in the table."""
        from reconnect.adapters.dynamodb.logins import DynamoDbClaims  # noqa: PLC0415

        return DynamoDbClaims(self._table, self.clock)

    @cached_property
    def budgets(self) -> Budgets:
        """The budget of requests to Flinks, in the table."""
        from reconnect.adapters.dynamodb.budgets import DynamoDbBudgets  # noqa: PLC0415

        return DynamoDbBudgets(self._table, self.clock)

    @cached_property
    def read_image(self) -> ReadImage:
        """Return the session in an image of the table's stream."""
        from reconnect.adapters.dynamodb.session_items import from_item  # noqa: PLC0415
        from reconnect.adapters.dynamodb.table import unmarshal  # noqa: PLC0415

        return lambda image: from_item(unmarshal(dict(image)))

    @cached_property
    def flinks(self) -> Flinks:
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
            lambda: self.flinks_credentials(),  # noqa: PLW0108 - not before it is called
            self.count,
        )

    @cached_property
    def workflow(self) -> Workflow:
        """The state machine. Waking a state needs only its token, so a function that only wakes states has no ARN."""
        from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

        return StepFunctionsWorkflow(self._client("stepfunctions"), lambda: self._own("STATE_MACHINE_ARN"))

    @cached_property
    def events(self) -> Events:
        """The bus."""
        from reconnect.adapters.event_bus import EventBridgeEvents  # noqa: PLC0415

        return EventBridgeEvents(self._client("events"), self._own("EVENT_BUS_NAME"))

    @cached_property
    def delay_queue(self) -> DelayQueue:
        """The queue of requests that must wait."""
        from reconnect.adapters.sqs_delay_queue import SqsDelayQueue  # noqa: PLC0415

        return SqsDelayQueue(self._client("sqs"), self._own("DELAYED_REQUESTS_URL"))

    @cached_property
    def results(self) -> Results:
        """The bucket of results."""
        from reconnect.adapters.s3_results import S3_CONFIG, S3Results  # noqa: PLC0415

        return S3Results(self._client("s3", config=S3_CONFIG), self._own("RESULTS_BUCKET"))

    # A client of Secrets Manager is made with each of the next three; the secret itself is read when it is needed.

    @cached_property
    def signing_key(self) -> Callable[[], bytes]:
        """Read the key that signs links and redirect states."""
        secrets = self._secrets(signing_key_arn=self._own("SIGNING_KEY_ARN"))
        return lambda: secrets.signing_key

    @cached_property
    def flinks_credentials(self) -> "Callable[[], FlinksCredentials]":
        """Read our keys at Flinks. Polls need none, so they are not made with the port `flinks`."""
        secrets = self._secrets(flinks_arn=self._own("FLINKS_SECRET_ARN"))
        return lambda: secrets.flinks

    @cached_property
    def webhook_secret(self) -> Callable[[], str | None]:
        """Read the secret with which Flinks signs its webhooks; None if Flinks has issued none."""
        credentials = self.flinks_credentials
        return lambda: credentials().webhook_secret

    @cached_property
    def _table(self) -> "Table":
        from reconnect.adapters.dynamodb.table import TABLE_CONFIG, Table  # noqa: PLC0415

        return Table(self._client("dynamodb", config=TABLE_CONFIG), self._settings.table_name)

    @cached_property
    def _secrets_client(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self._client("secretsmanager")
        return client

    def _secrets(self, **arns: str) -> "Secrets":
        from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

        return Secrets(self._secrets_client, **arns)

    def _own(self, name: str) -> str:
        try:
            return self._environ[name]
        except KeyError:
            raise SettingsError(f"{name} is missing") from None
