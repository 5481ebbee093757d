"""The end user's page and the end user, as a browser would play them."""

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
    """The page behind the link of an announcement: a click, then looks in the rhythm of the real page's script."""

    def __init__(self, published: Detail) -> None:
        self._link = published["link"]
        requests.get(self._link, timeout=_TIMEOUT_SECONDS).raise_for_status()
        self._tell({"page": "opened"})

    def click(self) -> dict[str, Any]:
        """Press the button, and again if the page says that it did not work; the stage, and perhaps Connect's URL."""
        for _ in range(_CLICKS):
            reply = requests.post(f"{self._link}/attempts", json={}, timeout=_TIMEOUT_SECONDS)
            if reply.ok:
                break
        return _json(reply)

    def look(self) -> str:
        """Look once, after the pause that the script makes between two looks; returns the stage."""
        time.sleep(seconds_between_looks())
        return str(_json(requests.get(f"{self._link}/status", timeout=_TIMEOUT_SECONDS))["stage"])

    def click_until_connect(self) -> str:
        """Press the button and wait, as the script does, until Connect can be loaded; returns its URL."""
        while not (shown := self.click())["connectUrl"]:
            stage = shown["stage"]
            while stage == "contacting":
                stage = self.look()
            if stage not in _ASKING:
                raise RuntimeError(f"the page shows {stage} and not the bank's question")
        return str(shown["connectUrl"])

    def load_connect(self) -> SimulatedUser:
        """Press the button until Connect is loaded; returns the user who sees the bank's question."""
        user = SimulatedUser()
        user.open(self.click_until_connect())
        return user

    def tell_redirect(self) -> None:
        """Hand on the REDIRECT event of the Connect in the page."""
        self._tell({"step": "REDIRECT"})

    def _tell(self, event: dict[str, str]) -> None:
        requests.post(f"{self._link}/events", json=event, timeout=_TIMEOUT_SECONDS).raise_for_status()

    def look_until_over(self) -> None:
        """Stay on the page until it shows that all is done."""
        while self.look() not in _OVER:
            pass


def seconds_between_looks() -> float:
    """The page's rhythm while somebody waits before it, as its script has it."""
    found = re.search(r"^const EAGER_POLL_MS = (\d+);", _SCRIPT.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("the page's script has no EAGER_POLL_MS any more")
    return int(found[1]) / 1000


def _json(reply: requests.Response) -> dict[str, Any]:
    reply.raise_for_status()
    answer: dict[str, Any] = reply.json()
    return answer
