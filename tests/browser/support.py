"""Helpers of the browser tests."""

import re
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Request, expect

from devtools.service import Service
from flinks_simulator.users import ANSWERS, PASSWORD
from reconnect_cli.following import Snapshot
from tests.system.support import open_session, wait_until

# Generous: only a failing test waits this long.
PATIENCE_MS = 40_000.0

# The page polls every few seconds; here it polls five times as often. Its request time-outs stay as they are.
HURRY = """{
  const wait = window.setTimeout;
  window.setTimeout = (run, delay = 0, ...rest) => wait(run, delay < 10_000 ? delay / 5 : delay, ...rest);
}"""


# The journeys run in each browser that this machine has.
in_each_browser = pytest.mark.parametrize("used_browser", ["chromium", "firefox"], indirect=True)


def a_question(service: Service, username: str = "Greatday", **request: Any) -> Snapshot:
    """Open a session whose bank asks a question, and return it once it waits for its user."""
    return wait_until(service, open_session(service, username, **request), "AWAITING_USER")


def read_qr_code(picture: bytes) -> str:
    """Decode a QR code with an independent decoder."""
    with Image.open(BytesIO(picture)) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("L"))
    return str(code.text)


class Person:
    """A person with a browser: one tab, and all its requests."""

    def __init__(self, context: BrowserContext) -> None:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(HURRY)
        self.requests: list[Request] = []
        self.script_errors: list[str] = []
        self.context, self.page = context, context.new_page()
        context.on("request", self._record)
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))

    def _record(self, request: Request) -> None:
        # Playwright sets an attribute on its handlers, which list.append does not allow.
        self.requests.append(request)

    # What they see

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def connect(self) -> FrameLocator:
        """The content of the frame, which is Connect."""
        return self.page.frame_locator("iframe")

    @property
    def question(self) -> Locator:
        return self.connect.locator("#prompt")

    def sees(self, heading: str) -> None:
        """Wait until the page shows this heading."""
        expect(self.heading).to_have_text(heading)

    def reads(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def right_answer(self) -> str:
        return ANSWERS[self.question.inner_text()]

    def sees_connect_say(self, heading: str) -> None:
        expect(self.connect.get_by_role("heading", level=1)).to_have_text(heading)

    # What they do

    def opens(self, link: str) -> "Person":
        self.page.goto(link)
        return self

    def taps(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()

    def answers(self, text: str | None = None) -> None:
        """Answer the bank in Connect, correctly unless a text is given."""
        answer = self.connect.locator("[name=answer]")
        answer.fill(self.right_answer() if text is None else text)
        answer.press("Enter")

    def signs_in(self, username: str) -> None:
        self.connect.get_by_label("Username").fill(username)
        self.connect.get_by_label("Password").fill(PASSWORD)
        self.connect.get_by_role("button", name="Continue").click()

    # What their browser sent

    def reported(self, *events: dict[str, str]) -> None:
        """Assert which events the page sent; of Firefox, Playwright does not learn their bodies."""
        assert self.sent("/events") in (list(events), [None] * len(events))

    def sent(self, path: str) -> list[Any]:
        """Return the bodies of the POST requests to one of the page's own paths."""
        return [
            each.post_data_json
            for each in self.requests
            if each.method == "POST" and urlsplit(each.url).path.endswith(path)
        ]
