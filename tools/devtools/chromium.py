"""Finds this machine's Chromium or Firefox and runs it headless; never downloads a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

VARIABLE = "RECONNECT_BROWSER"
NO_BROWSER = f"No Chromium was found. Install one (apt-get install chromium), or name one: {VARIABLE}=/path/to/chrome."

FIREFOX_VARIABLE = "RECONNECT_FIREFOX"
NO_FIREFOX = (
    "No Firefox was found. Install one (apt-get install firefox-esr), or name one: "
    f"{FIREFOX_VARIABLE}=/path/to/firefox."
)

_FIREFOX_NAMES = ("firefox", "firefox-esr")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No sandbox: containers seldom allow one, and it opens only our own pages. The rest disables background requests.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: RECONNECT_BROWSER, else the first on the PATH."""
    return os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def headless(executable: str) -> Iterator[Browser]:
    """Yield a headless browser while the block lasts."""
    with sync_playwright() as playwright, running(playwright, executable) as browser:
        yield browser


@contextmanager
def running(playwright: Playwright, executable: str) -> Iterator[Browser]:
    """Yield a headless Chromium of this Playwright while the block lasts."""
    browser = playwright.chromium.launch(executable_path=executable, args=[*_ARGUMENTS])
    yield browser
    browser.close()


class FirefoxUnusable(Exception):
    """There is no Firefox, or none that this Playwright can drive; the message says which."""


@contextmanager
def running_firefox(playwright: Playwright) -> Iterator[Browser]:
    """Yield a headless Firefox as Mozilla builds it, over WebDriver BiDi, while the block lasts.

    Raises FirefoxUnusable.
    """
    executable = os.environ.get(FIREFOX_VARIABLE) or next(filter(None, map(shutil.which, _FIREFOX_NAMES)), None)
    if executable is None:
        raise FirefoxUnusable(NO_FIREFOX)
    browser = playwright.firefox.launch(executable_path=executable, channel="moz-firefox")
    try:
        browser.new_context().close()
    except Error as refused:
        why = str(refused).splitlines()[0]
        raise FirefoxUnusable(f"This Playwright cannot drive Firefox {browser.version}: {why}") from refused
    yield browser
    browser.close()
