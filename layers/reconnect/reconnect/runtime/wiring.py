"""The composition root: each use case with its ports, built on first use and kept for the Lambda environment."""

import random
from datetime import timedelta
from functools import cache
from typing import Any

from reconnect.model.flinks_options import AuthorizeMode
from reconnect.model.session import Session
from reconnect.ports import Claims, Logins, Sessions
from reconnect.rules.endings import Endings
from reconnect.runtime import settings
from reconnect.runtime.aws_ports import delay_queue as _delay_queue
from reconnect.runtime.aws_ports import events as _events
from reconnect.runtime.aws_ports import flinks as _flinks
from reconnect.runtime.aws_ports import flinks_secrets, session_of_image, signing_secrets, stores
from reconnect.runtime.aws_ports import now as _now
from reconnect.runtime.aws_ports import results as _results
from reconnect.runtime.aws_ports import workflow as _workflow
from reconnect.runtime.aws_ports import workflow_by_token as _workflow_by_token
from reconnect.runtime.observability import count
from reconnect.runtime.rules import cooldowns as _cooldowns
from reconnect.runtime.rules import pacing as _pacing
from reconnect.runtime.rules import reminders as _reminders
from reconnect.usecases.build_connect_url import BuildConnectUrl
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.connect_page import ConnectPage
from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls
from reconnect.usecases.deliver_events import DeliverEvents
from reconnect.usecases.erase_login import EraseLogin
from reconnect.usecases.evidence import EvidenceHandler
from reconnect.usecases.fetch_accounts import FetchAccounts
from reconnect.usecases.finish_session import FinishSession
from reconnect.usecases.flinks_webhook import FlinksWebhook
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.late_reads import LateReads
from reconnect.usecases.open_session import OpenSession
from reconnect.usecases.poll_authorize import PollAuthorize
from reconnect.usecases.read_result import ReadResult
from reconnect.usecases.read_session import ReadSession
from reconnect.usecases.redirect_webhook import RedirectWebhook
from reconnect.usecases.start_authorize import StartAuthorize
from reconnect.usecases.stop_session import StopSession
from reconnect.usecases.sweep_sessions import SweepSessions
from reconnect.usecases.take_request import TakeRequest

_LONGEST_FOLLOWING_WAIT = 300


@cache
def open_session() -> OpenSession:
    """For the doors that ask for fresh data."""
    opening = settings.OpeningSettings.from_env()
    return OpenSession(
        _sessions(),
        _logins(),
        _claims(),
        _workflow(),
        _now,
        link_lifetime=timedelta(hours=opening.link_lifetime_hours),
        public_base_url=opening.public_base_url,
        signing_key=_signing_key,
    )


@cache
def take_request() -> TakeRequest:
    """For the bus."""
    return TakeRequest(open_session(), _logins(), _delay_queue(), _now)


@cache
def read_session() -> ReadSession:
    """For the status door."""
    return ReadSession(_sessions())


def before_following(polls: int) -> int:
    """How long a workflow that joined another's session waits before its next look, in seconds."""
    return min(polls * settings.FollowingSettings.from_env().poll_interval_seconds, _LONGEST_FOLLOWING_WAIT)


@cache
def start_authorize() -> StartAuthorize:
    """For the workflow."""
    return StartAuthorize(_sessions(), _logins(), _flinks(), _now, _pacing(), _cooldowns(), random.random, count)


@cache
def poll_authorize() -> PollAuthorize:
    """For the workflow."""
    return PollAuthorize(
        _sessions(), _flinks(), _now, _pacing(), _cooldowns(), random.random, count, has_status_call=_is_async()
    )


@cache
def build_connect_url() -> BuildConnectUrl:
    """For the workflow."""
    return BuildConnectUrl(
        _sessions(),
        _connect_urls(),
        _now,
        public_base_url=settings.RedirectSettings.from_env().public_base_url,
        signing_key=_signing_key,
    )


@cache
def redirect_webhook() -> RedirectWebhook:
    """For the browser that comes back."""
    return RedirectWebhook(_waker(), _now, count, signing_key=_signing_key)


@cache
def connect_page() -> ConnectPage:
    """For the end user's page."""
    return ConnectPage(
        _sessions(),
        _workflow(),
        _waker(),
        _connect_urls(),
        _now,
        _pacing(),
        count,
        signing_key=_signing_key,
    )


@cache
def connect_origin() -> str:
    """The only origin that the page frames and believes."""
    return settings.ConnectSettings.from_env().flinks_connect_base_url


@cache
def flinks_webhook() -> FlinksWebhook:
    """For Flinks' own webhooks."""
    return FlinksWebhook(_logins(), _waker(), count, webhook_secret=_webhook_secret)


@cache
def fetch_accounts() -> FetchAccounts:
    """For the workflow."""
    retention = timedelta(days=settings.RetentionSettings.from_env().result_retention_days)
    keep_result = KeepResult(_results(), _now, retention)
    polls = settings.CompletenessSettings.from_env().completeness_polls
    return FetchAccounts(_sessions(), _flinks(), keep_result, _now, _pacing(), _endings(), count, polls)


@cache
def read_result() -> ReadResult:
    """For the door that hands out what a session read."""
    return ReadResult(_sessions(), _results(), _now)


@cache
def close_session() -> FinishSession:
    """For the workflow."""
    return FinishSession(_close_session(), LateReads(_sessions(), _workflow(), _now))


@cache
def stop_session() -> StopSession:
    """For callers who no longer want a session."""
    return StopSession(_sessions(), _endings(), _close_session(), _workflow_by_token(), _now, count)


@cache
def erase_login() -> EraseLogin:
    """For whoever must forget a login."""
    return EraseLogin(_sessions(), _logins(), _results(), _flinks(), stop_session(), _now)


@cache
def sweep_sessions() -> SweepSessions:
    """For the schedule, and for news of executions that broke."""
    return SweepSessions(
        _sessions(),
        _logins(),
        _flinks(),
        _workflow(),
        _now,
        count,
        stop=stop_session(),
        fetch=fetch_accounts(),
        wake=_waker(),
        pacing=_pacing(),
        reminders=_reminders(),
    )


def session_in_stream(image: dict[str, Any]) -> Session:
    """The session that a write left behind, with what that write announces."""
    return session_of_image(image)


@cache
def deliver_events() -> DeliverEvents:
    """For the table's stream."""
    return DeliverEvents(_events())


def _waker() -> EvidenceHandler:
    return EvidenceHandler(_sessions(), _workflow(), _now, count)


def _connect_urls() -> ConnectUrls:
    connect = settings.ConnectSettings.from_env()
    address = ConnectAddress(
        connect.flinks_connect_base_url, connect.flinks_connect_path, demo=connect.flinks_connect_demo
    )
    return ConnectUrls(_flinks(), address)


def _close_session() -> CloseSession:
    return CloseSession(_sessions(), _logins(), _endings(), _now)


def _endings() -> Endings:
    return Endings(_cooldowns())


def _sessions() -> Sessions:
    return stores().sessions


def _logins() -> Logins:
    return stores().logins


def _claims() -> Claims:
    return stores().claims


def _signing_key() -> bytes:
    return signing_secrets().signing_key


def _webhook_secret() -> str | None:
    return flinks_secrets().flinks.webhook_secret


def _is_async() -> bool:
    return settings.FlinksApiSettings.from_env().flinks_authorize_mode is AuthorizeMode.ASYNC
