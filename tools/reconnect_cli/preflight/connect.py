"""Where Connect is, and what its page says about tokens and frames. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.points import Finding, Point, fault, untold

# In the order of preference: Flinks' pages say that / is version 1.
PATHS = ("/v2/", "/")
_INSTANCE = re.compile(r"([a-z0-9-]+)-api\.private\.fin\.ag")
# The simulator's Connect says on the server which screen it shows; Flinks' own decides in the browser.
_SCREEN = re.compile(rb'data-screen="(\w+)"')
_TOKEN_SCREEN = "token"  # noqa: S105 - a name
_ANYBODY = "any"


def origins(api_url: str, connect_url: str | None) -> list[str]:
    """The origins where Connect may be: the given one, or those that follow from the API's."""
    if connect_url is not None:
        return [connect_url]
    parts = urlsplit(api_url)
    if "-api." in parts.netloc:
        return [f"{parts.scheme}://{parts.netloc.replace('-api.', '-iframe.', 1)}"]
    return [api_url]


def instance_of(api_url: str) -> str | None:
    """The instance whose host this is; None for another host."""
    parts = urlsplit(api_url)
    found = _INSTANCE.fullmatch(parts.netloc) if parts.scheme == "https" else None
    return found and found[1]


def judge_connect(pages: Mapping[tuple[str, str], Answer], api_url: str) -> Finding:
    """The first origin and path, in the order of the pages, at which there is a page."""
    for (origin, path), answer in pages.items():
        if answer.is_html and not answer.is_of_flinks:
            instance = instance_of(api_url)
            is_usual = instance is not None and origin == f"https://{instance}-iframe.private.fin.ag"
            host = {} if is_usual else {"FlinksConnectBaseUrl": origin}
            return Finding(Point.CONNECT, f"{origin}{path}", f"at {origin}{path}", {**host, "FlinksConnectPath": path})
    tried = " or ".join(dict.fromkeys(origin for origin, _ in pages))
    return untold(Point.CONNECT, f"no page was found at {tried}; name its origin with --connect-url")


def judge_connect_token(without: Answer, with_token: Answer) -> Finding:
    """Whether Connect's page refuses a requestId without a token."""
    screens = [found[1].decode() if (found := _SCREEN.search(each.raw)) else None for each in (without, with_token)]
    if None in screens or screens[1] == _TOKEN_SCREEN:
        return untold(
            Point.CONNECT_TOKEN, "Connect decides it in the browser; the service sends a fresh token all the same"
        )
    if screens[0] == _TOKEN_SCREEN:
        return Finding(Point.CONNECT_TOKEN, "required", "it does; the service always sends one")
    return Finding(Point.CONNECT_TOKEN, "optional", "it does not; the service sends one all the same")


def judge_connect_frame(page: Answer, public_url: str | None) -> Finding:
    """Who may frame Connect, according to its headers; whether `public_url`, the page that does, is among them."""
    if not page.is_html:
        return untold(Point.CONNECT_FRAME, f"Connect's page did not come again ({page.described()})")
    sources = _frame_ancestors(page)
    if sources == _ANYBODY:
        return Finding(Point.CONNECT_FRAME, sources, "any, as far as its headers say")
    if public_url is None:
        return Finding(
            Point.CONNECT_FRAME, sources, f"only {sources}: your page's domain must be among them (--public-url)"
        )
    if _allows(sources, public_url):
        return Finding(Point.CONNECT_FRAME, sources, f"yours, among {sources}")
    return fault(
        Point.CONNECT_FRAME,
        sources,
        f"only {sources}, so the user's page stays empty: have your domain allowed in Flinks' dashboard",
    )


def _frame_ancestors(page: Answer) -> str:
    for directive in page.headers.get("content-security-policy", "").split(";"):
        name, _, sources = directive.strip().partition(" ")
        if name.casefold() == "frame-ancestors":
            return " ".join(sources.split()) or "'none'"
    match page.headers.get("x-frame-options", "").strip().casefold():
        case "deny":
            return "'none'"
        case "sameorigin":
            return "'self'"
    return _ANYBODY


def _allows(sources: str, public_url: str) -> bool:
    """Whether one of the CSP sources is the URL's origin, or a pattern of it."""
    page = urlsplit(public_url)
    for source in sources.split():
        if source in {"*", f"{page.scheme}:"}:
            return True
        wanted = urlsplit(source if "://" in source else f"{page.scheme}://{source}")
        host = page.hostname or ""
        is_host = (
            host.endswith((wanted.hostname or "")[1:])
            if (wanted.hostname or "").startswith("*.")
            else host == wanted.hostname
        )
        if is_host and wanted.scheme == page.scheme and wanted.port == page.port:
            return True
    return False
