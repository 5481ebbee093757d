"""The example sites, copied out of the checkout and called over HTTP as a user's browser does."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from packaging.requirements import Requirement

from devtools.example import environment_of
from devtools.service import Service
from tests.example_sites import EXAMPLES, Site, Visitor, running_site
from tests.packages.environments import build, install
from tests.system.support import a_login, a_user_at

_NODE = shutil.which("node")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with what the example's requirements name, and nothing else."""
    wheel = build(EXAMPLES.parent / "client", tmp_path_factory.mktemp("client"))
    lines = (EXAMPLES / "python" / "requirements.txt").read_text().splitlines()
    assert {Requirement(line).name for line in lines} == {"flask", "flinks-reconnect-client"}
    others = [each for each in map(Requirement, lines) if each.name != "flinks-reconnect-client"]
    return install(tmp_path_factory.mktemp("site"), wheel, also=others).folder / "bin" / "python"


@pytest.fixture(params=["python", "node"])
def language(request: pytest.FixtureRequest) -> str:
    if request.param == "node" and _NODE is None:
        pytest.skip("there is no node on this machine")
    return str(request.param)


@pytest.fixture
def environment(service: Service, language: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The site's settings, for a user whose bank asks a question, with a queue of its own."""
    name = f"site-{language}-{abs(hash(request.node.name)) % 10_000}"
    return environment_of(service, a_login(service, "Greatday"), name)


@pytest.fixture
def site(language: str, python: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    command = [str(python), "-m", "reconnect_site"] if language == "python" else [_NODE or "", "server.js"]
    with running_site(tmp_path, language, command, environment) as running:
        yield running


def test_a_user_who_is_sent_to_our_link_comes_back_to_fresh_accounts(site: Site) -> None:
    visitor = Visitor(site)
    visitor.begin("link")
    asked = visitor.wait_until(lambda status: status["link"])
    page = requests.post(f"{asked['link']}/attempts", json={}, timeout=30).json()

    a_user_at(page).answer_correctly()
    requests.post(f"{asked['link']}/events", json={"step": "REDIRECT"}, timeout=30)
    ended = visitor.wait_until(lambda status: status["isOver"])

    assert asked["connectUrl"] is None
    assert page["returnUrl"] is None
    assert requests.get(f"{asked['link']}/status", timeout=30).json()["returnUrl"] == f"{site.url}/back"
    assert ended["isFresh"]
    assert len(ended["accounts"]) == 3
    assert ended["link"] is None


def test_a_user_who_answers_in_the_sites_frame_ends_at_its_thank_you_page(site: Site) -> None:
    visitor = Visitor(site)
    visitor.begin("embed")
    asked = visitor.wait_until(lambda status: status["connectUrl"])

    user = a_user_at(asked)
    user.answer_correctly()
    in_the_frame = user.follow_redirect()
    ended = visitor.wait_until(lambda status: status["isOver"])

    assert (in_the_frame.url, in_the_frame.status_code) == (f"{site.url}/back", 200)
    assert "Thank you" in in_the_frame.text
    assert ended["isFresh"]


def test_a_second_click_joins_the_refresh_that_is_under_way(site: Site) -> None:
    visitor, other = Visitor(site), Visitor(site)
    visitor.begin("embed")
    first = visitor.wait_until(lambda status: status["connectUrl"])

    other.begin("embed")

    assert other.status()["connectUrl"] == first["connectUrl"]


def test_a_browser_without_a_refresh_sees_nothing(site: Site) -> None:
    Visitor(site).begin("link")
    stranger = Visitor(site)

    assert stranger.get("/refresh").status_code == 404
    assert stranger.get("/refresh/status").status_code == 404


def test_the_page_frames_only_connect_our_api_and_itself(site: Site, service: Service) -> None:
    page = Visitor(site).begin("embed")

    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    scheme, host, *_ = urlsplit(service.api.url)
    assert policy["frame-src"].split() == [service.simulator.url, f"{scheme}://{host}", "'self'"]
    assert policy["connect-src"].split() == ["'self'", f"{scheme}://{host}"]
    assert policy["script-src"] == "'self'"


def test_the_site_learns_from_the_bus_how_the_refresh_goes(site: Site) -> None:
    visitor = Visitor(site)
    visitor.begin("embed")
    asked = visitor.wait_until(lambda status: status["lastEvent"] == "ReconnectRequired" and status["connectUrl"])

    a_user_at(asked).answer_correctly()
    visitor.wait_until(lambda status: status["lastEvent"] == "SessionSucceeded")

    # Sessions that other tests left open publish events too, and the bus may deliver any of them twice.
    said: list[list[str]] = []
    while not said or said[-1][2] != "SessionSucceeded":
        said.append(site.lines.readline().split())
    own = said[-1][1].partition(".")[0]
    taken = [name for _, event_id, name, word in said if event_id.startswith(own) and word == "taken"]
    assert taken == ["ReconnectRequired", "SessionSucceeded"]


def test_a_consumer_takes_each_real_event_once_and_in_order(
    site: Site, service: Service, environment: dict[str, str]
) -> None:
    account = environment["EVENT_ACCOUNT"]

    def said_about(sequence: int, word: str = "", **changes: Any) -> str:
        """Send an event to the consumer's queue; return what it says."""
        detail = {
            "eventId": f"id.{sequence}",
            "sessionId": "one",
            "sequence": sequence,
            "version": 1,
            "status": "STALE",
        }
        envelope = {"source": "reconnect", "account": account, "detail-type": "SessionStale"}
        envelope |= {"detail": detail | changes.pop("detail", {}), **changes}
        service.engine.client("sqs").send_message(
            QueueUrl=environment["EVENT_QUEUE_URL"], MessageBody=word or json.dumps(envelope)
        )
        return site.lines.readline()

    assert said_about(4) == "event id.4 SessionStale taken\n"
    assert said_about(4) == "event id.4 SessionStale known\n"
    assert said_about(3) == "event id.3 SessionStale known\n"
    assert said_about(5, account="999999999999") == "event refused: NotAccepted\n"
    assert said_about(5, source="other") == "event refused: NotAccepted\n"
    assert said_about(5, detail={"version": 2}) == "event refused: NotAccepted\n"
    assert "refused" in said_about(5, "not JSON")
    assert said_about(5) == "event id.5 SessionStale taken\n"
