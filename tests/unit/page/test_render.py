"""The hosted page: small, closed to other origins, bilingual, and safe against injected text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.brand import NO_BRAND, Brand
from reconnect.page.message_page import render_message_page
from reconnect.page.qr_code import draw_qr_code
from reconnect.page.render import render_connect_page
from reconnect.page.wording import STAGES, WORDING, speak
from tests.fakes.builders import a_session

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
    view = {"stage": "question", "heading": "Confirm it's you", "sentence": "Hello.", "next": None, "secondsLeft": 421}
    return {**view, "returnUrl": None, "institution": None, **changes}


def render(language: str = "en", **changes: Any) -> tuple[str, dict[str, str]]:
    given: dict[str, Any] = {
        "link_url": LINK,
        "nonce": NONCE,
        "connect_origin": CONNECT,
        "brand": NO_BRAND,
        "reference": "",
    }
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
    assert not re.search(r"url\(|@import|localStorage|document\.cookie", page)


def test_the_page_keeps_nothing_but_its_own_address_while_connect_takes_its_place() -> None:
    page, _ = render()

    assert re.findall(r"sessionStorage[^;]*;", page) == ['sessionStorage.setItem("page", location.href);']


def test_every_text_exists_in_both_languages() -> None:
    def gaps(text: str) -> list[str]:
        return re.findall(r"\{\w+\}", text.lower())

    both = {name: (texts["en"], texts["fr"]) for name, texts in WORDING.items() if texts.keys() == {"en", "fr"}}

    assert WORDING.keys() == both.keys()
    assert [name for name, texts in both.items() if not all(text.strip() for text in texts)] == []
    assert [name for name, (en, fr) in both.items() if gaps(en) != gaps(fr) and name != "popup_blocked"] == []


def test_the_page_uses_exactly_the_wording_that_exists() -> None:
    page, _ = render()
    script, markup = page.split("<script nonce=")[1], page.split("<script")[0]
    used = set(re.findall(r"words\.(\w+)", script)) | set(re.findall(r'(?:say|explain)\((?:\w+, )?"(\w+)"\)', script))
    patterns = ("heading_", "button_", "contacting", "checking", "qr_label")

    assert used <= {*WORDING, "bank"}
    for name in WORDING:
        text = speak("en", "")[name].replace("{bank}", "your bank").replace("'", "&#x27;")
        assert name in used or name.startswith(patterns) or text in markup, name


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_marked_for_its_style(stage: str) -> None:
    assert read(stage=stage).attributes_of("body")["data-stage"] == stage


@pytest.mark.parametrize(
    ("language", "lang", "button"),
    [
        ("en", "en", "Continue to Desjardins"),
        ("fr", "fr", "Continuer vers Desjardins"),
        ("xx", "en", "Continue to Desjardins"),
    ],
)
def test_the_page_is_in_the_users_language(language: str, lang: str, button: str) -> None:
    page = read(language, institution="Desjardins")

    assert page.attributes_of("html")["lang"] == lang
    assert page.texts["go"].strip() == button


@pytest.mark.parametrize(("language", "other", "name"), [("en", "fr", "Français"), ("fr", "en", "English")])
def test_the_page_offers_its_other_language_in_that_language(language: str, other: str, name: str) -> None:
    page = read(language)

    assert page.attributes_of("language") == {
        "id": "language",
        "lang": other,
        "hreflang": other,
        "href": f"?lang={other}",
    }
    assert page.texts["language"].strip() == name


def test_an_unknown_bank_is_called_your_bank() -> None:
    assert read().texts["go"].strip() == "Continue to your bank"
    assert read("fr").texts["go"].strip() == "Continuer vers votre banque"


@pytest.mark.parametrize("field", ["heading", "sentence", "institution", "returnUrl"])
def test_foreign_text_stays_text_in_the_markup_and_in_the_script(field: str) -> None:
    plain, hostile = read(), read(**{field: HOSTILE})

    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert json.loads(hostile.texts["page-data"])["view"][field] == HOSTILE


def test_the_name_of_the_next_bank_stays_text_in_the_markup_and_in_the_script() -> None:
    link = "https://host.example/connect/a?led=true&lang=fr"
    plain = read(nextBank={"institution": "A", "link": link})
    hostile = read(nextBank={"institution": HOSTILE, "link": link})

    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert hostile.texts["next-link"].startswith(f"Continue to {HOSTILE}")
    assert hostile.attributes_of("next-link")["href"] == link
    assert json.loads(hostile.texts["page-data"])["view"]["nextBank"]["institution"] == HOSTILE


@pytest.mark.parametrize(("language", "name"), [("en", "another bank"), ("fr", "une autre banque")])
def test_a_next_bank_without_a_name_is_called_another_bank(language: str, name: str) -> None:
    page = read(language, nextBank={"institution": None, "link": "https://host.example/connect/a"})

    assert page.texts["next-link"].strip().endswith(name)
    assert name in page.texts["next-text"]


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
    back = read(stage="done", next="return", returnUrl="https://app.example/?a=1&b=2")

    assert back.attributes_of("return")["href"] == "https://app.example/?a=1&b=2"
    assert back.attributes_of("body")["data-next"] == "return"


BRANDS = st.builds(
    Brand,
    **{
        name: st.text(max_size=40) | st.sampled_from([HOSTILE, '"><img src=x onerror=alert(1)>', "{bank}"])
        for name in ("name", "name_french")
    },
)
CHECKED = {
    "colour": ["#0b6652", "#000000", "red;}body{display:none", "#0b665", "url(https://x)"],
    "logo": [
        "data:image/png;base64,iVBORw0KGgo=",
        "https://x/logo.png",
        "data:text/html;base64,AA==",
        'data:image/png;base64,A"',
    ],
    "support_email": ["help@maple.example", "a@b?subject=x", '"><b>@x', "none"],
    "support_phone": ["+1 800 555 0100", "tel:1", "javascript:1"],
    "privacy_url": ["https://maple.example/privacy", "http://maple.example", "javascript:alert(1)", 'https://x/"><b>'],
}


@given(brand=BRANDS, data=st.data())
def test_no_brand_that_is_accepted_can_change_the_page(brand: Brand, data: st.DataObject) -> None:
    checked = {name: data.draw(st.sampled_from(values) | st.text(max_size=30)) for name, values in CHECKED.items()}
    brand = replace(brand, **checked)
    brand = replace(brand, **dict.fromkeys(brand.faults(), ""))

    page, headers = render(brand=brand, institution=HOSTILE, link_url="")

    plain, shown = read(brand=replace(brand, name="A", name_french="B"), link_url=""), Reader(page)
    assert [tag for tag, _ in shown.tags] == [tag for tag, _ in plain.tags]
    assert not [name for _, attributes in shown.tags for name in attributes if name == "style" or name.startswith("on")]
    assert {attributes["src"] for tag, attributes in shown.tags if tag == "img"} <= {brand.logo}
    assert headers == render(link_url="")[1]
    assert json.loads(shown.texts["page-data"])["app"] == brand.name


@given(st.from_regex("#[0-9a-fA-F]{6}", fullmatch=True))
def test_a_button_is_readable_in_any_brand_colour(colour: str) -> None:
    def light(value: str) -> float:
        channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]) + 0.05

    style = render(brand=Brand(colour=colour), link_url="")[0]
    text = re.search(r"--on-action:#(fff|000);", style)

    assert text is not None
    lights = sorted([light(colour), light("#" + 2 * text[1])])
    assert lights[1] / lights[0] >= 4.5


@pytest.mark.parametrize(
    ("colour", "ink"), [("#ffff00", "#000"), ("#ff0000", "#000"), ("#0000ff", "#fff"), ("#800000", "#fff")]
)
def test_text_on_well_known_colours_is_as_designers_set_it(colour: str, ink: str) -> None:
    assert f"--on-action:{ink};" in render(brand=Brand(colour=colour), link_url="")[0]


def test_the_title_and_the_header_say_who_asks() -> None:
    page = read(brand=Brand(name="Maple Budget", logo="data:image/png;base64,iVBORw0KGgo="))

    assert page.texts["title"].strip() == "Confirm it's you · Maple Budget"
    assert page.attributes_of("img")["src"] == "data:image/png;base64,iVBORw0KGgo="
    assert page.texts["span"].startswith("Maple Budget")


TEXTS = st.text(max_size=60) | st.sampled_from([HOSTILE, '"><img src=x onerror=alert(1)>', "{bank}", "$heading"])


@given(name=TEXTS, french=TEXTS, reference=TEXTS, language=st.sampled_from(["en", "fr"]))
def test_no_name_or_reference_of_a_caller_can_change_the_page(
    name: str, french: str, reference: str, language: str
) -> None:
    """Whatever gets past the check of the request: here nothing was checked."""
    session = a_session(brand_name=name or None, brand_name_french=french or None, reference=reference or None)
    given_names: dict[str, Any] = {"brand": NO_BRAND.of(session), "reference": session.reference or "", "link_url": ""}

    plain_names: dict[str, Any] = {"brand": Brand(name="A"), "reference": "B" if reference else ""}
    for shown, plain in (
        (read(language, **given_names), read(language, link_url="", **plain_names)),
        (Reader(plain_page(language, **given_names)), Reader(plain_page(language, **plain_names))),
    ):
        assert [tag for tag, _ in shown.tags] == [tag for tag, _ in plain.tags]
        assert [tuple(attributes) for _, attributes in shown.tags] == [
            tuple(attributes) for _, attributes in plain.tags
        ]


def plain_page(language: str, brand: Brand, reference: str, **_: str) -> str:
    return render_message_page("close_page", language, brand, reference)[0]


def test_a_reference_stands_below_the_name_and_nowhere_else() -> None:
    page, _ = render(brand=Brand(name="Maple Budget"), reference="Loan application 1234")

    assert page.count("Loan application 1234") == 1
    assert Reader(page).texts["small"].startswith("Loan application 1234")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_preview_names_who_asks_and_no_bank_state_or_reference(language: str) -> None:
    brand = Brand(name="Maple Budget", name_french="Budget Érable", colour="#8f1d2c")
    secret = {"institution": "Desjardins", "heading": "Sign in", "sentence": "Hello", "reference": "Loan 1234"}

    for page in (render(language, brand=brand, **secret)[0], render_message_page("bad_link", language, brand)[0]):
        tags = [attributes for tag, attributes in Reader(page).tags if tag == "meta"]
        shown = {each.get("property") or each.get("name"): str(each["content"]) for each in tags if "content" in each}
        assert shown["og:title"] == shown["og:site_name"] == brand.name_in(language)
        assert (shown["theme-color"], shown["robots"]) == ("#8f1d2c", "noindex")
        assert not re.search("Desjardins|Sign in|Hello|Loan|host[.]example|://", " ".join(shown.values()))


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


def test_the_banks_site_is_a_link_only_where_the_view_has_one() -> None:
    def link_of(**changes: Any) -> dict[str, str | None]:
        return next(attributes for tag, attributes in read(**changes).tags if attributes.get("id") == "bank")

    hostile = f"https://maple.test/?{HOSTILE}"
    linked = link_of(stage="ended", bankUrl=hostile)

    assert linked["href"] == hostile
    assert linked["rel"] == "noopener noreferrer"
    assert "href" not in link_of(stage="ended", bankUrl=None)
