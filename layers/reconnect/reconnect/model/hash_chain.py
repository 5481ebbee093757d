"""Documents that show a change: a header and entries, each with the SHA-256 of itself and of the one before.

Without a key a chain proves only that the document is as its last digest says: whoever can write the document can also
compute a new chain. Whoever must prove more keeps the digest where others can see that it is unchanged.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

FORMAT = "reconnect-evidence/1"

Entry = dict[str, Any]
Document = dict[str, Any]

_HASH = "sha256"
_PARTS = {"entries", "header", _HASH}


class Changed(Exception):
    """A document is not as it was written; the message names the first part that does not fit."""


def chain(header: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Document:
    """The document of these parts. `header` gets the format; no part may have a field `sha256`."""
    previous, hashed = "", []
    for part in [{**header, "format": FORMAT}, *entries]:
        previous = _digest(part, previous)
        hashed.append({**part, _HASH: previous})
    first, *others = hashed
    return {"header": first, "entries": others, _HASH: _closing(len(others), previous)}


def to_file(document: Document) -> bytes:
    """The one way in which a document is written: ASCII, sorted, indented."""
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def check(written: bytes) -> Document:
    """Return the document in a file; raise Changed if any byte is not as `to_file` wrote it."""
    document = _parse(written)
    previous = ""
    for name, part in _named_parts(document):
        said = {field: value for field, value in part.items() if field != _HASH}
        previous = _digest(said, previous)
        if part.get(_HASH) != previous:
            raise Changed(f"{name} is not as it was written")
    if document["header"].get("format") != FORMAT:
        raise Changed("the header names another format than this version can check")
    if document[_HASH] != _closing(len(document["entries"]), previous):
        raise Changed("the digest at the end is not that of the entries")
    _compare(written, to_file(document))
    return document


def _digest(part: Mapping[str, Any], previous: str) -> str:
    text = json.dumps({"part": part, "previous": previous}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _closing(count: int, previous: str) -> str:
    return _digest({"entries": count}, previous)


def _parse(written: bytes) -> Document:
    try:
        document = json.loads(written.decode("ascii"))
    except UnicodeDecodeError as fault:
        raise Changed(f"line {_line(written, fault.start)} has a byte that is no ASCII") from None
    except json.JSONDecodeError as fault:
        raise Changed(f"line {fault.lineno} is no JSON") from None
    except RecursionError:
        raise Changed("it is nested too deeply") from None
    if not isinstance(document, dict) or document.keys() != _PARTS:
        raise Changed("it has other parts than a header, entries and a digest")
    if not isinstance(document["header"], dict) or not isinstance(document["entries"], list):
        raise Changed("its header or its entries are something else")
    return document


def _named_parts(document: Document) -> Iterator[tuple[str, Entry]]:
    yield "the header", document["header"]
    for number, entry in enumerate(document["entries"], start=1):
        if not isinstance(entry, dict):
            raise Changed(f"entry {number} is something else")
        yield f"entry {number}", entry


def _compare(written: bytes, expected: bytes) -> None:
    if written == expected:
        return
    pairs = enumerate(zip(written, expected, strict=False))
    at = next((number for number, (one, other) in pairs if one != other), min(len(written), len(expected)))
    raise Changed(f"line {_line(written, at)} is written differently")


def _line(written: bytes, at: int) -> int:
    return written.count(b"\n", 0, at) + 1
