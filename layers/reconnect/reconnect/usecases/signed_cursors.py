"""Cursors of lists: a place in a list, signed, so that a caller can neither choose one nor go on in another list."""

import base64
import hmac

from reconnect.model.errors import CursorInvalid
from reconnect.model.signing import Keys, mac


def sign_cursor(keys: Keys, filters: str, place: str) -> str:
    """The cursor that leads to what is behind this place, in the list with these filters."""
    text = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    return f"{text}.{_mac(keys.known()[0], filters, text)}"


def read_cursor(keys: Keys, filters: str, cursor: str) -> str:
    """The place that `sign_cursor` signed; raise CursorInvalid."""
    text, _, signature = cursor.rpartition(".")
    if not any(_is_ours(known(), filters, text, signature) for known in (keys.known, keys.again)):
        raise CursorInvalid("no signature of ours for these filters")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _is_ours(keys: tuple[bytes, ...], filters: str, text: str, signature: str) -> bool:
    # As bytes: compare_digest refuses a text that is not ASCII, which anyone may send.
    given = signature.encode(errors="replace")
    return any(hmac.compare_digest(given, _mac(key, filters, text).encode()) for key in keys)


def _mac(key: bytes, filters: str, text: str) -> str:
    return mac(key, "cursor", f"{filters}\n{text}")
