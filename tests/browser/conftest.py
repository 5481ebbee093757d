"""One headless Chromium for all browser tests, and a Firefox for the journeys; each person has a context of their own.

Skipped tests are reported.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from devtools.chromium import NO_BROWSER, FirefoxUnusable, find_chromium, running, running_firefox
from devtools.engine import LocalEngine
from devtools.screens import gallery
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator
from tests.browser.support import PATIENCE_MS, Person
from tests.deployed import FAST
from tests.summary import ACCESSIBILITY, Figures, figures


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session", autouse=True)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The browser of this machine. Without one these tests are skipped, or fail if CI is set."""
    executable = find_chromium()
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    expect.set_options(timeout=PATIENCE_MS)
    with running(request.getfixturevalue("playwright"), executable) as browser:
        yield browser


@pytest.fixture(scope="session")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """The Firefox of this machine. Without one that Playwright can drive, its tests are skipped, also in CI."""
    with ExitStack() as running_browsers:
        try:
            yield running_browsers.enter_context(running_firefox(playwright))
        except FirefoxUnusable as reason:
            pytest.skip(str(reason))


@pytest.fixture
def used_browser(request: pytest.FixtureRequest) -> Browser:
    """Chromium, unless the test is parameterised with another (`in_each_browser`)."""
    used: Browser = request.getfixturevalue({"firefox": "firefox"}.get(getattr(request, "param", ""), "browser"))
    return used


@pytest.fixture
def a_person(used_browser: Browser) -> Iterator[Callable[..., Person]]:
    """Return `a_person(locale="fr-CA")`: a person with their own browser. A script error there fails the test."""
    people: list[Person] = []
    with ExitStack() as contexts:

        def arrive(**options: Any) -> Person:
            people.append(Person(contexts.enter_context(used_browser.new_context(**options))))
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
