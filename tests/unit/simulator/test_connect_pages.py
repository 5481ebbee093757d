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


@pytest.fixture(params=WALKS)
def html(request: pytest.FixtureRequest, bank: Bank, user: SimulatedUser, language: str) -> str:
    WALKS[request.param](user, bank, language)
    return user.html


def test_a_screen_says_its_language_title_and_one_heading(html: str, language: str) -> None:
    tags = list(read_tags(html))

    assert ("html", {"lang": language}) in tags
    assert [tag for tag, _ in tags].count("h1") == 1
    assert [tag for tag, _ in tags].count("title") == 1
    assert "words." not in html


def test_every_field_has_a_name_that_is_read_aloud(html: str) -> None:
    tags = list(read_tags(html))
    labelled = {values["for"] for tag, values in tags if tag == "label" and "for" in values}
    fields = [values for tag, values in tags if tag == "input" and values.get("type") != "hidden"]

    assert all(each.get("id") in labelled or each.get("in") == "label" for each in fields)


def test_choices_are_grouped_under_a_legend(html: str) -> None:
    tags = list(read_tags(html))
    groups = [tag for tag, _ in tags if tag in {"fieldset", "legend"}]
    has_choices = any(
        values.get("type") == "radio" or values.get("name") == "account" for tag, values in tags if tag == "input"
    )

    assert groups == (["fieldset", "legend"] if has_choices else [])


def test_focus_starts_at_the_problem_or_at_the_heading(html: str) -> None:
    focused = [(tag, values.get("role")) for tag, values in read_tags(html) if "autofocus" in values]

    assert focused == ([("p", "alert")] if 'id="problem"' in html else [("h1", None)])


def test_the_description_of_each_field_is_on_the_page(html: str) -> None:
    tags = list(read_tags(html))
    ids = {values["id"] for _, values in tags if "id" in values}
    described = {each for _, values in tags for each in values.get("aria-describedby", "").split()}

    assert described <= ids


def test_a_screen_loads_no_other_resources(html: str) -> None:
    assert not [tag for tag, values in read_tags(html) if tag == "link" or "src" in values]
    assert "@import" not in html
    assert len(html.encode()) < 12_000


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
