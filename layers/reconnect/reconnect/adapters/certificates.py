"""The certificates of the authorities that we trust, loaded once for all connections to Flinks."""

from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any


class SharedContext(SSLContext):
    """A TLS context for all connections to one party; it checks certificates and host names.

    Requests loads its file of all authorities for each new connection, a fifth of a cold start. What this context has
    loaded it does not load again.
    """

    _loaded: frozenset[object] = frozenset()

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        """Trust these authorities too; as in SSLContext."""
        wanted = (cafile, capath, cadata)
        if wanted not in self._loaded:
            super().load_verify_locations(*wanted)
            self._loaded |= {wanted}


def make_context() -> SharedContext:
    """Return a new context for requests, which says what it shall trust."""
    return SharedContext(PROTOCOL_TLS_CLIENT)
