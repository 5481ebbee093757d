"""A user with a browser, who opens Connect, acts on its screens over HTTP, and may follow the redirect."""

import json
from typing import Any
from urllib.parse import urljoin

import requests

from flinks_simulator.page import Page, read_page
from flinks_simulator.users import ANSWERS, CHOICE_ANSWER, INSTITUTION_ID, PASSWORD

_TIMEOUT_SECONDS = 30

Event = dict[str, Any]


class WrongScreenError(Exception):
    """The page shown does not offer what the user wanted to do."""


class SimulatedUser:
    """Acts as the end user; answering and following the redirect are separate, so that a redirect can be lost.

    Each action on a screen returns the URL to which Connect then sends the browser, or None while it stays. `html`
    is the current page; `messages` are the messages of all pages to their parent window, exactly as posted.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self.page = Page()
        self.html = ""
        self.messages: list[Event | str] = []
        self._session = session or _make_session()
        self._url = ""

    # What the user sees

    @property
    def screen(self) -> str:
        """The screen shown: consent, declined, institutions, credentials, question, accounts, success, failed,
        expired or token."""
        return self.page.screen

    @property
    def prompt(self) -> str:
        """The bank's question, or empty."""
        return self.page.prompt

    @property
    def problem(self) -> str:
        """The sentence that says what went wrong, or empty."""
        return self.page.problem

    @property
    def choices(self) -> list[str]:
        """The choices shown: answers to the bank's challenge, ids of accounts, or ids of institutions."""
        form = self.page.forms.get(_STEPS.get(self.screen, ""))
        return list(form.choices) if form else []

    @property
    def redirect_url(self) -> str | None:
        """Where Connect sends the browser; None before success, without a redirectUrl, or if the redirect is lost."""
        return self.page.navigations[-1] if self.page.navigations else None

    @property
    def events(self) -> list[Event]:
        """The page events so far, oldest first, parsed if stringify=true made them JSON text."""
        return [json.loads(each) if isinstance(each, str) else each for each in self.messages]

    @property
    def steps(self) -> list[str]:
        """One word for each event so far: a step event's step, a code event's FlinksCode."""
        return [each.get("step") or each["flinksCode"] for each in self.events]

    # What the user does

    def open(self, connect_url: str) -> str:
        """Load a Connect URL, and return the screen it shows."""
        response = self._session.get(connect_url, timeout=_TIMEOUT_SECONDS)
        return self._show(response)

    def accept_consent(self) -> str | None:
        """Agree to share the accounts, and to the terms if there are any."""
        return self._submit("consent", decision="accept", terms="accepted")

    def deny_consent(self) -> str | None:
        """Refuse to share the accounts."""
        return self._submit("consent", decision="deny")

    def choose_institution(self, institution_id: int = INSTITUTION_ID) -> str | None:
        """Choose a bank from the list."""
        return self._submit("institutions", institution=str(institution_id))

    def sign_in(self, username: str, password: str = PASSWORD) -> str | None:
        """Fill in the credentials form."""
        return self._submit("credentials", username=username, password=password)

    def go_back(self) -> str | None:
        """Go back from the credentials form to the list of banks."""
        return self._submit("credentials", "back")

    def answer(self, text: str) -> str | None:
        """Answer the bank's question with a text."""
        return self._submit("question", answer=text)

    def choose(self, option: str) -> str | None:
        """Answer the bank's challenge with one of the choices it offers."""
        if option not in self.choices:
            raise WrongScreenError(f"{option!r} is not offered; the choices are: {', '.join(self.choices) or 'none'}")
        return self.answer(option)

    def answer_correctly(self) -> str | None:
        """Give the right answer to the question or list of choices."""
        return self.answer(CHOICE_ANSWER if self.choices else ANSWERS.get(self.prompt, ""))

    def select_accounts(self, *account_ids: str) -> str | None:
        """Select these accounts, or none."""
        return self._submit("accounts", account=list(account_ids))

    def check_again(self) -> str | None:
        """Press the button of a success page whose redirect is late; the page itself does so every few seconds."""
        return self._submit("success", "wait")

    def close(self) -> None:
        """Press the close button, which only posts a message to the parent window."""
        if self.page.close_message is None:
            raise WrongScreenError(f"The {self.screen or 'empty'} screen has no close button")
        self.messages.append(self.page.close_message)

    def follow_redirect(self, *, allow_redirects: bool = True) -> requests.Response:
        """Follow the redirect as many times as Connect sends it, and return the last response."""
        if self.redirect_url is None:
            raise WrongScreenError(f"The {self.screen or 'empty'} screen leads nowhere")
        return [
            self._session.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=allow_redirects)
            for url in self.page.navigations
        ][-1]

    def _submit(self, screen: str, step: str | None = None, **values: str | list[str]) -> str | None:
        form = self.page.forms.get(step or _STEPS[screen])
        if self.screen != screen or form is None:
            raise WrongScreenError(f"Wanted the {screen} screen, but the page shows: {self.screen or 'nothing'}")
        target = urljoin(self._url, form.action)
        self._show(self._session.post(target, data=form.hidden | values, timeout=_TIMEOUT_SECONDS))
        return self.redirect_url

    def _show(self, response: requests.Response) -> str:
        response.raise_for_status()
        self.html = response.text
        self.page = read_page(self.html)
        self.messages += self.page.messages
        self._url = response.url
        return self.screen


# The form of each screen, by the step it sends.
_STEPS = {
    "consent": "consent",
    "institutions": "institution",
    "credentials": "credentials",
    "question": "answer",
    "accounts": "accounts",
}


def _make_session() -> requests.Session:
    session = requests.Session()
    # Everything is on this machine; a proxy from the environment could not reach it.
    session.trust_env = False
    return session
