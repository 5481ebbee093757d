"""JSON as it came: numbers keep their digits, and nothing is too deep."""

import json
from typing import Any


class Number(str):
    """A number of a JSON document, digit for digit, for `json.loads(..., parse_float=Number, parse_int=Number)`."""

    __slots__ = ()


def to_json(value: Any) -> str:
    """One line of JSON. Not json.dumps, which would put numbers in quotes and gives up at some depth."""
    written: list[str] = []
    # What is still to be written, the next part last; a tuple is text that is JSON already.
    waiting: list[Any] = [value]
    while waiting:
        match waiting.pop():
            case tuple() as done:
                written += done
            case dict() as record:
                parts: list[Any] = []
                for name, inner in record.items():
                    parts += [(", " if parts else "", json.dumps(name, ensure_ascii=False), ": "), inner]
                waiting += [("}",), *reversed(parts), ("{",)]
            case list() as items:
                parts = [part for item in items for part in ((", ",), item)][1:]
                waiting += [("]",), *reversed(parts), ("[",)]
            case Number() as number:
                written.append(number)
            case other:
                written.append(json.dumps(other, ensure_ascii=False))
    return "".join(written)
