"""The end user and their page, acting as a browser would."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from typing import Any, Self

import requests

from devtools.bench.backend import PATIENCE_SECONDS, Detail
from devtools.figures import Figure
from devtools.service import PROJECT
from flinks_simulator import SimulatedUser

_CLICKS = 3
# The script's names of clicks have eight characters.
_CLICK_BYTES = 4
_SCRIPT = PROJECT / "layers/reconnect/reconnect/page/assets/connect_page.js"
_ASKING = ("question", "sign_in")
_OVER = ("done", "ended")
_WAITING_SECONDS = 20


@dataclass(frozen=True)
class Rhythm:
    """How long the page waits before each poll, in seconds: `eager` for the first ones on a screen of `waiting`."""

    eager: tuple[float, ...]
    usual: float
    waiting: frozenset[str]

    @classmethod
    @cache
    def of_the_script(cls) -> Self:
        """Read it from the script of the real page."""
        script = _SCRIPT.read_text(encoding="utf-8")
        eager, usual, waiting = (
            json.loads(_constant(script, name)) for name in ("EAGER_POLLS_MS", "POLL_MS", "WAITING")
        )
        return cls(tuple(each / 1000 for each in eager), usual / 1000, frozenset(waiting))

    def before_poll(self, stage: str, polls: int) -> float:
        """The wait before the next poll, after so many on this screen."""
        return self.eager[polls] if stage in self.waiting and polls < len(self.eager) else self.usual


def figures() -> Iterator[Figure]:
    """Count the requests of a page whose user waits for us."""
    rhythm, waited, polls = Rhythm.of_the_script(), 0.0, 0
    (stage, *_) = rhythm.waiting
    while (waited := waited + rhythm.before_poll(stage, polls)) <= _WAITING_SECONDS:
        polls += 1
    yield Figure(f"requests of a page in {_WAITING_SECONDS} s of waiting", polls, 12)


def _constant(script: str, name: str) -> str:
    """The text of a number or list; that of a set is its list."""
    found = re.search(rf"^const {name} = (?:new Set\()?([^;)]+)\)?;", script, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the page's script no longer has {name}")
    return found[1]


class Page:
    """The page of an event's link: a click, then polls in the rhythm of the real page's script."""

    def __init__(self, published: Detail) -> None:
        self._link = published["link"]
        self._rhythm = Rhythm.of_the_script()
        self._stage, self._polls = "question", 0
        requests.get(self._link, timeout=PATIENCE_SECONDS).raise_for_status()
        self._post_event({"page": "opened"})

    def click(self) -> dict[str, Any]:
        """Press the button, again if that failed; return the stage, and Connect's URL if there is one."""
        click = token_hex(_CLICK_BYTES)
        for _ in range(_CLICKS):
            headers = {"X-Click": click}
            reply = requests.post(f"{self._link}/attempts", json={}, headers=headers, timeout=PATIENCE_SECONDS)
            if reply.ok:
                break
        return self._show(reply)

    @property
    def seconds_until_poll(self) -> float:
        """How long the page waits before its next poll."""
        return self._rhythm.before_poll(self._stage, self._polls)

    def poll(self) -> str:
        """Wait as long as the script would, then poll once; return the stage."""
        time.sleep(self.seconds_until_poll)
        self._polls += 1
        self._show(requests.get(f"{self._link}/status", timeout=PATIENCE_SECONDS))
        return self._stage

    def _show(self, reply: requests.Response) -> dict[str, Any]:
        """Show what the server answered; the rhythm begins anew on each screen."""
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        self._enter(str(answer["stage"]))
        return answer

    def _enter(self, stage: str) -> None:
        if stage != self._stage:
            self._stage, self._polls = stage, 0

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
        # The script shows at once that it is being checked.
        self._enter("checking")

    def _post_event(self, event: dict[str, str]) -> None:
        requests.post(f"{self._link}/events", json=event, timeout=PATIENCE_SECONDS).raise_for_status()

    def poll_until_over(self) -> None:
        """Poll until the page shows that the session is over."""
        while self.poll() not in _OVER:
            pass
