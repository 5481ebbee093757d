"""How a link is found in what mail clients make of it. Its signature then decides whether it is ours."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from reconnect.model.errors import LinkCut, StateInvalid
from reconnect.model.link_forms import SHORT_LENGTH

_LONG = re.compile(r"[._-]*([0-9A-Za-z]{1,64}\.[0-9]{1,12}\.[0-9A-Za-z_-]{43})[._-]*")
_LONG_CUT = re.compile(r"[0-9A-Za-z]{1,64}\.[0-9]{1,12}\.[0-9A-Za-z_-]{0,42}")
_PATHS = ("connect", "c")


def links_in(text: str) -> list[str]:
    """Return the links that this text may have been before it travelled, likeliest first, each in its one spelling.

    Percent and HTML escapes are undone. Then either all that cannot belong to a link is left out (spaces, line breaks,
    soft hyphens, brackets), or what follows the first of it. Raises LinkCut if the end is missing, else StateInvalid.
    """
    # Twice: some clients escape the escapes.
    read = unescape(unquote(unquote(text)))
    kept = ["".join(filter(_may_belong, read)), re.split(r"[^0-9A-Za-z._-]", read.lstrip(" <(\"'"), maxsplit=1)[0]]
    found = [link for each in dict.fromkeys(kept) for link in _forms_of(each)]
    if not found:
        raise LinkCut("the end is missing") if any(map(_is_cut, kept)) else StateInvalid("not as we write links")
    return found


def link_in_path(path: str) -> str | None:
    """Return the part of a path that should be a link, whatever slashes are in it; None if the path is no link's.

    It is empty where even the beginning of the link is missing.
    """
    parts = [part for part in path.split("/") if part]
    if len(parts) == 1 and _PATHS[0].startswith(parts[0]):
        return ""
    # A domain that several services share may put one part before ours.
    at = next((at for at, part in enumerate(parts[:2]) if part in _PATHS), None)
    return None if at is None else "/".join(parts[at + 1 :])


def _may_belong(character: str) -> bool:
    # A letter of another alphabet is kept, so that the text is not read as if nothing stood there.
    return character.isalnum() or character in "._-"


def _forms_of(kept: str) -> Iterator[str]:
    if long := _LONG.fullmatch(kept):
        yield long[1]
    short = re.sub("[._-]", "", kept)
    if len(short) == SHORT_LENGTH and short.isascii():
        yield short


def _is_cut(kept: str) -> bool:
    short = re.sub("[._-]", "", kept)
    return kept.isascii() and (len(short) < SHORT_LENGTH or bool(_LONG_CUT.fullmatch(kept)))
