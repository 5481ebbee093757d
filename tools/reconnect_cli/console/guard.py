"""Who may use the console: the browser that came with the token, on the address that was printed, from its own page."""

from hmac import compare_digest
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from threading import Lock

from reconnect_cli.console.messages import Reply, Request, refusal

_COOKIE = "reconnect_console"
_ENTER = "/enter/"
_JSON = "application/json"
# A page of another site, or of another port of this machine, must not even read.
_OWN = {"same-origin", "none"}


class Guard:
    """The secrets of one run of the console.

    The token opens the console once and is then worthless. The page is at a random path, and the cookie holds for that
    path only: a browser sends a host's cookies to each of its ports, but not to other paths.
    """

    def __init__(self, host: str) -> None:
        self._host, self._token, self._cookie = host, token_urlsafe(32), token_urlsafe(32)
        self._is_used, self._entering = False, Lock()
        self.room = f"/{token_urlsafe(12)}/"

    @property
    def address(self) -> str:
        """The address to open; it works once."""
        return f"http://{self._host}{_ENTER}{self._token}"

    def enter(self, request: Request) -> Reply | None:
        """Exchange the token of an address for the cookie; return None if the request is another one."""
        if request.method != "GET" or not request.path.startswith(_ENTER):
            return None
        given = request.path.removeprefix(_ENTER)
        with self._entering:
            if self._is_used or not _is_same(given, self._token):
                return refusal(
                    HTTPStatus.FORBIDDEN,
                    "console_token_used",
                    "This address was used already, or is wrong. Use the page that it opened, or restart the console.",
                )
            self._is_used = True
        cookie = f"{_COOKIE}={self._cookie}; Path={self.room}; HttpOnly; SameSite=Strict"
        return Reply(HTTPStatus.SEE_OTHER, headers={"Location": self.room, "Set-Cookie": cookie})

    def is_other_host(self, request: Request) -> bool:
        """Whether the request names another host, as after DNS rebinding."""
        return request.headers.get("host", "") != self._host

    def refuse(self, request: Request) -> Reply | None:
        """Return why a request to the page or its calls is refused; None if it may pass."""
        if not self._has_cookie(request):
            return refusal(
                HTTPStatus.FORBIDDEN,
                "console_not_entered",
                "Open the console with the address that the command printed.",
            )
        if request.headers.get("sec-fetch-site", "none") not in _OWN:
            return refusal(HTTPStatus.FORBIDDEN, "console_other_page", "Only the console's own page may ask.")
        if request.method == "POST":
            if request.headers.get("origin") != f"http://{self._host}":
                return refusal(HTTPStatus.FORBIDDEN, "console_other_page", "Only the console's own page may ask.")
            if request.headers.get("content-type") != _JSON:
                return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "console_not_json", f"The body must be {_JSON}.")
        return None

    def _has_cookie(self, request: Request) -> bool:
        try:
            found = SimpleCookie(request.headers.get("cookie", "")).get(_COOKIE)
        except CookieError:
            return False
        return found is not None and _is_same(found.value, self._cookie)


def _is_same(given: str, secret: str) -> bool:
    return compare_digest(given.encode("utf-8", "replace"), secret.encode())
