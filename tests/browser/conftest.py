"""One headless Chromium for all browser tests, with a new context for each person; skipped tests are reported."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from devtools.chromium import NO_BROWSER, find_chromium, headless
from devtools.engine import LocalEngine
from devtools.screens import gallery
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator
from tests.browser.support import PATIENCE_MS, Person
from tests.deployed import FAST
from tests.summary import ACCESSIBILITY, Figures, figures


@pytest.fixture(scope="session", autouse=True)
def browser() -> Iterator[Browser]:
    """The browser of this machine. Without one these tests are skipped, or fail if CI is set."""
    executable = find_chromium()
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    expect.set_options(timeout=PATIENCE_MS)
    with headless(executable) as browser:
        yield browser


@pytest.fixture
def a_person(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Return `a_person(locale="fr-CA")`: a person with their own browser. A script error there fails the test."""
    people: list[Person] = []
    with ExitStack() as contexts:

        def arrive(**options: Any) -> Person:
            people.append(Person(contexts.enter_context(browser.new_context(**options))))
            return people[-1]

        yield arrive
    assert [error for person in people for error in person.script_errors] == []


@pytest.fixture(scope="session")
def slow_backstop(deploy: Callable[..., Service]) -> Service:
    """A service whose backstop poll comes too late to matter."""
    return deploy("patient", BackstopIntervalSeconds="45", UnattendedIntervalSeconds="45")


@pytest.fixture(scope="session")
def ageing(engine: LocalEngine) -> Iterator[Service]:
    """A service with its own Flinks, whose clock a test may move; its pages show the last two minutes at once."""
    with Simulator(settings=Settings(require_connect_token=True)) as flinks:
        parameters = {**FAST, "AttemptLifetimeSeconds": "110", "ClockSkewSeconds": "7200"}
        yield deploy_service(engine, flinks, "ageing", parameters)


@pytest.fixture(scope="session")
def screens() -> Iterator[str]:
    """The address of the gallery of all screens, for those that a session rarely reaches."""
    with gallery() as address:
        yield address


@pytest.fixture
def findings(pytestconfig: pytest.Config) -> Figures:
    """Counters named "screen/language/impact", for the table at the end of the run."""
    return figures(pytestconfig, ACCESSIBILITY)
