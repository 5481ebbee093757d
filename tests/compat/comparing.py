"""Two readings of one record, by an older and by a newer version."""

from typing import Any

# What a fact of an older release is called today, where a field was renamed in the code and not in the items.
RENAMED: dict[str, str] = {}


def differences(older: Any, newer: Any, where: str = "") -> list[str]:
    """Where two readings say different things; a newer version may know more than an older one."""
    if isinstance(older, dict) and isinstance(newer, dict):
        return [
            each
            for name, value in older.items()
            for each in _differences_of_a_fact(value, newer, RENAMED.get(str(name), str(name)), f"{where}.{name}")
        ]
    if isinstance(older, list) and isinstance(newer, list) and len(older) == len(newer):
        pairs = enumerate(zip(older, newer, strict=True))
        return [each for number, (one, other) in pairs for each in differences(one, other, f"{where}[{number}]")]
    return [] if older == newer else [f"{where or 'the record'}: {older!r} became {newer!r}"]


def _differences_of_a_fact(value: Any, newer: dict[str, Any], name: str, where: str) -> list[str]:
    if name not in newer:
        return [f"{where} is read no more; if it has another name now, say so in comparing.RENAMED"]
    return differences(value, newer[name], where)
