"""DynamoDB's read and write units for one request, by the rules of its Developer Guide.

Pages: "DynamoDB item sizes and formats", "DynamoDB read and write operations", "Using Global Secondary Indexes".
Items are in DynamoDB's own JSON, as in `{"pk": {"S": "..."}}`; sizes are in bytes.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]

_WRITE_UNIT_BYTES = 1024
_READ_UNIT_BYTES = 4096
_NESTED_BYTES = 3
_ELEMENT_BYTES = 1
# A transaction prepares each of its items and then commits it.
_TRANSACTION = 2


@dataclass(frozen=True)
class Units:
    """The units of one request: writes to the table, writes to its indexes, reads."""

    write: float = 0
    index: float = 0
    read: float = 0


def units_of(entry: Mapping[str, Any], *, token_bytes: int | None = None) -> Units:
    """Return the units of one DynamoDB request in the engine's ledger.

    `token_bytes`: count attributes named `...token` with this length instead of their own, because task tokens are
    longer on AWS than on the local engine.
    """
    sized = _Sizes(token_bytes)
    times = _TRANSACTION if entry["action"].startswith("Transact") else 1
    if "touched" in entry:
        write = sum(times * sized.write_units(each, refused=entry["refused"]) for each in entry["touched"])
        # Indexes are updated later, outside of the transaction.
        index = 0.0 if entry["refused"] else sum(sized.index_units(each) for each in entry["touched"])
        return Units(write=write, index=index)
    consistency = times if times > 1 or entry["consistent"] else 0.5
    return Units(read=consistency * sized.read_units(entry["read"], together=entry["action"] in ("Query", "Scan")))


def item_bytes(item: Item, token_bytes: int | None = None) -> int:
    """Return the size of an item for DynamoDB: the names and the values of its attributes."""
    return sum(len(name.encode()) + _attribute_bytes(name, value, token_bytes) for name, value in item.items())


def _attribute_bytes(name: str, value: Mapping[str, Any], token_bytes: int | None) -> int:
    if token_bytes is not None and name == "task_token":
        return token_bytes
    return _value_bytes(value, token_bytes)


def _value_bytes(value: Mapping[str, Any], token_bytes: int | None) -> int:
    ((kind, content),) = value.items()
    if kind in _SCALARS:
        return _SCALARS[kind](content)
    if kind in _SETS:
        return sum(_SCALARS[kind[0]](each) for each in content)
    overhead = _NESTED_BYTES + _ELEMENT_BYTES * len(content)
    if kind == "L":
        return overhead + sum(_value_bytes(each, token_bytes) for each in content)
    return overhead + item_bytes(content, token_bytes)


def _number_bytes(text: str) -> int:
    """One byte for two significant digits, and one more; leading and trailing zeros take none."""
    digits = text.lower().partition("e")[0].lstrip("-+").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1


_SCALARS: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_bytes,
    "B": lambda base64: len(base64.rstrip("=")) * 3 // 4,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
}
_SETS = ("SS", "NS", "BS")


class _Sizes:
    def __init__(self, token_bytes: int | None) -> None:
        self._token_bytes = token_bytes

    def write_units(self, touched: Mapping[str, Any], *, refused: bool) -> int:
        """The larger of the item before and after; a failed condition costs as much as the write."""
        versions = [touched["old"], touched["asked"] if refused else touched["new"]]
        return _rounded(max(self._bytes(each) for each in versions), _WRITE_UNIT_BYTES)

    def index_units(self, touched: Mapping[str, Any]) -> int:
        """One to put, change or delete an entry; two to move it, because that is a delete and a put."""
        return sum(self._one_index(index, touched) for index in touched["schema"]["indexes"])

    def _one_index(self, index: Mapping[str, Any], touched: Mapping[str, Any]) -> int:
        table_keys = touched["schema"]["keys"]
        old, new = (_entry(index, table_keys, touched[version]) for version in ("old", "new"))
        if old == new:
            return 0
        if old and new and any(old[name] != new[name] for name in index["keys"]):
            return self._entry_units(old) + self._entry_units(new)
        return max(self._entry_units(each) for each in (old, new) if each)

    def read_units(self, items: list[Item | None], *, together: bool) -> int:
        """Each item is rounded up separately, but in a Query all of them together; a missing item costs one."""
        sizes = [self._bytes(item) for item in items]
        return sum(_rounded(size, _READ_UNIT_BYTES) for size in ([sum(sizes)] if together else sizes))

    def _entry_units(self, entry: Item) -> int:
        return _rounded(self._bytes(entry), _WRITE_UNIT_BYTES)

    def _bytes(self, item: Item | None) -> int:
        return item_bytes(item, self._token_bytes) if item else 0


def _entry(index: Mapping[str, Any], table_keys: list[str], item: Item | None) -> Item | None:
    """The part of an item that an index holds; None if the item lacks an attribute of the index's key."""
    if not item or not all(name in item for name in index["keys"]):
        return None
    if index["projection"] == "ALL":
        return item
    held = {*index["keys"], *table_keys, *index["included"]}
    return {name: value for name, value in item.items() if name in held}


def _rounded(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))
