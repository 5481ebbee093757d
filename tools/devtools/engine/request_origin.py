"""Makes the engine's plain HTTP on loopback satisfy policies that require TLS."""

from devtools.engine import private_names
from devtools.engine.replacing import replace_everywhere


def install() -> None:
    """Report every request as TLS; otherwise policies that deny access without TLS would deny every request here."""
    remember_origin = private_names.REQUEST_ORIGIN.load()

    def pin_request_origin(source_ip: str, _is_secure: bool) -> None:
        remember_origin(source_ip, True)

    replace_everywhere(private_names.REQUEST_ORIGIN, pin_request_origin)
