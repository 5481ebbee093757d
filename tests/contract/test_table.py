"""What stands in the table besides the session: the keys, the times of their removal, and no more."""

from datetime import timedelta
from typing import Any

import pytest

from local.engine import LocalEngine
from reconnect.adapters.dynamodb_sessions import DynamoDbSessions
from reconnect.domain.session import Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import Clock


class Table:
    """The real store, and the raw items below it."""

    def __init__(self, client: Any, name: str, clock: Clock) -> None:
        self._client, self._name = client, name
        self.sessions = DynamoDbSessions(client, name, clock)

    def items(self) -> dict[str, dict[str, Any]]:
        return {item["pk"]["S"]: item for item in self._client.scan(TableName=self._name)["Items"]}


@pytest.fixture
def store(contract_engine: LocalEngine, table: str, clock: Clock) -> Table:
    return Table(contract_engine.client("dynamodb"), table, clock)


def test_records_and_locks_are_removed_some_time_after_the_link_ends(store: Table) -> None:
    session = store.sessions.open(a_session())

    record, lock = store.items()[f"SESSION#{SESSION_ID}"], store.items()[f"LOGIN#{LOGIN_ID}"]
    end = session.link_expires_at
    assert record["expires_at"] == {"N": str(int((end + timedelta(days=30)).timestamp()))}
    assert lock["expires_at"] == {"N": str(int((end + timedelta(hours=1)).timestamp()))}


def test_an_ended_session_leaves_its_record_and_no_lock(store: Table) -> None:
    opened = store.sessions.open(a_session())

    store.sessions.save(opened.end(Status.CANCELLED, at=opened.created_at, cause="cancelled", failure=None))

    assert store.items().keys() == {f"SESSION#{SESSION_ID}"}


def test_what_a_session_lacks_is_absent_and_not_null(store: Table) -> None:
    store.sessions.open(a_session())

    record = store.items()[f"SESSION#{SESSION_ID}"]
    assert not any("NULL" in value for value in record.values())
    assert "task_token" not in record
