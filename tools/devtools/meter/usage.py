"""The usage that AWS bills."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Usage:
    """Amounts of what AWS bills by use, for one session or for many together.

    `gathered_units`: write units of what AWS gathers for five minutes and then writes once for all sessions of a bank.
    The local engine gathers nothing, so here each session has its own.
    """

    transitions: float = 0
    invocations: float = 0
    gb_seconds: float = 0
    log_bytes: float = 0
    write_units: float = 0
    index_units: float = 0
    gathered_units: float = 0
    read_units: float = 0
    http_requests: float = 0
    events: float = 0
    secret_reads: float = 0
    s3_puts: float = 0
    s3_gets: float = 0

    def __add__(self, other: Self) -> Self:
        return self._with(lambda name: getattr(self, name) + getattr(other, name))

    def __sub__(self, other: Self) -> Self:
        return self._with(lambda name: getattr(self, name) - getattr(other, name))

    def __truediv__(self, number: float) -> Self:
        return self._with(lambda name: getattr(self, name) / number)

    def _with(self, value: Callable[[str], Any]) -> Self:
        return type(self)(**{each.name: value(each.name) for each in fields(self)})
