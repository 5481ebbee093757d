"""The certificates of the authorities that we trust, loaded once per Lambda environment.

requests and botocore load their file of all authorities for every new connection, which costs a fifth of a cold start.
The layer also has the same certificates one a file, named so that OpenSSL reads only the one that it needs.
"""

from functools import cache
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import certifi

# Beside certifi's own file; layers/reconnect/build_layer.py writes it.
DIRECTORY = Path(certifi.where()).with_name("authorities")


class SharedContext(SSLContext):
    """A TLS context for all connections to one party; it checks certificates and host names.

    What it has loaded it does not load again.
    """

    _loaded: frozenset[object] = frozenset()

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        """Trust these authorities too; as in SSLContext."""
        if cafile == certifi.where() and DIRECTORY.is_dir():
            cafile, capath = None, str(DIRECTORY)
        wanted = (cafile, capath, cadata)
        if wanted not in self._loaded:
            super().load_verify_locations(*wanted)
            self._loaded |= {wanted}


def make_context() -> SharedContext:
    """Return a new context for requests or urllib3, which say what it shall trust."""
    return SharedContext(PROTOCOL_TLS_CLIENT)


def share_among_aws_clients() -> None:
    """Let all AWS clients that are made from now on use one context.

    botocore has no option for it, so the two names with which it makes contexts are replaced. If another version of it
    has other names, its clients work as before.
    """
    from botocore import httpsession  # noqa: PLC0415

    if getattr(httpsession, "SSLContext", SharedContext) is not SharedContext:
        httpsession.SSLContext = SharedContext  # type: ignore[attr-defined]
        httpsession.create_urllib3_context = cache(httpsession.create_urllib3_context)
