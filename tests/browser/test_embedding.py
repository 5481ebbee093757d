"""Connect in a caller's own page, with the embed script, in a real browser."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from devtools.example import environment_of
from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.browser.support import Person
from tests.example_sites import Site, running_site
from tests.system.support import a_login, wait_for_end

Arrive = Callable[..., Person]


@pytest.fixture
def login(slow_backstop: Service, request: pytest.FixtureRequest) -> str:
    return a_login(slow_backstop, getattr(request, "param", "Greatday"))


@pytest.fixture
def site(slow_backstop: Service, login: str, tmp_path: Path) -> Iterator[Site]:
    """The Python example, before a service whose own polls come too late to matter."""
    environment = environment_of(slow_backstop, login, f"embedding-{login[:8]}")
    with running_site(tmp_path, "python", [sys.executable, "-m", "reconnect_site"], environment) as running:
        yield running


def _calls(person: Person, service: Service) -> list[Request]:
    """What the page asked the service for, apart from what its frame showed."""
    return [each for each in person.requests if each.url.startswith(f"{service.api.url}/connect/")]


def _ended(person: Person, service: Service) -> Snapshot:
    link = _calls(person, service)[0].url.partition("/connect/")[2]
    return wait_for_end(service, link.partition(".")[0])


def test_an_embedded_user_counts_as_there_without_a_parameter(
    slow_backstop: Service, site: Site, a_person: Arrive
) -> None:
    person = a_person().opens(site.url)
    person.taps("Refresh, and answer right here")
    expect(person.question).to_be_visible()
    person.answers()

    expect(person.page.get_by_role("listitem")).to_have_count(3)

    ended = _ended(person, slow_backstop)
    causes = [entry["cause"] for entry in ended["timeline"] if entry["actor"] == "user"]
    assert causes[0] == "link_opened"
    calls = _calls(person, slow_backstop)
    # The page may be told that the user is done before it asks.
    assert {each.method for each in calls} - {"GET"} == {"POST"}
    sent = [each.all_headers() for each in calls]
    assert {headers.get(name, "") for headers in sent for name in ("cookie", "referer")} == {""}


@pytest.mark.parametrize("login", ["redirect_lost"], indirect=True)
def test_an_embedded_answer_is_noticed_although_no_redirect_reports_it(
    slow_backstop: Service, site: Site, a_person: Arrive
) -> None:
    person = a_person().opens(site.url)
    person.taps("Refresh, and answer right here")
    person.answers()

    expect(person.page.get_by_role("listitem")).to_have_count(3)

    ended = _ended(person, slow_backstop)
    causes = [entry["cause"] for entry in ended["timeline"] if entry["actor"] == "user"]
    assert causes == ["link_opened"]
    assert [each for each in _calls(person, slow_backstop) if urlsplit(each.url).path.endswith("/status")]
