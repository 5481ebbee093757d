"""The hosted page: small, closed to other origins, bilingual, and safe against injected text."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from reconnect.page.qr_code import draw_qr_code
from reconnect.page.render import render_connect_page
from reconnect.page.wording import STAGES, WORDING, name_bank, speak

LINK = "https://host.example/connect/" + "Ab3_-" * 34
CONNECT = "https://connect.flinks.example"
NONCE = "bm9uY2Utbm9uY2U"
HOSTILE = """</script><script>alert("1")</script><!-- '&amp; ${x} $heading \u2028"""


class Reader(HTMLParser):
    """The page as a browser parses it: its tags with their attributes, and the text inside some of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self._inside = attributes.get("id") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data

    def attributes_of(self, name: str) -> dict[str, str | None]:
        (found,) = [attributes for tag, attributes in self.tags if name in (tag, attributes.get("id"))]
        return found


def a_view(**changes: Any) -> dict[str, Any]:
    view = {"stage": "question", "sentence": "Hello.", "secondsLeft": 421, "returnUrl": None, "institution": None}
    return view | changes


def render(language: str = "en", **changes: Any) -> tuple[str, dict[str, str]]:
    given: dict[str, Any] = {"link_url": LINK, "nonce": NONCE, "connect_origin": CONNECT}
    given |= {name: changes.pop(name) for name in given.keys() & changes.keys()}
    return render_connect_page(language=language, view=a_view(**changes), **given)


def read(language: str = "en", **changes: Any) -> Reader:
    return Reader(render(language, **changes)[0])


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_of_the_page_is_small(language: str, stage: str) -> None:
    page, headers = render(
        language, stage=stage, institution="Desjardins", returnUrl="https://app.example/" + "x" * 2000
    )

    assert len(page.encode()) + sum(len(name + value) for name, value in headers.items()) < 60_000


def test_the_headers_allow_our_own_script_and_connect_only() -> None:
    _, headers = render()

    assert headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'nonce-{NONCE}'; style-src 'nonce-{NONCE}'; img-src data:; "
            f"connect-src 'self'; frame-src {CONNECT}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        ),
    }


def test_every_script_and_style_has_the_nonce_and_none_is_inline() -> None:
    tags = read().tags
    guarded = [attributes for tag, attributes in tags if tag in {"script", "style"}]

    assert len(guarded) == 3
    assert all(attributes.get("nonce") == NONCE and "src" not in attributes for attributes in guarded)
    assert not [name for _, attributes in tags for name in attributes if name == "style" or name.startswith("on")]


def test_the_page_names_only_the_addresses_it_was_given() -> None:
    page, _ = render(returnUrl="https://app.example/done")

    assert set(re.findall(r"\w+://[^\s\"'<]+", page)) == {CONNECT, "https://app.example/done"}
    assert not re.search(r"url\(|@import|localStorage|sessionStorage|document\.cookie", page)


def test_every_text_exists_in_both_languages() -> None:
    def gaps(text: str) -> list[str]:
        return re.findall(r"\{\w+\}", text.lower())

    both = {name: (texts["en"], texts["fr"]) for name, texts in WORDING.items() if texts.keys() == {"en", "fr"}}

    assert WORDING.keys() == both.keys()
    assert [name for name, texts in both.items() if not all(text.strip() for text in texts)] == []
    assert [name for name, (en, fr) in both.items() if gaps(en) != gaps(fr) and "heading" not in name] == []


def test_the_page_uses_exactly_the_wording_that_exists() -> None:
    page, _ = render()
    script, markup = page.split("<script nonce=")[1], page.split("<script")[0]
    used = set(re.findall(r"words\.(\w+)", script)) | set(re.findall(r'(?:say|explain)\((?:\w+, )?"(\w+)"\)', script))
    patterns = ("heading_", "button_", "contacting_", "checking_", "qr_label")

    assert used <= WORDING.keys()
    for name, texts in WORDING.items():
        text = name_bank(texts["en"], speak("en"), None).replace("'", "&#x27;")
        assert name in used or name.startswith(patterns) or text in markup, name


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_heading(stage: str) -> None:
    assert f"heading_{stage}" in WORDING
    assert read(stage=stage).attributes_of("body")["data-stage"] == stage


@pytest.mark.parametrize(
    ("language", "lang", "heading"),
    [
        ("en", "en", "Desjardins has a question for you"),
        ("fr", "fr", "Desjardins a une question pour vous"),
        ("xx", "en", "Desjardins has a question for you"),
    ],
)
def test_the_page_is_in_the_users_language(language: str, lang: str, heading: str) -> None:
    page = read(language, institution="Desjardins")

    assert page.attributes_of("html")["lang"] == lang
    assert page.texts["heading"].strip() == page.texts["title"].strip() == heading


def test_an_unknown_bank_is_called_your_bank() -> None:
    assert read().texts["heading"].strip() == "Your bank has a question for you"
    assert read("fr").texts["heading"].strip() == "Votre banque a une question pour vous"


@pytest.mark.parametrize("field", ["sentence", "institution", "returnUrl"])
def test_foreign_text_stays_text_in_the_markup_and_in_the_script(field: str) -> None:
    plain, hostile = read(), read(**{field: HOSTILE})

    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert json.loads(hostile.texts["page-data"])["view"][field] == HOSTILE


def test_a_sentence_reads_as_it_was_written() -> None:
    assert read(sentence=HOSTILE).texts["sentence"].startswith(HOSTILE)


def test_fields_that_the_page_does_not_show_are_left_out() -> None:
    page, _ = render(connectUrl="https://secret.example", loginId="secret-login")

    assert "secret" not in page


def test_the_first_paint_shows_the_time_left_without_a_script() -> None:
    page = read(secondsLeft=421)

    assert page.texts["left"].strip() == "7:01"
    assert "hidden" not in page.attributes_of("countdown")
    assert "data-hurry" not in page.attributes_of("body")


@pytest.mark.parametrize(("seconds", "is_short"), [(121, False), (120, True), (0, True)])
def test_the_countdown_is_urgent_from_two_minutes_on(seconds: int, is_short: bool) -> None:
    assert ("data-hurry" in read(secondsLeft=seconds).attributes_of("body")) is is_short


@pytest.mark.parametrize("changes", [{"secondsLeft": None}, {"stage": "checking", "secondsLeft": None}])
def test_no_countdown_is_shown_without_a_deadline(changes: dict[str, Any]) -> None:
    assert "hidden" in read(**changes).attributes_of("countdown")


def test_a_finished_page_links_back_to_the_app_if_there_is_one() -> None:
    back = read(stage="done", returnUrl="https://app.example/?a=1&b=2")

    assert back.attributes_of("return")["href"] == "https://app.example/?a=1&b=2"
    assert "data-return" in back.attributes_of("body")
    assert "data-return" not in read(stage="done").attributes_of("body")


def test_the_page_has_the_landmarks_of_a_screen_reader() -> None:
    page = read()
    tags = [tag for tag, _ in page.tags]

    assert [tags.count(tag) for tag in ("header", "main", "footer", "h1", "noscript")] == [1, 1, 1, 1, 1]
    assert page.attributes_of("announcer")["role"] == "status"
    assert page.attributes_of("heading")["tabindex"] == "-1"


def test_the_page_shows_a_qr_code_of_its_own_address() -> None:
    assert draw_qr_code(LINK, label=WORDING["qr_label"]["en"]) in render()[0]


@pytest.mark.parametrize("stage", ["done", "ended"])
def test_a_finished_page_shows_no_qr_code(stage: str) -> None:
    assert 'class="qr"' not in render(stage=stage, link_url="")[0]
