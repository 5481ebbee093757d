"""The callers' names for users and purposes, sealed, each an item that leads to a session.

An index of the table could hold one name of a session only, and a table can be given one new index in an update.
"""

from collections.abc import Iterable
from datetime import timedelta

from reconnect.adapters.dynamodb.formats import in_format
from reconnect.adapters.dynamodb.session_items import DEFAULT_RETENTION
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.dynamodb.values import epoch
from reconnect.model.session import Session
from reconnect.model.signing import MAX_LINK_LIFETIME
from reconnect.model.timestamps import to_iso

# Enough for a user's logins; one page, and one read of many sessions.
_FOUND_AT_ONCE = 25


class DynamoDbReferences:
    """The port `References`."""

    def __init__(self, table: Table, retention: timedelta = DEFAULT_RETENTION) -> None:
        """`retention`: how long the record of a session that has ended is kept."""
        self._table, self._retention = table, retention

    def add(self, session: Session, seals: Iterable[str]) -> None:
        """Write an item for each, which lives as long as the session can at most, should its link be extended."""
        expires_at = epoch(session.created_at + MAX_LINK_LIFETIME + self._retention)
        for seal in seals:
            self._table.write(in_format({**_key(session, seal), "expires_at": expires_at}))

    def find(self, seal: str) -> list[str]:
        """One query of the seal's partition, whose items are sorted by the sessions' times."""
        return [item["sk"].rpartition("#")[2] for item in self._table.query_partition(_partition(seal), _FOUND_AT_ONCE)]

    def forget(self, session: Session) -> None:
        """Delete the session's items."""
        for seal in session.found_by:
            self._table.delete(_key(session, seal))


def _partition(seal: str) -> str:
    return f"REF#{seal}"


def _key(session: Session, seal: str) -> dict[str, str]:
    return {"pk": _partition(seal), "sk": f"{to_iso(session.created_at)}#{session.session_id}"}
