"""The composition root: each use case with its adapters, built on first use and kept for the Lambda environment.

This is the only module that imports adapters, and it does so lazily, so that a function pays for no other's.
"""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from reconnect.domain.build_connect_url import BuildConnectUrl
from reconnect.domain.close_session import CloseSession
from reconnect.domain.connect_page import ConnectPage
from reconnect.domain.connect_urls import ConnectAddress, ConnectUrls
from reconnect.domain.fetch_accounts import FetchAccounts
from reconnect.domain.flinks_webhook import FlinksWebhook
from reconnect.domain.keep_result import KeepResult
from reconnect.domain.modes import AuthorizeMode
from reconnect.domain.open_session import OpenSession
from reconnect.domain.pacing import Pacing
from reconnect.domain.poll_authorize import PollAuthorize
from reconnect.domain.ports import Events, Flinks, Results, Sessions, Workflow
from reconnect.domain.read_result import ReadResult
from reconnect.domain.read_session import ReadSession
from reconnect.domain.redirect_webhook import RedirectWebhook
from reconnect.domain.start_authorize import StartAuthorize
from reconnect.domain.waking import Waker
from reconnect.runtime import settings
from reconnect.runtime.observability import count

if TYPE_CHECKING:
    from reconnect.adapters.secrets import Secrets

_LONGEST_FOLLOWING_WAIT = 300


@cache
def open_session() -> OpenSession:
    """For the doors that ask for fresh data."""
    opening = settings.OpeningSettings.from_env()
    return OpenSession(
        _sessions(),
        _workflow(),
        _now,
        link_lifetime=timedelta(hours=opening.link_lifetime_hours),
        public_base_url=opening.public_base_url,
        signing_key=_signing_key,
    )


@cache
def read_session() -> ReadSession:
    """For the status door."""
    return ReadSession(_sessions())


def before_following(looks: int) -> int:
    """How long a workflow that joined another's session waits before its next look, in seconds."""
    return min(looks * settings.FollowingSettings.from_env().poll_interval_seconds, _LONGEST_FOLLOWING_WAIT)


@cache
def start_authorize() -> StartAuthorize:
    """For the workflow."""
    return StartAuthorize(_sessions(), _flinks(), _now, _pacing(), random.random, count)


@cache
def poll_authorize() -> PollAuthorize:
    """For the workflow."""
    is_async = _is_async()
    return PollAuthorize(_sessions(), _flinks(), _now, _pacing(), random.random, count, has_status_call=is_async)


@cache
def build_connect_url() -> BuildConnectUrl:
    """For the workflow."""
    return BuildConnectUrl(
        _sessions(),
        _connect_urls(),
        _events(),
        _now,
        public_base_url=settings.RedirectSettings.from_env().public_base_url,
        signing_key=_signing_key,
    )


@cache
def redirect_webhook() -> RedirectWebhook:
    """For the browser that comes back."""
    return RedirectWebhook(_waker(), _events(), _now, count, signing_key=_signing_key)


@cache
def connect_page() -> ConnectPage:
    """For the end user's page."""
    pacing = _pacing()
    return ConnectPage(_sessions(), _waker(), _connect_urls(), _now, pacing, signing_key=_signing_key)


@cache
def connect_origin() -> str:
    """The only origin that the page frames and believes."""
    return settings.ConnectSettings.from_env().flinks_connect_base_url


@cache
def flinks_webhook() -> FlinksWebhook:
    """For Flinks' own webhooks."""
    return FlinksWebhook(_sessions(), _waker(), count, webhook_secret=_webhook_secret)


@cache
def fetch_accounts() -> FetchAccounts:
    """For the workflow."""
    retention = timedelta(days=settings.RetentionSettings.from_env().result_retention_days)
    keep_result = KeepResult(_results(), _now, retention)
    return FetchAccounts(_sessions(), _flinks(), keep_result, _now, _pacing(), count)


@cache
def read_result() -> ReadResult:
    """For the door that hands out what a session read."""
    return ReadResult(_sessions(), _results(), _now)


@cache
def close_session() -> CloseSession:
    """For the workflow."""
    return CloseSession(_sessions(), _events(), _now)


def _waker() -> Waker:
    # SendTaskSuccess addresses a token, not a state machine, so whoever only wakes is given no ARN.
    return Waker(_sessions(), _workflow_by_token(), _now, count)


def _connect_urls() -> ConnectUrls:
    connect = settings.ConnectSettings.from_env()
    address = ConnectAddress(
        connect.flinks_connect_base_url, connect.flinks_connect_path, demo=connect.flinks_connect_demo
    )
    return ConnectUrls(_flinks(), address)


def _now() -> datetime:
    return datetime.now(UTC)


def _client(service: str, **options: Any) -> Any:
    import boto3  # noqa: PLC0415

    return boto3.client(service, **options)  # type: ignore[call-overload]


@cache
def _sessions() -> Sessions:
    from reconnect.adapters.dynamodb_sessions import DynamoDbSessions  # noqa: PLC0415

    return DynamoDbSessions(_client("dynamodb"), settings.TableSettings.from_env().table_name, _now)


@cache
def _flinks() -> Flinks:
    from reconnect.adapters.flinks_client import FlinksClient, FlinksSettings  # noqa: PLC0415

    api = settings.FlinksApiSettings.from_env()
    secrets = _flinks_secrets()
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
def _signing_secrets() -> "Secrets":
    from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

    return Secrets(_client("secretsmanager"), signing_key_arn=settings.SigningSettings.from_env().signing_key_arn)


def _signing_key() -> bytes:
    return _signing_secrets().signing_key


@cache
def _flinks_secrets() -> "Secrets":
    from reconnect.adapters.secrets import Secrets  # noqa: PLC0415

    arn = settings.FlinksSecretSettings.from_env().flinks_secret_arn
    return Secrets(_client("secretsmanager"), flinks_arn=arn)


def _webhook_secret() -> str | None:
    return _flinks_secrets().flinks.webhook_secret


@cache
def _results() -> Results:
    from reconnect.adapters.s3_results import S3_CONFIG, S3Results  # noqa: PLC0415

    return S3Results(_client("s3", config=S3_CONFIG), settings.BucketSettings.from_env().results_bucket)


@cache
def _workflow() -> Workflow:
    from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

    return StepFunctionsWorkflow(_client("stepfunctions"), settings.WorkflowSettings.from_env().state_machine_arn)


@cache
def _workflow_by_token() -> Workflow:
    from reconnect.adapters.step_functions import StepFunctionsWorkflow  # noqa: PLC0415

    return StepFunctionsWorkflow(_client("stepfunctions"), state_machine_arn="")


@cache
def _events() -> Events:
    from reconnect.adapters.event_bus import EventBridgeEvents  # noqa: PLC0415

    return EventBridgeEvents(_client("events"), settings.EventSettings.from_env().event_bus_name)


def _is_async() -> bool:
    return settings.FlinksApiSettings.from_env().flinks_authorize_mode is AuthorizeMode.ASYNC


@cache
def _pacing() -> Pacing:
    pacing = settings.PacingSettings.from_env()
    return Pacing(
        poll=pacing.poll_interval_seconds,
        backstop=pacing.backstop_interval_seconds,
        try_later=pacing.try_later_seconds,
        fetch=pacing.fetch_interval_seconds,
        attempt_lifetime=timedelta(seconds=pacing.attempt_lifetime_seconds),
        clock_skew=timedelta(seconds=pacing.clock_skew_seconds),
    )
