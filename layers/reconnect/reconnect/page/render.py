"""Render the hosted page: one document with its style, script and texts, and headers that allow nothing else."""

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from typing import Any

from reconnect.model.brand import NO_BRAND, Brand
from reconnect.page.brand_parts import contact_of, header_of, icon_of, preview_of, style_of, title_of
from reconnect.page.qr_code import draw_qr_code
from reconnect.page.wording import speak
from reconnect.views.user_messages import user_message
from reconnect.views.user_names import Names

HURRY_SECONDS = 120


def _asset(name: str) -> str:
    return files("reconnect.page").joinpath("assets", name).read_text(encoding="utf-8")


# Read at import, which Lambda runs before the first user comes.
_TEMPLATE = Template(_asset("connect_page.html"))
_STYLE = _asset("connect_page.css")
# In one element of the page, in this order.
_SCRIPT = "".join(map(_asset, ("connect_page.js", "remind_later.js", "next_bank.js")))

# What Connect's frame may do: run as its own origin, send forms, and open the banks' windows, which are not confined.
# It may not move our page.
_SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"

_SHOWN = (
    *("stage", "heading", "sentence", "next", "secondsLeft", "returnUrl", "institution", "bankUrl", "unfinished"),
    *("remindDays", "nextBank", "wasLast"),
)
_ASKING = {"question", "sign_in"}
_TIMED = {*_ASKING, "paused"}
# Each language is offered in its own words.
_OTHER_LANGUAGE = {"en": ("fr", "Français"), "fr": ("en", "English")}
# The characters with a meaning inside a data block: `<` could end it, and old parsers reject the line separators.
_JSON_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def render_connect_page(
    *,
    language: str,
    link_url: str,
    connect_origin: str,
    view: Mapping[str, Any],
    is_sandboxed: bool = True,
    brand: Brand = NO_BRAND,
    reference: str = "",
    nonce: str | None = None,
) -> tuple[str, dict[str, str]]:
    """Render the page for this view; return it with its headers.

    `view` is the body of `GET <link_url>/status`. `link_url` is empty once the session has ended; the page then shows
    no QR code. `is_sandboxed`: whether Connect's frame may do only what it needs. `reference`: what the caller wants
    the user to read below the name, such as "Loan application 1234". The nonce marks the page's own script and style;
    it is new for each page unless a test passes one.
    """
    nonce = nonce or token_urlsafe(16)
    language = "fr" if language == "fr" else "en"
    shown = {name: view.get(name) for name in _SHOWN}
    words, names = speak(language, brand.name_in(language)), Names(None, shown["institution"], language)
    data = {
        "view": shown,
        "words": {**words, "bank": Names(None, None, language).put_into("{bank}")},
        "language": language,
        "connectOrigin": connect_origin,
        "sandbox": _SANDBOX if is_sandboxed else None,
        "hurrySeconds": HURRY_SECONDS,
        "app": brand.name_in(language),
        "thanks": _thanks(brand, language),
        # Only a person whom the caller named may have other banks.
        "asksNext": "nextBank" in view and shown["next"] is None,
    }
    other, other_name = _OTHER_LANGUAGE[language]
    page = _TEMPLATE.substitute(
        {name: escape(names.put_into(text)) for name, text in words.items()}
        | _first_paint(shown, words, names)
        | _first_next(shown["nextBank"], words, was_last=bool(shown["wasLast"]))
        | {
            "language": language,
            "other": other,
            "other_name": other_name,
            "nonce": escape(nonce),
            "icon": icon_of(brand),
            "title": escape(title_of(brand, language, shown["heading"] or "")),
            "header": header_of(brand, language, reference),
            "preview": preview_of(brand, language),
            "contact": contact_of(brand, language),
            "contact_href": escape(brand.support_url),
            "style": _STYLE + style_of(brand),
            "script": _SCRIPT,
            "data": _embed(data),
            "qr_code": draw_qr_code(link_url, label=escape(words["qr_label"])) if link_url else "",
        }
    )
    return page, _headers(nonce, connect_origin)


def _first_paint(shown: Mapping[str, Any], words: dict[str, str], names: Names) -> dict[str, str]:
    """Return what the script would show, so that the page is correct before the script runs."""
    stage, left = shown["stage"], shown["secondsLeft"]
    button = f"button_{'unfinished' if shown['unfinished'] else stage}"
    is_timed = stage in _TIMED and left is not None
    return {
        "stage": escape(stage),
        "heading": escape(shown["heading"] or ""),
        "sentence": escape(shown["sentence"] or ""),
        "next": escape(shown["next"] or ""),
        "button": escape(names.put_into(words.get(button, words["button_question"]))),
        "progress": escape(names.put_into(words.get(stage, words["one_moment"]))),
        "left_label": escape(words["pause_left" if stage == "paused" else "time_left"]),
        "left": _clock(int(left or 0)),
        "countdown_hidden": "" if is_timed else " hidden",
        "hurry_flag": " data-hurry" if stage in _ASKING and is_timed and left <= HURRY_SECONDS else "",
        "bank_href": f' href="{escape(shown["bankUrl"])}"' if shown["bankUrl"] else "",
        "bank_text": escape(names.put_into(words["bank_site"])),
        "return_href": escape(shown["returnUrl"] or ""),
        "return_text": escape(words["next_retry" if shown["next"] == "retry" else "next_return"]),
    }


def _first_next(next_bank: Mapping[str, Any] | None, words: dict[str, str], *, was_last: bool) -> dict[str, str]:
    """Return what the page shows of the person's next bank before the script runs, or without one."""
    name = (next_bank or {}).get("institution") or words["another_bank"]
    return {
        "next_hidden": "" if next_bank else " hidden",
        "next_text": escape(words["next_bank"].replace("{next}", name)),
        "next_link": escape(words["next_button"].replace("{next}", name)),
        "next_href": escape(next_bank["link"]) if next_bank else "",
        "last_hidden": "" if was_last else " hidden",
    }


def _thanks(brand: Brand, language: str) -> dict[str, str]:
    """Return what the page shows at once when the user has answered, before the server knows."""
    message, names = user_message("fetching"), Names(brand.name_in(language), None, language)
    return {
        "heading": names.put_into(message.heading_in(language)),
        "sentence": names.put_into(message.text_in(language)),
    }


def _clock(seconds: int) -> str:
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _embed(data: Mapping[str, Any]) -> str:
    """Return JSON in which no foreign text can end the data block."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)


def _headers(nonce: str, connect_origin: str) -> dict[str, str]:
    # img-src: the logo, and the empty icon without which browsers request /favicon.ico.
    # frame-src: exactly Connect's origin, so not even our own redirect page may load in the frame.
    policy = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "img-src data:",
        "connect-src 'self'",
        f"frame-src {connect_origin}",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "; ".join(policy)}
