"""Kept connections to Flinks: given up when they may be dead, and known by name when they turn out to be.

AWS and everything between us and Flinks drop idle connections. A Lambda environment is frozen between its invocations
and learns of it only when it sends the next request.
"""

import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLEOFError, SSLZeroReturnError
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from ssl import SSLContext

# Longer than the waits between the polls of one invocation, shorter than what proxies keep.
LONGEST_IDLE_SECONDS = 20

_CLOSED_TLS = (SSLEOFError, SSLZeroReturnError)
_Done = TypeVar("_Done")


class ConnectionDropped(Exception):
    """A connection that had carried an earlier reply broke before it carried this one.

    urllib3 and requests wrap their own errors and the operating system's; this one passes them as it is.
    """


class _Kept:
    """Mixed into a connection of urllib3.

    `answered_at`: when the last reply began, or None before the first. Wall-clock time: the monotonic clock may stop
    while Lambda freezes the environment.
    """

    answered_at: float | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the connection may carry another request; urllib3 makes a new one otherwise."""
        is_recent = self.answered_at is None or 0 <= time.time() - self.answered_at < LONGEST_IDLE_SECONDS
        return is_recent and super().is_connected  # type: ignore[misc]

    def connect(self) -> None:
        """Open the connection, the same object perhaps for a second time."""
        self.answered_at = None
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request. A connection error is left to urllib3, which reads a reply that came before it."""
        self._unless(_CLOSED_TLS, lambda: super(_Kept, self).request(*args, **options))  # type: ignore[misc]

    def getresponse(self) -> Any:
        """Receive the header of the reply."""
        response = self._unless((ConnectionError, *_CLOSED_TLS), super().getresponse)  # type: ignore[misc]
        self.answered_at = time.time()
        return response

    def _unless(self, dropped: tuple[type[OSError], ...], do: Callable[[], _Done]) -> _Done:
        try:
            return do()
        except dropped as failure:
            if self.answered_at is None:
                raise
            raise ConnectionDropped(type(failure).__name__) from None


class _KeptHttp(_Kept, HTTPConnection):
    pass


class _KeptHttps(_Kept, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _KeptHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _KeptHttps


class _Adapter(HTTPAdapter):
    def __init__(self, context: "SSLContext") -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def make_session(context: "SSLContext") -> requests.Session:
    """Return a session without connections; those that it makes share the TLS context."""
    session = requests.Session()
    # A proxy would see the secrets, a netrc file would replace them, other authorities could read along.
    session.trust_env = False
    # All logins share the session: what Flinks sets for one must not come with another's request.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(context))
    return session
