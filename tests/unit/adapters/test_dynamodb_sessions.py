"""The session records in DynamoDB: a limit of AWS that the local engine does not enforce."""

from collections.abc import Mapping

import pytest

from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.model.errors import SessionNotFound
from tests.fakes.clock import Clock

# The limit of a DynamoDB partition key.
_LONGEST_KEY = 2048


class _EmptyTable:
    def read(self, key: Mapping[str, str]) -> None:
        if any(len(part.encode()) > _LONGEST_KEY for part in key.values()):
            raise ValueError("ValidationException: size of hashkey has exceeded the maximum size limit of 2048 bytes")


@pytest.mark.parametrize("session_id", ["no-such-session", "x" * 2041, "\N{GRINNING FACE}" * 64, "x" * 9_000])
def test_an_unknown_id_of_any_length_is_not_found(session_id: str) -> None:
    with pytest.raises(SessionNotFound):
        DynamoDbSessions(_EmptyTable(), Clock()).get(session_id)  # type: ignore[arg-type]
