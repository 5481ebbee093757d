"""How a link is written: in its long form, or in the short one for text messages."""

import re
from enum import StrEnum
from string import ascii_letters, digits

# Only letters and digits, so that nothing at its end looks like punctuation and no hyphen invites a line break.
_ALPHABET = digits + ascii_letters
# 36 bytes: the session's id (128 bits), the end (32 bits, epoch seconds), the signature (128 bits).
_BYTES = 36
SHORT_LENGTH = 49

_SESSION_ID = re.compile("[0-9a-f]{32}")


class LinkForm(StrEnum):
    """How new links are written; both forms are read."""

    LONG = "long"
    SHORT = "short"


def pack(session_id: str, ends_at: int, signature: bytes) -> str | None:
    """Return the short form, 49 letters and digits; None for an id that it has no room for.

    `ends_at`: epoch seconds, until the year 2106; `signature`: 16 bytes.
    """
    if not _SESSION_ID.fullmatch(session_id):
        return None
    number = int.from_bytes(bytes.fromhex(session_id) + ends_at.to_bytes(4) + signature)
    text = ""
    for _ in range(SHORT_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        text = _ALPHABET[rest] + text
    return text


def unpack(text: str) -> tuple[str, int, bytes] | None:
    """Return what `pack` was given; None for any other text. Each link has one spelling only."""
    if len(text) != SHORT_LENGTH or not (text.isascii() and text.isalnum()):
        return None
    number = 0
    for character in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    if number >> (8 * _BYTES):
        return None
    packed = number.to_bytes(_BYTES)
    return packed[:16].hex(), int.from_bytes(packed[16:20]), packed[20:]
