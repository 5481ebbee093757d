"""Every screen of the hosted page, as the functions render it, on loopback: to view, test and photograph."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize
from werkzeug.serving import WSGIRequestHandler, make_server

from flinks_simulator import Simulator
from flinks_simulator.users import INSTITUTION, INSTITUTION_ID
from reconnect.model.brand import Brand
from reconnect.model.languages import LANGUAGES
from reconnect.page.render import HURRY_SECONDS, render_connect_page
from reconnect.page.wording import WORDING
from reconnect.runtime.html import reply_html, reply_page
from reconnect.runtime.http import HttpReply
from reconnect.views.user_message import next_offered
from reconnect.views.user_messages import user_message
from reconnect.views.user_names import Names

# A made-up app: a dark red, which shows that no text but a button's takes the brand's colour.
BRAND = Brand(
    name="Maple Budget",
    name_french="Budget Érable",
    colour="#8f1d2c",
    logo="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxMCAxMCI+PGNpcmNsZSBjeD0i"
    "NSIgY3k9IjUiIHI9IjUiIGZpbGw9IiM4ZjFkMmMiLz48L3N2Zz4=",
    support_email="help@maple.example",
    support_phone="+1 800 555 0100",
    privacy_url="https://maple.example/privacy",
    terms_url="https://maple.example/terms",
)
_HOST = "127.0.0.1"
_PHONE_WIDTH = 390
_SHORTEST = 560
# Enough for flat colours and smoothed letters; it makes a picture five times smaller.
_COLOURS = 48


@dataclass(frozen=True)
class Screen:
    """A screen of the page: the stage that the server returns, and its message."""

    stage: str
    message: str
    seconds_left: int | None = None
    return_url: str | None = None
    is_unfinished: bool = False
    remind_days: tuple[int, ...] = ()

    def view(self, language: str) -> dict[str, Any]:
        """Return what `GET /connect/{link}/status` returns on this screen."""
        message, names = user_message(self.message), Names(BRAND.name_in(language), INSTITUTION, language)
        is_over = self.stage in {"checking", "done", "ended"}
        return {
            "stage": self.stage,
            "heading": names.put_into(message.heading_in(language)),
            "sentence": names.put_into(message.text_in(language)),
            "next": next_offered(message, can_return=bool(self.return_url), can_contact=True) if is_over else None,
            "secondsLeft": self.seconds_left,
            "returnUrl": self.return_url,
            "institution": INSTITUTION,
            "bankUrl": "https://flinkscapital.test/" if user_message(self.message).at_bank else None,
            "unfinished": self.is_unfinished,
            "remindDays": list(self.remind_days),
        }


_SCREENS = {
    "contacting": Screen("contacting", "working"),
    "question": Screen("question", "answer_the_bank", seconds_left=421),
    "hurry": Screen("question", "answer_the_bank", seconds_left=HURRY_SECONDS - 5),
    "unfinished": Screen("question", "not_finished", seconds_left=421, is_unfinished=True),
    "sign_in": Screen("sign_in", "sign_in_again", seconds_left=421),
    "connect": Screen("sign_in", "sign_in_again", seconds_left=421),
    "expired": Screen("expired", "start_again", remind_days=(1, 3)),
    "snoozed": Screen("expired", "snoozed", remind_days=(1, 3)),
    "paused": Screen("paused", "paused", seconds_left=700),
    "checking": Screen("checking", "fetching", return_url="https://app.example/"),
    "done": Screen("done", "done"),
    "ended": Screen("ended", "bank_unavailable", return_url="https://app.example/"),
    "at_the_bank": Screen("ended", "act_at_the_bank", return_url="https://app.example/"),
    "contact": Screen("ended", "our_fault"),
}
# The pages without a script: their status and sentence.
_PLAIN_PAGES = {
    "close_page": (200, "close_page"),
    "not_finished": (200, "not_finished_page"),
    **{name: (404, name) for name in ("bad_link", "cut_link", "expired_link", "no_page")},
    "busy_page": (503, "busy_page"),
}

SCREENS = (*_SCREENS, *_PLAIN_PAGES)


@contextmanager
def gallery() -> Iterator[str]:
    """Serve every screen at `/{language}/{screen}` while the block lasts; yield the address."""
    with Simulator() as flinks:
        server = make_server(_HOST, 0, _make_app(flinks.url), threaded=True, request_handler=_QuietHandler)
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="gallery", daemon=True)
        serving.start()
        try:
            yield f"http://{_HOST}:{server.port}"
        finally:
            server.shutdown()
            serving.join()
            server.server_close()


def open_screen(page: Page, address: str, name: str, language: str) -> None:
    """Open a screen as the user sees it; on `connect`, press the button and wait for Connect."""
    page.goto(f"{address}/{language}/{name}")
    if name == "connect":
        page.get_by_role("button", name=WORDING["button_sign_in"][language]).click()
        page.frame_locator("iframe").locator("form").first.wait_for()


def photograph(browser: Browser, address: str, folder: Path, names: Sequence[str] = SCREENS) -> Iterator[Path]:
    """Write a PNG of each of these screens in every language, in phone width; yield each file."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        for name in names:
            path = folder / f"{name}-{language}.png"
            with Image.open(BytesIO(_take_picture(browser, address, name, language))) as picture:
                picture.convert("RGB").quantize(_COLOURS).save(path, optimize=True)
            yield path


def _take_picture(browser: Browser, address: str, name: str, language: str) -> bytes:
    size = ViewportSize(width=_PHONE_WIDTH, height=_SHORTEST)
    with browser.new_context(viewport=size, device_scale_factor=2, is_mobile=True, has_touch=True) as context:
        page = context.new_page()
        open_screen(page, address, name, language)
        # Not Playwright's full_page, which briefly drops the phone emulation.
        page.set_viewport_size({**size, "height": page.evaluate("document.documentElement.scrollHeight")})
        return page.screenshot(animations="disabled")


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Log nothing; the requests are of no interest."""


def _make_app(connect_origin: str) -> Flask:
    app = Flask(__name__)

    @app.get("/<language>/<name>")
    def show(language: str, name: str) -> Response:
        if name in _PLAIN_PAGES:
            return _answer(reply_page(*_PLAIN_PAGES[name], language, BRAND))
        page, headers = render_connect_page(
            language=language,
            link_url=request.base_url,
            connect_origin=connect_origin,
            view=_view(language, name),
            brand=BRAND,
        )
        return _answer(reply_html(page, headers))

    @app.get("/<language>/<name>/status")
    def read_status(language: str, name: str) -> Response:
        return jsonify(_view(language, name))

    @app.post("/<language>/<name>/attempts")
    def begin(language: str, name: str) -> Response:
        connect_url = f"{connect_origin}/v2/Credential/{INSTITUTION_ID}?demo=true&language={language}"
        return jsonify({**_view(language, name), "connectUrl": connect_url})

    @app.post("/<language>/<name>/events")
    def take_evidence(**_: str) -> Response:
        return Response(status=204)

    return app


def _view(language: str, name: str) -> dict[str, Any]:
    if name not in _SCREENS or language not in LANGUAGES:
        abort(404)
    return _SCREENS[name].view(language)


def _answer(reply: HttpReply) -> Response:
    return Response(reply["body"], reply["statusCode"], reply["headers"])
