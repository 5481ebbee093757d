"""Compares how an older and a newer version read the same record."""

from typing import Any

# Old field names and their names today, for fields renamed in the code but not in the items.
RENAMED: dict[str, str] = {}


def differences(older: Any, newer: Any, where: str = "") -> list[str]:
    """Return where two readings differ; the newer one may have more fields."""
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
        return [f"{where} is no longer read; if it was renamed, add it to comparing.RENAMED"]
    return differences(value, newer[name], where)
