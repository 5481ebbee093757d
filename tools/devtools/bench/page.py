"""The end user and their page, acting as a browser would."""

import re
import time
from typing import Any

import requests

from devtools.bench.backend import Detail
from devtools.service import PROJECT
from flinks_simulator import SimulatedUser

_TIMEOUT_SECONDS = 60
_CLICKS = 3
_SCRIPT = PROJECT / "layers/reconnect/reconnect/page/assets/connect_page.js"
_ASKING = ("question", "sign_in")
_OVER = ("done", "ended")


class Page:
    """The page of an event's link: a click, then polls at the interval of the real page's script."""

    def __init__(self, published: Detail) -> None:
        self._link = published["link"]
        requests.get(self._link, timeout=_TIMEOUT_SECONDS).raise_for_status()
        self._post_event({"page": "opened"})

    def click(self) -> dict[str, Any]:
        """Press the button, again if that failed; return the stage, and Connect's URL if there is one."""
        for _ in range(_CLICKS):
            reply = requests.post(f"{self._link}/attempts", json={}, timeout=_TIMEOUT_SECONDS)
            if reply.ok:
                break
        return _json(reply)

    def poll(self) -> str:
        """Poll once, after the script's interval; return the stage."""
        time.sleep(seconds_between_polls())
        return str(_json(requests.get(f"{self._link}/status", timeout=_TIMEOUT_SECONDS))["stage"])

    def click_until_connect(self) -> str:
        """Press the button and wait, as the script does, until Connect can be loaded; return its URL."""
        while not (shown := self.click())["connectUrl"]:
            stage = shown["stage"]
            while stage == "contacting":
                stage = self.poll()
            if stage not in _ASKING:
                raise RuntimeError(f"the page shows {stage} and not the bank's question")
        return str(shown["connectUrl"])

    def load_connect(self) -> SimulatedUser:
        """Press the button until Connect is loaded; return the user, who sees the bank's question."""
        user = SimulatedUser()
        user.open(self.click_until_connect())
        return user

    def send_redirect(self) -> None:
        """Send the REDIRECT event of the page's Connect to the service."""
        self._post_event({"step": "REDIRECT"})

    def _post_event(self, event: dict[str, str]) -> None:
        requests.post(f"{self._link}/events", json=event, timeout=_TIMEOUT_SECONDS).raise_for_status()

    def poll_until_over(self) -> None:
        """Poll until the page shows that the session is over."""
        while self.poll() not in _OVER:
            pass


def seconds_between_polls() -> float:
    """Return the page's poll interval while the user waits, read from its script."""
    found = re.search(r"^const EAGER_POLL_MS = (\d+);", _SCRIPT.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("the page's script no longer has EAGER_POLL_MS")
    return int(found[1]) / 1000


def _json(reply: requests.Response) -> dict[str, Any]:
    reply.raise_for_status()
    answer: dict[str, Any] = reply.json()
    return answer
