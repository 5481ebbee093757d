"""The example site of a fintech, called over HTTP as a user's browser does."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.serving import make_server

from devtools.service import Service
from examples.embed.site import create_site
from flinks_simulator import SimulatedUser
from tests.system.support import PATIENCE, a_login, a_user_at


class Browser:
    """A browser on the site: it keeps cookies and follows redirects."""

    def __init__(self, site: str) -> None:
        self._site, self._session = site, requests.Session()
        self._session.trust_env = False

    def begin(self, way: str) -> requests.Response:
        return self._session.post(f"{self._site}/refresh", data={"way": way}, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self._session.get(f"{self._site}{path}", timeout=30)

    def status(self) -> dict[str, Any]:
        return dict(self.get("/refresh/status").json())

    def wait_until(self, is_met: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        # Each check is a request, so this never spins idle.
        while not is_met(status := self.status()):
            assert time.monotonic() < deadline, f"not met; last status: {status}"
        return status


@pytest.fixture
def site(service: Service) -> Iterator[str]:
    """The site, on its own port, for a user whose bank asks a question."""
    app = create_site(service.api, connect_origin=service.simulator.url, login_id=a_login(service, "Greatday"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join()


def test_a_user_who_is_sent_to_our_link_comes_back_to_fresh_accounts(site: str) -> None:
    browser = Browser(site)
    browser.begin("link")
    asked = browser.wait_until(lambda status: status["link"])
    page = requests.post(f"{asked['link']}/attempts", json={}, timeout=30).json()

    user = SimulatedUser()
    user.open(page["connectUrl"])
    user.answer_correctly()
    requests.post(f"{asked['link']}/events", json={"step": "REDIRECT"}, timeout=30)
    ended = browser.wait_until(lambda status: status["isOver"])

    assert asked["connectUrl"] is None
    assert page["returnUrl"] is None
    assert requests.get(f"{asked['link']}/status", timeout=30).json()["returnUrl"] == f"{site}/back"
    assert ended["isFresh"]
    assert len(ended["accounts"]) == 3
    assert ended["link"] is None


def test_a_user_who_answers_in_the_sites_frame_ends_at_its_thank_you_page(site: str) -> None:
    browser = Browser(site)
    browser.begin("embed")
    asked = browser.wait_until(lambda status: status["connectUrl"])

    user = a_user_at(asked)
    user.answer_correctly()
    in_the_frame = user.follow_redirect()
    ended = browser.wait_until(lambda status: status["isOver"])

    assert (in_the_frame.url, in_the_frame.status_code) == (f"{site}/back", 200)
    assert "Thank you" in in_the_frame.text
    assert ended["isFresh"]


def test_a_second_click_joins_the_refresh_that_is_under_way(site: str) -> None:
    browser, other = Browser(site), Browser(site)
    browser.begin("embed")
    first = browser.wait_until(lambda status: status["connectUrl"])

    other.begin("embed")

    assert other.status()["connectUrl"] == first["connectUrl"]


def test_a_browser_without_a_refresh_sees_nothing(site: str) -> None:
    Browser(site).begin("link")
    stranger = Browser(site)

    assert stranger.get("/refresh").status_code == 404
    assert stranger.get("/refresh/status").status_code == 404


def test_the_page_frames_only_connect_our_api_and_itself(site: str, service: Service) -> None:
    page = Browser(site).begin("embed")

    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    scheme, host, *_ = urlsplit(service.api.url)
    assert policy["frame-src"].split() == [service.simulator.url, f"{scheme}://{host}", "'self'"]
    assert policy["script-src"] == "'self'"
    assert f'data-connect-origin="{service.simulator.url}"' in page.text
