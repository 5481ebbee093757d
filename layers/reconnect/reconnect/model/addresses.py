"""Addresses that bank data and secrets travel to: TLS only, except on this machine."""

import re
from typing import NewType

Origin = NewType("Origin", str)
PublicUrl = NewType("PublicUrl", str)

# As in the template's AllowedPattern. Without wildcards and user info: the page frames exactly this origin, and
# believes only its messages. In lower case, as browsers write an origin.
_ORIGIN = r"(https://[a-z0-9]+([.-]+[a-z0-9]+)*|http://(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?"
_PUBLIC_URL = _ORIGIN + r"(/[A-Za-z0-9._~-]+)*"


def read_origin(text: str) -> Origin:
    """The origin in a setting; raise ValueError if it is none, or not https."""
    if not re.fullmatch(_ORIGIN, text):
        raise ValueError("must be https://HOST, with a port at most; http:// is only for localhost and 127.0.0.1")
    return Origin(text)


def read_public_url(text: str) -> PublicUrl:
    """The origin in a setting, which a path may follow; raise ValueError if it is none, or not https."""
    if not re.fullmatch(_PUBLIC_URL, text):
        raise ValueError(
            "must be https://HOST, with a port and a path at most; http:// is only for localhost and 127.0.0.1"
        )
    return PublicUrl(text)
