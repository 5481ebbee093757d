"""Lossless JSON: numbers keep their digits, and any depth is accepted."""

import json
from typing import Any


class Number(str):
    """A JSON number with its exact digits, for `json.loads(..., parse_float=Number, parse_int=Number)`."""

    __slots__ = ()


def to_json(value: Any) -> str:
    """Write one line of JSON. json.dumps would quote these numbers, and fails at some depth."""
    written: list[str] = []
    # What is still to write, the next part last; a tuple holds text that is already JSON.
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
