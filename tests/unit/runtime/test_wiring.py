"""Each use case is built from its settings, once per Lambda environment, and without a call to anyone."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import marshal
from reconnect.model.options import ReadOptions
from reconnect.model.session import Status
from reconnect.runtime import wiring
from reconnect.runtime.settings import SettingsError
from tests.fakes.builders import a_receipt, a_session
from tests.unit.functions.conftest import FUNCTION_SETTINGS

USE_CASES: list[Callable[[], Any]] = [
    wiring.open_session,
    wiring.take_request,
    wiring.read_session,
    wiring.read_result,
    wiring.start_authorize,
    wiring.poll_authorize,
    wiring.build_connect_url,
    wiring.redirect_webhook,
    wiring.connect_page,
    wiring.flinks_webhook,
    wiring.fetch_accounts,
    wiring.close_session,
    wiring.stop_session,
    wiring.erase_login,
    wiring.sweep_sessions,
    wiring.deliver_events,
]
by_name = pytest.mark.parametrize("build", USE_CASES, ids=lambda build: build.__name__)


@pytest.fixture
def deployed_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FUNCTION_SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:ca-central-1:123456789012:stateMachine:reconnect")
    monkeypatch.setenv("EVENT_BUS_NAME", "a-bus")
    monkeypatch.setenv("DELAYED_REQUESTS_URL", "https://sqs.test/delayed-requests")
    monkeypatch.setenv("SIGNING_KEY_ARN", "arn:aws:secretsmanager:ca-central-1:123456789012:secret:key")


@by_name
@pytest.mark.usefixtures("deployed_settings")
def test_a_use_case_is_built_once(build: Callable[[], Any]) -> None:
    assert build() is build()


@by_name
def test_a_use_case_without_its_settings_says_which_are_missing(build: Callable[[], Any]) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        build()


@pytest.mark.parametrize(("looks", "seconds"), [(0, 0), (1, 2), (10, 20), (149, 298), (150, 300), (9999, 300)])
@pytest.mark.usefixtures("deployed_settings")
def test_a_workflow_that_follows_looks_less_and_less_often(looks: int, seconds: int) -> None:
    assert wiring.before_following(looks) == seconds


@pytest.mark.usefixtures("deployed_settings")
def test_the_deployers_pauses_are_the_ones_that_are_kept() -> None:
    cooldowns = wiring._cooldowns()

    assert (cooldowns.after_success, cooldowns.lockout_guard) == (timedelta(minutes=1), timedelta(hours=1))
    assert (cooldowns.max_failures, cooldowns.attempt_lifetime) == (3, timedelta(minutes=8))


@pytest.mark.usefixtures("deployed_settings")
def test_the_deployers_reminders_are_the_ones_that_are_sent() -> None:
    reminders = wiring._reminders()

    assert reminders.ladder == (timedelta(hours=24), timedelta(hours=72))
    assert (reminders.quiet_from, reminders.quiet_until) == (time(21), time(8))
    assert reminders.time_zone == "America/Toronto"


@pytest.mark.parametrize(
    ("hours", "ladder"),
    [("", ()), ("9", (timedelta(hours=9),)), ("1,2,3", tuple(timedelta(hours=n) for n in (1, 2, 3)))],
)
@pytest.mark.usefixtures("deployed_settings")
def test_a_deployer_may_want_any_number_of_reminders(
    monkeypatch: pytest.MonkeyPatch, hours: str, ladder: tuple[timedelta, ...]
) -> None:
    monkeypatch.setenv("REMINDER_HOURS", hours)

    assert wiring._reminders().ladder == ladder


@pytest.mark.parametrize(
    ("hours", "quiet"), [("0-0", (time(0), time(0))), ("00-7", (time(0), time(7))), ("23-05", (time(23), time(5)))]
)
@pytest.mark.usefixtures("deployed_settings")
def test_quiet_hours_are_hours_of_the_day(
    monkeypatch: pytest.MonkeyPatch, hours: str, quiet: tuple[time, time]
) -> None:
    monkeypatch.setenv("QUIET_HOURS", hours)

    reminders = wiring._reminders()

    assert (reminders.quiet_from, reminders.quiet_until) == quiet


def test_a_write_in_the_stream_is_the_session_that_it_left_behind_with_what_it_announces() -> None:
    session = a_session(
        Status.AWAITING_USER, version=4, event_type="ReconnectRequired", correlation_ids=frozenset({"a", "b"})
    )

    assert wiring.session_in_stream(marshal(to_item(session))) == session


def test_a_write_with_a_receipt_is_read_back_from_the_streams_json() -> None:
    session = a_session(
        Status.SUCCEEDED,
        receipt=a_receipt(),
        known_accounts=frozenset({"one", "two"}),
        options=ReadOptions(accounts=("a", "b")),
    )

    image = json.loads(json.dumps(marshal(to_item(session))))

    assert wiring.session_in_stream(image) == session


def test_the_clock_of_the_service_is_utc() -> None:
    now: datetime = wiring._now()

    assert now.utcoffset() == timedelta(0)
