"""Each use case is built from its settings, once per Lambda environment, and without a call to anyone."""

from collections.abc import Callable
from typing import Any

import pytest

from reconnect.runtime import wiring
from reconnect.runtime.settings import SettingsError
from tests.unit.functions.conftest import FUNCTION_SETTINGS

USE_CASES: list[Callable[[], Any]] = [
    wiring.open_session,
    wiring.read_session,
    wiring.start_authorize,
    wiring.poll_authorize,
    wiring.build_connect_url,
    wiring.redirect_webhook,
    wiring.connect_page,
    wiring.flinks_webhook,
    wiring.fetch_accounts,
    wiring.close_session,
    wiring.stop_session,
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
