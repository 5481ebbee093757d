"""`reconnect preflight` as it is called: keys, input that cannot be used, exit statuses, what it prints."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from devtools.engine.template import read_template
from devtools.service import TEMPLATE
from devtools.template_parameters import check_parameter
from reconnect_cli.cli import main
from reconnect_cli.preflight import command
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.exchange import Call, Unreachable
from tests.unit.preflight.instances import API_URL, Instance, an_instance

Preflight = Callable[..., Result]
_SECRET = "simulator-secret"
_USUAL: dict[str, Any] = {"x_api_key": None, "connect_frame_ancestors": None, "authorize_async": "active"}


@pytest.fixture
def instance() -> Instance:
    return an_instance(3, **_USUAL, institutions="listed", clock_ahead_seconds=0)


@pytest.fixture
def preflight(monkeypatch: pytest.MonkeyPatch, instance: Instance) -> Preflight:
    """Calls the command, whose requests go to the instance."""
    monkeypatch.setattr(command, "examine", partial(command.examine, exchange=instance.exchange, pause=lambda _: None))

    def call(*options: str, secret: str | None = _SECRET, **more: Any) -> Result:
        variables = {"FLINKS_CUSTOMER_ID": instance.target.customer_id, "FLINKS_SECRET_KEY": secret}
        return CliRunner().invoke(main, ["preflight", "--flinks-url", API_URL, *options], env=variables, **more)

    return call


def test_it_prints_the_parameters_to_deploy_with_and_each_is_allowed(preflight: Preflight) -> None:
    text, as_json = preflight(), preflight("--json")

    said = json.loads(as_json.stdout)
    declared = read_template(TEMPLATE)["Parameters"]
    for name, value in said["parameters"].items():
        check_parameter(declared, name, value)
    overrides = " ".join(f"{name}={value}" for name, value in said["parameters"].items())
    assert f"sam deploy --parameter-overrides {overrides}" in text.stdout
    assert (text.exit_code, as_json.exit_code) == (0, 0)
    assert (said["told"], said["of"]) == (15, 16)


def test_it_says_what_it_could_not_tell_and_why(preflight: Preflight) -> None:
    ran = preflight()

    assert "no webhook was given" in ran.stdout
    assert "how long an authorize token lives" in ran.stdout
    assert "no live attempt is made" in ran.stderr


def test_a_live_attempt_is_announced_before_it_is_made(preflight: Preflight) -> None:
    ran = preflight("--live-test-bank")

    assert ran.stderr.index("one live attempt follows") < ran.stderr.index("asking for a token")
    assert "LastRefresh is new" in ran.stdout


def test_a_refused_key_is_named_and_nothing_that_needs_it_is_asked(preflight: Preflight, instance: Instance) -> None:
    ran = preflight(secret="another-key")

    assert ran.exit_code == 1
    assert "Flinks refuses secretKey (401 ACCESS_DENIED)" in ran.stdout
    assert "Mend first: secret_key" in ran.stdout
    assert "another-key" not in ran.output
    assert {entry.action for entry in instance.bank.journal} <= {"token", "connect_open", ""}


def test_an_unknown_customer_is_named(preflight: Preflight) -> None:
    ran = preflight("--customer-id", "01234567-89ab-cdef-0123-456789abcdef")

    assert ran.exit_code == 1
    assert "Flinks knows no such customer at this host" in ran.stdout


def test_the_keys_may_come_from_a_file_or_standard_input(preflight: Preflight, tmp_path: Path) -> None:
    text = json.dumps({"secretKey": _SECRET})
    file = tmp_path / "secret.json"
    file.write_text(text)

    assert preflight("--secret-file", str(file), secret=None).exit_code == 0
    assert preflight("--secret-file", "-", secret=None, input=text).exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "the Flinks secret is not JSON"),
        ("{}", "the Flinks secret has no secretKey"),
        ('{"secretKey": 7}', "secretKey in the Flinks secret is a number"),
        ('{"secretKey": ""}', "secretKey in the Flinks secret is empty"),
    ],
)
def test_a_file_that_holds_no_keys_is_explained(preflight: Preflight, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "secret.json"
    file.write_text(content)

    ran = preflight("--secret-file", str(file), secret=None)

    assert ran.exit_code == 2
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--instance", "other.test/x"), "must be lower-case letters, digits and hyphens"),
        (("--customer-id", "7"), "must be a GUID"),
        (("--flinks-url", "http://flinks.test"), "must be https"),
        (("--connect-url", "nonsense"), "must be an origin"),
        (("--live-test-bank", "--live-login-id", "x"), "not both"),
        (("--webhook", "-"), "no empty line divides headers and body"),
    ],
)
def test_input_that_cannot_be_used_is_named(preflight: Preflight, options: tuple[str, ...], said: str) -> None:
    ran = preflight(*options, input="nonsense")

    assert ran.exit_code == 2
    assert said in ran.stderr


def test_without_keys_and_a_terminal_it_says_how_to_give_them(preflight: Preflight) -> None:
    ran = preflight(secret=None)

    assert ran.exit_code == 2
    assert "Set FLINKS_SECRET_KEY (and FLINKS_X_API_KEY), or give --secret-file" in ran.stderr


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (Unreachable("its name is unknown here: check the instance"), 3, "cannot be reached at https://sim-api.test"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_it_ends_cleanly_when_flinks_is_out_of_reach_or_on_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, preflight: Preflight, failure: BaseException, status: int, said: str
) -> None:
    def fail(_call: Call) -> Answer:
        raise failure

    monkeypatch.setattr(command, "examine", partial(command.examine, exchange=fail))

    ran = preflight()

    assert ran.exit_code == status
    assert said in ran.stderr
    assert ran.stdout == ""
