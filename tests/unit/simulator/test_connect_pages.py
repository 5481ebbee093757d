"""Every Connect screen in both languages: usable by keyboard and screen reader, without outside resources."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.users import Challenge, Redirect
from flinks_simulator.wording import WORDING, explain
from tests.unit.simulator.connecting import BACK, SITE, an_attempt, connect_url

ASKING = {"asks": True}
CHOOSING = {"asks": True, "challenge": Challenge.CHOICES}
LATE = {"redirect": Redirect.LATE}
SELECTING = {"accountSelectorEnable": "true", "accountSelectorMultiple": "true"}

Walk = Callable[[SimulatedUser, Bank, str], object]


def _open(user: SimulatedUser, language: str, path: str = "/v2/", **parameters: str) -> SimulatedUser:
    user.open(connect_url(path, language=language, demo="true", closeEnable="true", redirectUrl=BACK, **parameters))
    return user


WALKS: dict[str, Walk] = {
    "consent": lambda u, _, lang: _open(u, lang, consentEnable="true", termsUrl=BACK),
    "declined": lambda u, _, lang: _open(u, lang, consentEnable="true").deny_consent(),
    "institutions": lambda u, _, lang: _open(u, lang),
    "closed": lambda u, _, lang: _open(u, lang).choose_institution(99),
    "credentials": lambda u, _, lang: _open(u, lang, "/v2/Credential/14"),
    "refused": lambda u, _, lang: _open(u, lang, "/v2/Credential/14").sign_in("nobody"),
    "question": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b, **ASKING)),
    "wrong": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b, **ASKING)).answer("Atlantis"),
    "choices": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b, **CHOOSING)),
    "accounts": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b), **SELECTING),
    "no account": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b), **SELECTING).select_accounts(),
    "success": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b)),
    "late": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b, **LATE)),
    "failed": lambda u, b, lang: _open(u, lang, requestId=an_attempt(b, refusal="RETRY_LATER")),
    "expired": lambda u, _, lang: _open(u, lang, requestId="no-such-session"),
    "token": lambda u, _, lang: _open(u, lang, authorizeToken="spent"),
}


@pytest.fixture(params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("walk", WALKS)
def test_a_screen_is_usable_by_keyboard_and_screen_reader(
    walk: str, bank: Bank, user: SimulatedUser, language: str
) -> None:
    WALKS[walk](user, bank, language)

    html, tags = user.html, list(read_tags(user.html))
    checks = {
        "it says its language": ("html", {"lang": language}) in tags,
        "it has one heading and one title": [tag for tag, _ in tags if tag in {"h1", "title"}] == ["title", "h1"],
        "every word has its text": "words." not in html,
        "every field has a label": _is_labelled(tags),
        "choices are grouped under a legend": _groups(tags) == (["fieldset", "legend"] if _has_choices(tags) else []),
        "focus starts at the problem, or at the heading": _focused(tags)
        == ([("p", "alert")] if 'id="problem"' in html else [("h1", None)]),
        "the description of each field is on the page": _described(tags) <= _ids(tags),
        "it loads no other resources": not [tag for tag, values in tags if tag == "link" or "src" in values]
        and "@import" not in html,
        "it is small": len(html.encode()) < 12_000,
    }

    assert [check for check, holds in checks.items() if not holds] == []


Tags = list[tuple[str, dict[str, str]]]


def _is_labelled(tags: Tags) -> bool:
    labelled = {values["for"] for tag, values in tags if tag == "label" and "for" in values}
    fields = [values for tag, values in tags if tag == "input" and values.get("type") != "hidden"]
    return all(each.get("id") in labelled or each.get("in") == "label" for each in fields)


def _groups(tags: Tags) -> list[str]:
    return [tag for tag, _ in tags if tag in {"fieldset", "legend"}]


def _has_choices(tags: Tags) -> bool:
    inputs = [values for tag, values in tags if tag == "input"]
    return any(values.get("type") == "radio" or values.get("name") == "account" for values in inputs)


def _focused(tags: Tags) -> list[tuple[str, str | None]]:
    return [(tag, values.get("role")) for tag, values in tags if "autofocus" in values]


def _ids(tags: Tags) -> set[str]:
    return {values["id"] for _, values in tags if "id" in values}


def _described(tags: Tags) -> set[str]:
    return {each for _, values in tags for each in values.get("aria-describedby", "").split()}


@pytest.mark.parametrize("language", ["fr", "FR", "fr-CA"])
def test_french_is_recognized_in_any_spelling(user: SimulatedUser, language: str) -> None:
    user.open(f"{SITE}/v2/Credential/14?language={language}")

    user.sign_in("nobody")

    assert user.problem == "Votre banque ne connaît pas ce nom d'utilisateur. INVALID_USERNAME"


def test_both_languages_have_the_same_texts() -> None:
    assert WORDING["en"].keys() == WORDING["fr"].keys()
    assert explain("fr", "A_CODE_OF_TOMORROW").startswith("Un problème")


def test_the_header_can_be_hidden(client: FlaskClient) -> None:
    assert "<header>" in client.get("/v2/").text
    assert "<header>" not in client.get("/v2/?headerEnable=false").text


def read_tags(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Read a page's tags with their attributes; an input inside a label carries in="label"."""
    reader = _TagReader()
    reader.feed(html)
    yield from reader.tags


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._is_in_label = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._is_in_label = self._is_in_label or tag == "label"
        self.tags.append((tag, values | ({"in": "label"} if tag == "input" and self._is_in_label else {})))

    def handle_endtag(self, tag: str) -> None:
        self._is_in_label = self._is_in_label and tag != "label"
