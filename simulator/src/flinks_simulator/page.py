"""The content and forms of one Connect page, read from its HTML."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """One form: its target, its hidden fields, and its choices."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    choices: list[str] = field(default_factory=list)


@dataclass
class Page:
    """One page; `forms` by the step they send, `messages` as posted to the parent window."""

    screen: str = ""
    prompt: str = ""
    problem: str = ""
    forms: dict[str, Form] = field(default_factory=dict)
    messages: list[dict[str, Any] | str] = field(default_factory=list)
    navigations: list[str] = field(default_factory=list)
    close_message: dict[str, Any] | str | None = None


def read_page(html: str) -> Page:
    """Read one Connect page."""
    reader = _PageReader()
    reader.feed(html)
    page = reader.page
    page.prompt = " ".join(reader.texts["prompt"].split())
    page.problem = " ".join(reader.texts["problem"].split())
    sent = json.loads(reader.texts["connect-page"] or "{}")
    page.messages = sent.get("messages", [])
    page.navigations = sent.get("navigations", [])
    if page.close_message is not None and not sent.get("stringify"):
        page.close_message = json.loads(str(page.close_message))
    return page


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.texts = {"prompt": "", "problem": "", "connect-page": ""}
        self._form = Form("")
        self._reading = ""
        self._until = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("id") in self.texts:
            self._reading, self._until = values["id"], tag
        match tag:
            case "body":
                self.page.screen = values.get("data-screen", "")
            case "form":
                self._form = Form(values.get("action", ""))
            case "button" if values.get("id") == "close":
                self.page.close_message = values.get("data-event")
            case "button" if values.get("name") == "institution":
                self._form.choices.append(values.get("value", ""))
            case "input":
                self._read_input(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._until:
            self._reading = self._until = ""

    def handle_data(self, data: str) -> None:
        if self._reading:
            self.texts[self._reading] += data

    def _read_input(self, values: dict[str, str]) -> None:
        name, value = values.get("name", ""), values.get("value", "")
        match values.get("type"):
            case "hidden":
                self._form.hidden[name] = value
                if name == "step":
                    self.page.forms[value] = self._form
            case "radio":
                self._form.choices.append(value)
            case "checkbox" if name == "account":
                self._form.choices.append(value)
