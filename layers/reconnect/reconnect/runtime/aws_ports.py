"""The ports over AWS and Flinks, each with its adapter, made on first use and kept for the Lambda environment.

This is the only module that imports adapters, and it does so lazily, so that a function loads only its own.
"""

import random
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconnect.model.session import Session
from reconnect.ports import Budgets, Claims, DelayQueue, Events, Flinks, Logins, Results, Sessions, Workflow
from reconnect.runtime.observability import count
from reconnect.runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from reconnect.adapters.dynamodb.table import Table
    from reconnect.adapters.secrets import Secrets

MakeClient = Callable[..., Any]


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

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""
        return random.random()  # noqa: S311

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

    def read_image(self, image: Mapping[str, Any]) -> Session:
        """Return the session in an image of the table's stream."""
        from reconnect.adapters.dynamodb.session_items import from_item  # noqa: PLC0415
        from reconnect.adapters.dynamodb.table import unmarshal  # noqa: PLC0415

        return from_item(unmarshal(dict(image)))

    @cached_property
    def flinks(self) -> Flinks:
        """Flinks' API."""
        from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings  # noqa: PLC0415

        settings, flinks_secrets = self._settings, self._flinks_secrets
        return FlinksClient(
            FlinksSettings(
                base_url=settings.flinks_api_base_url,
                customer_id=settings.flinks_customer_id,
                mode=settings.flinks_authorize_mode,
                status_call=settings.flinks_status_call,
                read_timeout=settings.flinks_timeout_seconds,
                long_timeout=settings.flinks_long_timeout_seconds,
            ),
            lambda: flinks_secrets.flinks,
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

    def signing_key(self) -> bytes:
        """Return the key that signs links and redirect states."""
        return self._signing_secrets.signing_key

    def webhook_secret(self) -> str | None:
        """Return the secret with which Flinks signs its webhooks; None if Flinks has issued none."""
        return self._flinks_secrets.flinks.webhook_secret

    @cached_property
    def _table(self) -> "Table":
        from reconnect.adapters.dynamodb.table import Table  # noqa: PLC0415

        return Table(self._client("dynamodb"), self._settings.table_name)

    @cached_property
    def _flinks_secrets(self) -> "Secrets":
        from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

        return Secrets(self._client("secretsmanager"), flinks_arn=self._own("FLINKS_SECRET_ARN"))

    @cached_property
    def _signing_secrets(self) -> "Secrets":
        from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

        return Secrets(self._client("secretsmanager"), signing_key_arn=self._own("SIGNING_KEY_ARN"))

    def _own(self, name: str) -> str:
        try:
            return self._environ[name]
        except KeyError:
            raise SettingsError(f"{name} is missing") from None
