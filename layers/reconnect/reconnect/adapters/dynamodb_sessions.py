"""The session records and the per-login lock, in one DynamoDB table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from reconnect.adapters.session_items import from_item, session_key, to_item
from reconnect.domain.errors import LoginHeld, SessionChanged, SessionNotFound
from reconnect.domain.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A lock outlives its session's link a little: the workflow may still be reading accounts at the very end.
_LOCK_GRACE = timedelta(hours=1)

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class DynamoDbSessions:
    """The port `Sessions`. Every write is conditional: on the version read, or on the lock being free."""

    def __init__(self, client: "DynamoDBClient", table_name: str, clock: Callable[[], datetime]) -> None:
        self._client, self._table_name, self._clock = client, table_name, clock

    def open(self, session: Session) -> Session:
        """Write session and lock in one transaction; raise LoginHeld if a live session holds the login."""
        written = replace(session, version=1)
        lock = {
            **_lock_key(session.login_id),
            "session_id": session.session_id,
            "expires_at": int((session.link_expires_at + _LOCK_GRACE).timestamp()),
        }
        lock_put = {
            **self._put(lock),
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at < :now",
            "ExpressionAttributeValues": _marshal({":now": int(self._clock().timestamp())}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        record_put = {**self._put(to_item(written)), "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self._client.transact_write_items(TransactItems=[{"Put": lock_put}, {"Put": record_put}])  # type: ignore[typeddict-item]
        except self._client.exceptions.TransactionCanceledException as cancelled:
            raise self._why_not_opened(session, cancelled.response) from None
        return written

    def _why_not_opened(self, session: Session, response: Any) -> Exception:
        """The holder of the lock, or a collision with another transaction on the same login: then look again."""
        item = response["CancellationReasons"][0].get("Item") or self._read(_lock_key(session.login_id))
        holder = self._holder(item)
        return LoginHeld(holder) if holder else SessionChanged("lost a race for the lock")

    def get(self, session_id: str) -> Session:
        """Read a session, strongly consistent."""
        item = self._read(session_key(session_id))
        if item is None:
            raise SessionNotFound(session_id)
        return from_item(_unmarshal(item))

    def live_session_of(self, login_id: str) -> str | None:
        """The holder of the login's lock, if it still holds it."""
        return self._holder(self._read(_lock_key(login_id)))

    def _holder(self, item: dict[str, Any] | None) -> str | None:
        lock = _unmarshal(item) if item else None
        if lock is None or lock["expires_at"] < int(self._clock().timestamp()):
            return None
        return str(lock["session_id"])

    def save(self, session: Session) -> Session:
        """Write the next version; ending a session also gives its login's lock back."""
        written = replace(session, version=session.version + 1)
        put = {
            **self._put(to_item(written)),
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": _marshal({":read": session.version}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            if not (session.status.is_terminal and self._released_with(put, session)):
                self._client.put_item(**put)
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            # The SDK repeats a write whose answer was lost; then the record that stands there is our own.
            stands: Any = refused.response.get("Item") or {}
            if _unmarshal(stands) != _unmarshal(put["Item"]):
                raise SessionChanged(f"version {session.version} was overtaken") from None
        except self._client.exceptions.TransactionConflictException:
            raise SessionChanged(f"version {session.version} met a transaction") from None
        return written

    def _released_with(self, put: dict[str, Any], session: Session) -> bool:
        """Write the end and give the lock back, both or neither; False if the lock is another session's by now."""
        items: Any = [{"Put": put}, {"Delete": self._release(session)}]
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as cancelled:
            record, lock = (reason.get("Code") for reason in cancelled.response["CancellationReasons"])
            if record == "None" and lock == "ConditionalCheckFailed":
                return False
            raise SessionChanged(f"version {session.version} was overtaken") from None
        return True

    def _release(self, session: Session) -> dict[str, Any]:
        """Only our own lock: one that expired may have been taken over by a newer session."""
        return {
            "TableName": self._table_name,
            "Key": _marshal(_lock_key(session.login_id)),
            "ConditionExpression": "attribute_not_exists(pk) OR session_id = :ours",
            "ExpressionAttributeValues": _marshal({":ours": session.session_id}),
        }

    def _put(self, item: dict[str, Any]) -> dict[str, Any]:
        return {"TableName": self._table_name, "Item": _marshal(item)}

    def _read(self, key: dict[str, str]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table_name, Key=_marshal(key), ConsistentRead=True)
        return answer.get("Item")


def _lock_key(login_id: str) -> dict[str, str]:
    # A GUID is the same in either letter case; Flinks gets it as the caller wrote it.
    return {"pk": f"LOGIN#{login_id.casefold()}", "sk": "LOCK"}


def _marshal(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in item.items()}


def _unmarshal(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}
