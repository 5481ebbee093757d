"""The page about preflight shows what it really prints, and names every point, option and check."""

import re
from pathlib import Path

import click
import pytest

from flinks_simulator import Bank, Settings
from flinks_simulator.app import create_app
from flinks_simulator.forms import FORMS
from reconnect.model.flinks_secret import FlinksSecret
from reconnect_cli.cli import main
from reconnect_cli.preflight.command import examine
from reconnect_cli.preflight.connect import instance_of
from reconnect_cli.preflight.points import QUESTIONS
from reconnect_cli.preflight.probing import Target
from reconnect_cli.preflight.report import as_text, parameters_of
from reconnect_cli.smoke.checks import Check
from tests.unit.preflight.instances import Instance

_ROOT = Path(__file__).parents[3]
_PAGE = (_ROOT / "docs" / "preflight.md").read_text()
_URL = "http://127.0.0.1:4600"


def test_the_page_shows_what_preflight_prints_against_the_simulator() -> None:
    bank = Bank(Settings())
    target = Target(_URL, bank.settings.customer_id, FlinksSecret(bank.settings.secret))
    instance = Instance(bank, create_app(bank).test_client(), target, {})

    findings = examine(target, exchange=instance.exchange)
    printed = as_text(findings, parameters_of(findings, instance_of(_URL), _URL))

    assert printed in _PAGE, printed


@pytest.mark.parametrize("name", ["preflight", "smoke"])
def test_the_page_names_each_option_that_has_to_be_explained(name: str) -> None:
    usual = {"--help", "--instance", "--customer-id", "--json"}
    options = {option for each in main.commands[name].params if isinstance(each, click.Option) for option in each.opts}

    assert {option for option in options - usual if option not in _PAGE} == set()


def test_the_page_names_each_point_and_each_check() -> None:
    named = set(re.findall(r"`(\w+)`", _PAGE))

    assert {*QUESTIONS, *Check} - named == set()


def test_the_simulators_readme_names_each_switch() -> None:
    readme = (_ROOT / "simulator" / "README.md").read_text()

    assert [form.name for form in FORMS if f"`{form.name}`" not in readme] == []
