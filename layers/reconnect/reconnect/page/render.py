"""Render the hosted page: one document with its style, script and texts, and headers that allow nothing else."""

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from typing import Any

from reconnect.page.qr_code import draw_qr_code
from reconnect.page.wording import name_bank, speak

HURRY_SECONDS = 120

# What Connect's frame may do: run as its own origin, send forms, and open the banks' windows, which are not confined.
# It may not move our page.
_SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"

_SHOWN = ("stage", "sentence", "secondsLeft", "returnUrl", "institution")
_ASKING = {"question", "sign_in"}
# The characters with a meaning inside a data block: `<` could end it, and old parsers reject the line separators.
_JSON_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def render_connect_page(
    *,
    language: str,
    link_url: str,
    connect_origin: str,
    view: Mapping[str, Any],
    is_sandboxed: bool = True,
    nonce: str | None = None,
) -> tuple[str, dict[str, str]]:
    """Render the page for this view; return it with its headers.

    `view` is the body of `GET <link_url>/status`. `link_url` is empty once the session has ended; the page then shows
    no QR code. `is_sandboxed`: whether Connect's frame may do only what it needs. The nonce marks the page's own script
    and style; it is new for each page unless a test passes one.
    """
    nonce = nonce or token_urlsafe(16)
    language = "fr" if language == "fr" else "en"
    shown = {name: view.get(name) for name in _SHOWN}
    words = speak(language)
    sandbox = _SANDBOX if is_sandboxed else None
    data = {
        "view": shown,
        "words": words,
        "connectOrigin": connect_origin,
        "sandbox": sandbox,
        "hurrySeconds": HURRY_SECONDS,
    }
    page = _template().substitute(
        {name: escape(name_bank(text, words, shown["institution"])) for name, text in words.items()}
        | _first_paint(shown, words)
        | {
            "language": language,
            "nonce": escape(nonce),
            "style": _asset("connect_page.css"),
            "script": _asset("connect_page.js"),
            "data": _embed(data),
            "qr_code": draw_qr_code(link_url, label=escape(words["qr_label"])) if link_url else "",
        }
    )
    return page, _headers(nonce, connect_origin)


def _first_paint(shown: Mapping[str, Any], words: dict[str, str]) -> dict[str, str]:
    """Return what the script would show, so that the page is correct before the script runs."""
    stage, left, return_url = shown["stage"], shown["secondsLeft"], shown["returnUrl"] or ""
    heading = name_bank(words[f"heading_{stage}"], words, shown["institution"])
    is_timed = stage in _ASKING and left is not None
    return {
        "stage": escape(stage),
        "heading": escape(heading),
        "sentence": escape(shown["sentence"] or ""),
        "button": escape(words.get(f"button_{stage}", words["button_question"])),
        "progress": escape(words.get(f"{stage}_1", words["one_moment"])),
        "left": _clock(int(left or 0)),
        "countdown_hidden": "" if is_timed else " hidden",
        "hurry_flag": " data-hurry" if is_timed and left <= HURRY_SECONDS else "",
        "return_flag": " data-return" if return_url else "",
        "return_href": escape(return_url),
    }


def _clock(seconds: int) -> str:
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes}:{rest:02}"


def _embed(data: Mapping[str, Any]) -> str:
    """Return JSON in which no foreign text can end the data block."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)


def _headers(nonce: str, connect_origin: str) -> dict[str, str]:
    # img-src: the empty icon, without which browsers request /favicon.ico.
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


@cache
def _asset(name: str) -> str:
    return files("reconnect.page").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    return Template(_asset("connect_page.html"))
