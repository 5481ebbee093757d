"""Words that the browser tests are written in."""

import re
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Request, expect

from devtools.service import Service
from flinks_simulator.users import ANSWERS, PASSWORD
from reconnect_cli.following import Snapshot
from tests.system.support import open_session, wait_until

# Generous, because it is only ever used up by a test that fails.
PATIENCE_MS = 40_000.0

# The page looks every few seconds; here it looks five times as often. How long it waits for an answer stays as it is.
HURRY = """{
  const wait = window.setTimeout;
  window.setTimeout = (run, delay = 0, ...rest) => wait(run, delay < 10_000 ? delay / 5 : delay, ...rest);
}"""


def a_question(service: Service, username: str = "Greatday", **request: Any) -> Snapshot:
    """A session whose bank asks, and whose person has the link."""
    return wait_until(service, open_session(service, username, **request), "AWAITING_USER")


def read_qr_code(picture: bytes) -> str:
    """What a phone's camera reads in a picture, with a decoder that is not ours."""
    with Image.open(BytesIO(picture)) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("L"))
    return str(code.text)


class Person:
    """Somebody with a browser: a tab, and everything that it asked for."""

    def __init__(self, context: BrowserContext) -> None:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(HURRY)
        self.requests: list[Request] = []
        self.script_errors: list[str] = []
        self.context, self.page = context, context.new_page()
        context.on("request", self._note)
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    # What they see

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def connect(self) -> FrameLocator:
        """What is in the frame: Connect."""
        return self.page.frame_locator("iframe")

    @property
    def question(self) -> Locator:
        return self.connect.locator("#prompt")

    def sees(self, heading: str) -> None:
        """The page comes to this heading, whatever it showed before."""
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
        """Answer the bank in Connect; rightly, unless they are told what to say."""
        answer = self.connect.locator("[name=answer]")
        answer.fill(self.right_answer() if text is None else text)
        answer.press("Enter")

    def signs_in(self, username: str) -> None:
        self.connect.get_by_label("Username").fill(username)
        self.connect.get_by_label("Password").fill(PASSWORD)
        self.connect.get_by_role("button", name="Continue").click()

    # What their browser sent

    def sent(self, path: str) -> list[Any]:
        """The bodies of the messages to one of the page's own addresses."""
        return [each.post_data_json for each in self.requests if each.method == "POST" and each.url.endswith(path)]
