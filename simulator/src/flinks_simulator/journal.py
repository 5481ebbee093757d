"""The journal of requests: who requested what, with the names of fields and headers but never their values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class JournalEntry:
    """One request as the simulator saw it; `action` distinguishes a start from a status call on the same path.

    `seconds` is how long the simulator took to reply, including faults that delay it.
    """

    method: str
    path: str
    status: int
    action: str
    username: str | None
    login_id: str | None
    at: datetime
    fields: tuple[str, ...]
    headers: tuple[str, ...]
    seconds: float


class Journal:
    """Every request of a run, oldest first."""

    def __init__(self) -> None:
        self._entries: list[JournalEntry] = []

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Journal({self._entries!r})"

    def append(self, entry: JournalEntry) -> None:
        """Add the newest request."""
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget every request."""
        self._entries.clear()

    def of(self, login_id: str) -> list[JournalEntry]:
        """List the requests about one login."""
        return [each for each in self if each.login_id == login_id]

    def count(self, action: str, *, login_id: str | None = None) -> int:
        """Count the requests of one kind, from one login or from all."""
        return sum(each.action == action and login_id in {None, each.login_id} for each in self)
