"""The engine speaks plain HTTP on loopback; towards policies that insist on TLS it counts as TLS."""

from devtools.engine import private_names
from devtools.engine.replacing import replace_everywhere


def install() -> None:
    """Otherwise a template that lets nobody in without TLS, as ours should, would let nobody in here at all."""
    remember_origin = private_names.REQUEST_ORIGIN.load()

    def pin_request_origin(source_ip: str, _is_secure: bool) -> None:
        remember_origin(source_ip, True)

    replace_everywhere(private_names.REQUEST_ORIGIN, pin_request_origin)
