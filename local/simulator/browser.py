"""A user with a browser: opens Connect, answers over HTTP, and may or may not follow the redirect."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from local.simulator.users import ANSWERS, PASSWORD

_TIMEOUT_SECONDS = 30


class WrongScreenError(Exception):
    """The page shown does not offer what the user wanted to do."""


@dataclass
class Page:
    """What a user can see and do on one Connect page."""

    screen: str = ""
    form_action: str | None = None
    prompt: str = ""
    continue_url: str | None = None


class SimulatedUser:
    """Acts as the end user; answering and coming back are separate, so that a redirect can be lost."""

    def __init__(self, session: requests.Session | None = None) -> None:
        self.page = Page()
        self._session = session or _make_session()
        self._url = ""

    @property
    def screen(self) -> str:
        """Which Connect screen is shown: question, credentials, success, failed, expired or token."""
        return self.page.screen

    @property
    def prompt(self) -> str:
        """The bank's question, empty when none is shown."""
        return self.page.prompt

    @property
    def redirect_url(self) -> str | None:
        """Where Connect would send the browser, None before success or without a redirectUrl."""
        return self.page.continue_url

    def open(self, connect_url: str) -> str:
        """Load a Connect URL, and return the screen it shows."""
        response = self._session.get(connect_url, timeout=_TIMEOUT_SECONDS)
        return self._look_at(response)

    def answer(self, text: str) -> str | None:
        """Answer the question; returns the redirect URL, or None when Connect does not redirect."""
        return self._submit("question", {"answer": text})

    def answer_correctly(self) -> str | None:
        """Answer the question as the FlinksCapital user would."""
        return self.answer(ANSWERS.get(self.prompt, ""))

    def sign_in(self, username: str, password: str = PASSWORD) -> str | None:
        """Fill in the credentials form; returns the redirect URL, or None when Connect does not redirect."""
        return self._submit("credentials", {"username": username, "password": password})

    def follow_redirect(self, *, allow_redirects: bool = True) -> requests.Response:
        """Go where Connect sends the browser."""
        if self.redirect_url is None:
            raise WrongScreenError(f"The {self.screen or 'empty'} screen leads nowhere")
        return self._session.get(self.redirect_url, timeout=_TIMEOUT_SECONDS, allow_redirects=allow_redirects)

    def _submit(self, screen: str, values: dict[str, str]) -> str | None:
        if self.screen != screen or self.page.form_action is None:
            raise WrongScreenError(f"Wanted the {screen} screen, but the page shows: {self.screen or 'nothing'}")
        target = urljoin(self._url, self.page.form_action)
        self._look_at(self._session.post(target, data=values, timeout=_TIMEOUT_SECONDS))
        return self.redirect_url

    def _look_at(self, response: requests.Response) -> str:
        response.raise_for_status()
        reader = _PageReader()
        reader.feed(response.text)
        self.page = reader.page
        self._url = response.url
        return self.screen


def _make_session() -> requests.Session:
    session = requests.Session()
    # Everything is on this machine; a proxy named in the environment would only be in the way.
    session.trust_env = False
    return session


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._is_in_prompt = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        match tag:
            case "body":
                self.page.screen = values.get("data-screen") or ""
            case "form":
                self.page.form_action = values.get("action")
            case "a" if values.get("id") == "continue":
                self.page.continue_url = values.get("href")
        self._is_in_prompt = values.get("id") == "prompt"

    def handle_endtag(self, tag: str) -> None:
        self._is_in_prompt = self._is_in_prompt and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._is_in_prompt:
            self.page.prompt += data
