"""The page in this machine's Chromium, before the local stack: what it weighs, and what its user waits for."""

import re
from collections.abc import Iterator
from math import ceil
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from devtools.chromium import NO_BROWSER, find_chromium, headless
from devtools.figures import Figure
from devtools.service import Service, running_service
from flinks_simulator.users import ANSWERS
from reconnect.views.user_messages import user_message
from reconnect_cli.following import wait_for

_VISITS = 20
_PARAMETERS = {"StartWindowSeconds": "0", "PollWindowSeconds": "0", "PollIntervalSeconds": "0", "CooldownSeconds": "0"}
_KB = 1000
# Notes when the user clicks, when the frame gets its address, when Connect reports the end, and when the page lets go.
_WATCH = """(go) => {
  window.seen = {};
  const note = (name) => { window.seen[name] ??= performance.now(); };
  document.getElementById("go").addEventListener("click", () => note("click"), { capture: true });
  window.addEventListener("message", (event) => { if (event.data.step === "REDIRECT") note("evidence"); }, true);
  new MutationObserver(() => {
    if (document.querySelector("iframe")) note("frame");
    if (go.includes(document.getElementById("heading").textContent)) note("go");
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
_GO_HEADINGS = [user_message(name).heading_in("en") for name in ("fetching", "done")]
_GO = re.compile("|".join(map(re.escape, _GO_HEADINGS)))


def figures() -> Iterator[Figure]:
    """Weigh the page, and time visits in which the user clicks and answers at once."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError(NO_BROWSER)
    with running_service(_PARAMETERS) as service, headless(executable) as browser:
        yield from _weigh(service, browser)
        visits = [_visit(service, browser) for _ in range(_VISITS)]
    yield Figure("click to Connect's address, p95, own part", _p95(visits, "click", "frame"), 1.0, unit="s")
    yield Figure('evidence to "you can go", p95', _p95(visits, "evidence", "go"), 2.0, unit="s")


def _weigh(service: Service, browser: Browser) -> Iterator[Figure]:
    with browser.new_context(locale="en-CA") as context:
        page, asked = context.new_page(), []
        # Playwright sets an attribute on its handlers, which list.append does not allow.
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108
        with page.expect_response("**/status?*"):
            page.goto(_a_link(service))
        sizes = [request.sizes() for request in asked]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    yield Figure("weight of the page and its first requests", weight / _KB, 40, unit="kB")
    yield Figure("requests of the page until its first poll", len(sizes), 3)


def _visit(service: Service, browser: Browser) -> dict[str, float]:
    with browser.new_context(locale="en-CA") as context:
        page = _open(context, _a_link(service))
        page.locator("#go").click()
        connect = page.frame_locator("iframe")
        answer = connect.locator("[name=answer]")
        answer.fill(ANSWERS[connect.locator("#prompt").inner_text()])
        answer.press("Enter")
        page.get_by_role("heading", name=_GO).wait_for()
        seen: dict[str, float] = page.evaluate("window.seen")
        return seen


def _open(context: BrowserContext, link: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.evaluate(_WATCH, _GO_HEADINGS)
    return page


def _a_link(service: Service) -> str:
    login_id = service.simulator.bank.add_login("Greatday")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    asked: dict[str, Any] = wait_for(service.api, session_id, "AWAITING_USER")
    return str(asked["link"])


def _p95(visits: list[dict[str, float]], begin: str, end: str) -> float:
    seconds = sorted((each[end] - each[begin]) / 1000 for each in visits)
    return seconds[ceil(0.95 * len(seconds)) - 1]
