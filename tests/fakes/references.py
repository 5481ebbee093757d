"""The names by which sessions are found, in memory."""

from collections import defaultdict
from collections.abc import Iterable

from reconnect.model.session import Session

_FOUND_AT_ONCE = 25


class FakeReferences:
    """The port `References`."""

    def __init__(self) -> None:
        self._records: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def add(self, session: Session, seals: Iterable[str]) -> None:
        for seal in seals:
            self._records[seal].add(_place(session))

    def find(self, seal: str) -> list[str]:
        newest = sorted(self._records[seal], reverse=True)
        return [session_id for _, session_id in newest[:_FOUND_AT_ONCE]]

    def forget(self, session: Session) -> None:
        for seal in session.found_by:
            self._records[seal].discard(_place(session))


def _place(session: Session) -> tuple[str, str]:
    return session.created_at.isoformat(), session.session_id
