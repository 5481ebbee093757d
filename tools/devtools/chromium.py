"""Finds this machine's Chromium and runs it headless; never downloads a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

VARIABLE = "RECONNECT_BROWSER"
NO_BROWSER = f"No Chromium was found. Install one (apt-get install chromium), or name one: {VARIABLE}=/path/to/chrome."

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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_ARGUMENTS])
        yield browser
        browser.close()
