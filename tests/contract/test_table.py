"""The table itself: its keys, indexes, expiry times and what the stream shows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Item
from reconnect.model.errors import SessionChanged
from reconnect.model.idempotency import LIFETIME, Claim
from reconnect.model.login import Login
from reconnect.model.session import Actor, Session, Status
from reconnect.model.waits import WaitReason
from reconnect.usecases.session_updates import update_login
from tests.contract.at_once import at_once
from tests.contract.stores import InDynamoDb, is_delivered
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW, Clock

_RECORD = f"SESSION#{SESSION_ID}"
A_CLAIM = Claim(key="api/a-key", digest="a-digest", session_id="one", expires_at=NOW + LIFETIME)


def ended(session: Session) -> Session:
    return session.end(
        Status.CANCELLED, at=NOW, cause="cancelled", failure=None, event_type="SessionCancelled", actor=Actor.CALLER
    )


def test_a_live_session_is_kept_for_the_retention_after_its_link(dynamodb: InDynamoDb) -> None:
    session = dynamodb.sessions.create(a_session())

    assert dynamodb.items()[_RECORD]["expires_at"] == in_seconds(session.link_expires_at + timedelta(days=400))


def test_a_session_is_kept_for_the_retention_after_its_end(dynamodb: InDynamoDb) -> None:
    sessions = DynamoDbSessions(dynamodb.table, lambda: NOW, timedelta(days=50))
    session = sessions.create(a_session())

    sessions.save(ended(session))

    assert dynamodb.items()[_RECORD]["expires_at"] == in_seconds(NOW + timedelta(days=50))


def in_seconds(moment: datetime) -> dict[str, str]:
    return {"N": str(int(moment.timestamp()))}


def test_an_unused_login_expires_after_more_than_a_year(dynamodb: InDynamoDb) -> None:
    dynamodb.logins.save(Login(login_id=LOGIN_ID.upper()))

    removed = NOW + timedelta(days=400)
    (item,) = dynamodb.items().values()
    assert item["expires_at"] == {"N": str(int(removed.timestamp()))}


def test_a_claim_expires_at_its_end(dynamodb: InDynamoDb) -> None:
    dynamodb.claims.claim(A_CLAIM)

    (item,) = dynamodb.items().values()
    assert item["expires_at"] == {"N": str(int(A_CLAIM.expires_at.timestamp()))}


def test_an_empty_field_is_absent_and_not_null(dynamodb: InDynamoDb) -> None:
    dynamodb.sessions.create(a_session())
    dynamodb.logins.save(Login(login_id=LOGIN_ID))
    dynamodb.claims.claim(A_CLAIM)

    assert not [value for item in dynamodb.items().values() for value in item.values() if "NULL" in value]
    assert not dynamodb.items()[_RECORD].keys() & {"task_token", "announcement", "correlation_ids"}


def test_the_due_index_holds_live_sessions_with_their_keys_only(dynamodb: InDynamoDb) -> None:
    created = dynamodb.sessions.create(a_session())
    dynamodb.sessions.create(replace(a_session(), session_id="another"))
    dynamodb.logins.save(Login(login_id=LOGIN_ID))
    dynamodb.claims.claim(A_CLAIM)

    dynamodb.sessions.save(ended(created))

    (entry,) = dynamodb.items(IndexName="due").values()
    assert entry["pk"] == {"S": "SESSION#another"}
    assert entry.keys() == {"pk", "sk", "live", "due_at"}
    assert not dynamodb.items()[_RECORD].keys() & {"live", "due_at"}


def test_a_sweep_gets_the_oldest_of_a_crowd_after_the_newest(
    dynamodb: InDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconnect.adapters.dynamodb.sessions._DUE_AT_ONCE", 2)
    for name, days in (("new", 0), ("young", 1), ("old", 2), ("older", 3), ("oldest", 4)):
        dynamodb.sessions.create(replace(a_session(), session_id=name, due_at=NOW - timedelta(days=days)))

    assert dynamodb.sessions.due(NOW) == ["new", "young", "oldest", "older"]


def test_the_login_index_holds_every_session_with_its_keys_only(dynamodb: InDynamoDb) -> None:
    dynamodb.sessions.save(ended(dynamodb.sessions.create(a_session(login_id=LOGIN_ID.upper()))))
    dynamodb.logins.save(Login(login_id=LOGIN_ID))
    dynamodb.claims.claim(A_CLAIM)

    (entry,) = dynamodb.items(IndexName="login").values()
    assert entry == {"pk": {"S": _RECORD}, "sk": {"S": "SESSION"}, "login": {"S": LOGIN_ID}}


def test_an_erased_login_leaves_no_item_that_names_it(dynamodb: InDynamoDb) -> None:
    dynamodb.sessions.create(a_session())
    login = dynamodb.logins.save(Login(login_id=LOGIN_ID).hold(SESSION_ID))
    dynamodb.claims.claim(A_CLAIM)

    dynamodb.sessions.erase(SESSION_ID)
    dynamodb.logins.erase(login)

    assert LOGIN_ID not in json.dumps(dynamodb.items())
    assert sorted(key.partition("#")[0] for key in dynamodb.items()) == ["CLAIM", "SESSION"]


def test_erased_session_keeps_only_its_id_until_its_keys_expire(
    dynamodb: InDynamoDb,
) -> None:
    dynamodb.sessions.create(a_session())
    dynamodb.sessions.erase(SESSION_ID)

    item = dynamodb.items()[_RECORD]
    assert item.keys() == {"pk", "sk", "fmt", "erased", "expires_at"}
    assert int(item["expires_at"]["N"]) > int((NOW + LIFETIME).timestamp())


UNTIL = NOW + timedelta(minutes=8)
WAITING = Login(login_id=LOGIN_ID, next_allowed_at=UNTIL, wait_reason=WaitReason.OPEN_ATTEMPT)


def seconds_kept_after(until: datetime, item: Mapping[str, Any]) -> timedelta:
    """How much longer than `until` DynamoDB keeps an item."""
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) - until


def test_the_wait_of_an_erased_login_is_anonymous_and_expires(dynamodb: InDynamoDb) -> None:
    dynamodb.logins.erase(dynamodb.logins.save(replace(WAITING, failures=1, last_refresh=NOW)))

    ((key, item),) = dynamodb.items().items()
    assert LOGIN_ID not in key
    assert item.keys() == {"pk", "sk", "fmt", "next_allowed_at", "wait_reason", "expires_at"}
    assert timedelta(0) < seconds_kept_after(UNTIL, item) <= timedelta(seconds=1)


def test_an_answer_after_an_erasure_leaves_only_a_wait_that_expires(
    dynamodb: InDynamoDb,
) -> None:
    dynamodb.logins.erase(dynamodb.logins.save(replace(WAITING, session_id=SESSION_ID, failures=1)))
    extended = UNTIL + timedelta(minutes=3)

    update_login(dynamodb.logins, LOGIN_ID, lambda login: login.wait(extended, WaitReason.OPEN_ATTEMPT))

    ((key, item),) = dynamodb.items().items()
    assert LOGIN_ID not in key
    assert item.keys() == {"pk", "sk", "fmt", "version", "next_allowed_at", "wait_reason", "expires_at"}
    assert timedelta(0) < seconds_kept_after(extended, item) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    "known",
    [{"session_id": "s"}, {"last_session_id": "s"}, {"failures": 1}, {"last_refresh": NOW}, {"known_accounts": {"a"}}],
    ids=lambda known: next(iter(known)),
)
def test_a_login_with_more_than_a_wait_is_kept_for_a_year(dynamodb: InDynamoDb, known: dict[str, Any]) -> None:
    dynamodb.logins.save(replace(WAITING, **known))

    ((_, item),) = dynamodb.items().items()
    assert seconds_kept_after(NOW, item) > timedelta(days=365)


def test_the_stream_shows_each_session_write_with_its_event(dynamodb: InDynamoDb) -> None:
    created = dynamodb.sessions.create(a_session())
    dynamodb.sessions.save(replace(created, event_type="ReconnectRequired"))
    dynamodb.sessions.join(SESSION_ID, frozenset({"order-1"}))

    published = [image.get("announcement") for image in dynamodb.images()]
    assert published == [None, {"S": "ReconnectRequired"}, None]


def test_a_write_without_an_event_invokes_no_function(dynamodb: InDynamoDb) -> None:
    created = dynamodb.sessions.create(a_session())
    dynamodb.logins.save(Login(login_id=LOGIN_ID))
    dynamodb.claims.claim(A_CLAIM)
    dynamodb.sessions.discard(created)

    assert [image for image in dynamodb.images() if is_delivered(image)] == []
    assert is_delivered({"announcement": {"S": "ReconnectRequired"}})


class _EndsAfterRead:
    """A table in which the session ends right after it was first read."""

    def __init__(self, store: InDynamoDb) -> None:
        self._store, self._is_live = store, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store.table, name)

    def read(self, key: Mapping[str, str]) -> Item | None:
        item = self._store.table.read(key)
        if self._is_live:
            self._is_live = False
            self._store.sessions.save(ended(self._store.sessions.get(SESSION_ID)))
        return item


def test_a_session_that_has_just_ended_cannot_be_joined(dynamodb: InDynamoDb, clock: Clock) -> None:
    dynamodb.sessions.create(a_session())

    with pytest.raises(SessionChanged):
        DynamoDbSessions(_EndsAfterRead(dynamodb), clock).join(  # type: ignore[arg-type]
            SESSION_ID, frozenset({"order-1"})
        )

    assert dynamodb.sessions.get(SESSION_ID).correlation_ids == frozenset()
    assert dynamodb.sessions.get(SESSION_ID).version == 2


def test_a_write_repeated_by_the_sdk_is_not_a_race(dynamodb: InDynamoDb) -> None:
    created = dynamodb.sessions.create(a_session())
    changed = replace(created, has_pending_evidence=True, event_type="ReconnectRequired")
    login = Login(login_id=LOGIN_ID)

    assert dynamodb.sessions.save(changed) == dynamodb.sessions.save(changed)
    assert dynamodb.logins.save(login.hold("one")) == dynamodb.logins.save(login.hold("one"))
    assert dynamodb.published() == [(2, "ReconnectRequired")]
    with pytest.raises(SessionChanged):
        dynamodb.sessions.save(replace(created, has_pending_evidence=False))


def test_one_of_many_concurrent_claims_succeeds(dynamodb: InDynamoDb) -> None:
    def claim(number: int) -> str:
        return dynamodb.claims.claim(replace(A_CLAIM, session_id=f"session-{number}")).session_id

    assert len(set(at_once(claim))) == 1
