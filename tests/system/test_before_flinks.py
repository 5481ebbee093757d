"""`reconnect dev` before a Flinks that is not the simulator it would start itself."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from flinks_simulator import Settings, Simulator
from flinks_simulator.forms import with_forms
from tests.system.commands import RECONNECT, run

_FORMS = ("status-call=post-path", "status-token=yes", "data-poll=POST")


@pytest.fixture
def flinks() -> Iterator[Simulator]:
    """A Flinks that takes only other forms than the service's defaults, and other keys than the simulator's."""
    settings = Settings(secret="their-own-key", x_api_key="their-x-api-key", detail_pending=1)
    with Simulator(settings=with_forms(settings, _FORMS)) as simulator:
        yield simulator


@pytest.fixture
def environment(flinks: Simulator) -> dict[str, str]:
    settings = flinks.bank.settings
    return {
        **os.environ,
        "FLINKS_CUSTOMER_ID": settings.customer_id,
        "FLINKS_SECRET_KEY": settings.secret,
        "FLINKS_X_API_KEY": settings.x_api_key or "",
    }


def test_a_session_succeeds_before_any_flinks_with_what_preflight_says(
    flinks: Simulator, environment: dict[str, str]
) -> None:
    asked = run("preflight", "--flinks-url", flinks.url, environment=environment)
    [said] = [line.split()[3:] for line in asked.stdout.splitlines() if "--parameter-overrides" in line]
    given = [option for pair in said for option in ("--parameter", pair)]
    with subprocess.Popen(
        [RECONNECT, "dev", "--flinks-url", flinks.url, "--parameter", "FetchIntervalSeconds=0", *given],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    ) as dev:
        try:
            assert dev.stdout is not None
            output = ""
            while "LOGIN_ID --watch" not in output:
                line = dev.stdout.readline()
                assert line, f"it ended early with this output:\n{output}"
                output += line
            [api] = [line.split()[1] for line in output.splitlines() if line.strip().startswith("api ")]
            login_id = flinks.bank.login_id("greatday_nomfa")
            ran = run("start", login_id, "--watch", environment={**environment, "RECONNECT_API_URL": api})
            dev.send_signal(signal.SIGTERM)
            dev.communicate(timeout=30)
        finally:
            dev.kill()

    assert "SUCCEEDED" in ran.stdout
    assert "their-own-key" not in output
    assert (asked.returncode, ran.returncode, dev.returncode) == (0, 0, 0)


def test_a_flinks_that_cannot_be_reached_is_named_before_anything_starts(environment: dict[str, str]) -> None:
    with Simulator() as gone:
        url = gone.url

    ran = run("dev", "--flinks-url", url, environment=environment)

    assert ran.returncode == 1
    assert f"Flinks cannot be reached at {url} (ConnectionError)" in ran.stderr
    assert "Starting" not in ran.stdout
