"""Items in a newer format than this version writes, as after a rollback, or in an older one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.adapters.dynamodb.formats import READ, WRITTEN
from reconnect.model.errors import RecordUnreadable, SessionChanged
from reconnect.model.idempotency import LIFETIME, Claim
from reconnect.model.login import Login
from reconnect.model.session import Session
from tests.contract.stores import InDynamoDb
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW, Clock

A_CLAIM = Claim(key="api/a-key", digest="a-digest", session_id="one", expires_at=NOW.replace(microsecond=0) + LIFETIME)
PAUSE = NOW + timedelta(minutes=8)

Call = Callable[[InDynamoDb, Session, Login], object]

_READS: dict[str, Call] = {
    "a session": lambda store, session, _: store.sessions.get(session.session_id),
    "a session that is created again": lambda store, session, _: store.sessions.create(session),
    "a session that is joined": lambda store, session, _: store.sessions.join(session.session_id, frozenset({"b"})),
    "a session that is erased": lambda store, session, _: store.sessions.erase(session.session_id),
    "a login": lambda store, _, login: store.logins.get(login.login_id),
    "a key": lambda store, *_: store.claims.claim(replace(A_CLAIM, session_id="two")),
    "a key whose session was erased": lambda store, *_: store.claims.claim(
        replace(A_CLAIM, session_id="two"), instead_of="one"
    ),
}
_WRITES: dict[str, Call] = {
    "a session is saved": lambda store, session, _: store.sessions.save(session),
    "a session is taken back": lambda store, session, _: store.sessions.discard(session),
    "a login is saved": lambda store, _, login: store.logins.save(login),
    "a login is taken as a new one": lambda store, _, login: store.logins.save(replace(login, version=0)),
    "a login is forgotten": lambda store, _, login: store.logins.erase(replace(login, next_allowed_at=None)),
    "a login is forgotten but for its pause": lambda store, _, login: store.logins.erase(login),
    "a key is settled": lambda store, *_: store.claims.settle(replace(A_CLAIM, session_id="two")),
}


def _written(store: InDynamoDb, fmt: int | None) -> tuple[Session, Login]:
    """One item of each kind as this version writes them, marked with another format, or with none."""
    session = store.sessions.create(a_session(correlation_ids=frozenset({"a"})))
    login = store.logins.save(Login(login_id=LOGIN_ID, session_id=SESSION_ID, next_allowed_at=PAUSE))
    store.claims.claim(A_CLAIM)
    for item in store.items().values():
        mark = {} if fmt is None else {"fmt": {"N": str(fmt)}}
        store.put({name: value for name, value in {**item, **mark}.items() if name != "fmt" or mark})
    return session, login


def test_every_item_names_its_format(dynamodb: InDynamoDb) -> None:
    dynamodb.sessions.create(a_session())
    dynamodb.sessions.erase(SESSION_ID)
    dynamodb.sessions.create(replace(a_session(), session_id="another"))
    dynamodb.logins.save(Login(login_id="another"))
    dynamodb.logins.erase(dynamodb.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=PAUSE)))
    dynamodb.claims.claim(A_CLAIM)

    assert [item.get("fmt") for item in dynamodb.items().values()] == [{"N": str(WRITTEN)}] * 5


@pytest.mark.parametrize("what", _READS)
def test_a_record_of_a_newer_format_is_refused_and_unchanged(dynamodb: InDynamoDb, what: str) -> None:
    session, login = _written(dynamodb, READ + 1)
    before = dynamodb.items()

    with pytest.raises(RecordUnreadable, match=f"format {READ + 1} was written by a newer version"):
        _READS[what](dynamodb, session, login)

    assert dynamodb.items() == before


@pytest.mark.parametrize("what", _WRITES)
def test_no_write_replaces_a_record_of_a_newer_format(dynamodb: InDynamoDb, what: str) -> None:
    session, login = _written(dynamodb, READ + 1)
    before = dynamodb.items()

    with suppress(RecordUnreadable, SessionChanged):
        _WRITES[what](dynamodb, session, login)

    assert dynamodb.items() == before


def test_an_expired_key_of_a_newer_format_is_not_replaced(dynamodb: InDynamoDb, clock: Clock) -> None:
    _written(dynamodb, READ + 1)
    clock.now = A_CLAIM.expires_at + timedelta(hours=1)

    with pytest.raises(RecordUnreadable):
        dynamodb.claims.claim(replace(A_CLAIM, session_id="two", expires_at=clock.now + LIFETIME))


def test_a_login_of_a_newer_format_is_not_read_as_unknown(dynamodb: InDynamoDb) -> None:
    dynamodb.logins.erase(dynamodb.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=PAUSE)))
    (pause,) = dynamodb.items().values()
    dynamodb.put({**pause, "fmt": {"N": str(READ + 1)}})

    with pytest.raises(RecordUnreadable):
        dynamodb.logins.get(LOGIN_ID)
    with pytest.raises(RecordUnreadable):
        dynamodb.logins.save(Login(login_id=LOGIN_ID, session_id="another"))


@pytest.mark.parametrize("fmt", [None, *range(READ + 1)])
def test_a_record_of_an_older_format_is_read_and_rewritten_in_todays(dynamodb: InDynamoDb, fmt: int | None) -> None:
    session, login = _written(dynamodb, fmt)

    assert (dynamodb.sessions.get(SESSION_ID), dynamodb.logins.get(LOGIN_ID)) == (session, login)
    assert dynamodb.claims.claim(replace(A_CLAIM, session_id="two")) == A_CLAIM
    dynamodb.sessions.save(dynamodb.sessions.join(SESSION_ID, frozenset({"b"})))
    dynamodb.logins.save(login)
    dynamodb.claims.settle(replace(A_CLAIM, session_id="two"))
    assert {item["fmt"]["N"] for item in dynamodb.items().values()} == {str(WRITTEN)}


_DAMAGED: list[tuple[str, dict[str, Any]]] = [
    ("LOGIN", {"version": {"S": "seven"}}),
    ("LOGIN", {"failures": {"L": []}}),
    ("LOGIN", {"next_allowed_at": {"S": "soon"}}),
    ("LOGIN", {"fmt": {"S": "one"}}),
    ("CLAIM", {"expires_at": {"S": "soon"}}),
    ("CLAIM", {"digest": {"NULL": True}, "session_id": {"N": "7"}, "expires_at": {"L": []}}),
]


@pytest.mark.parametrize(("kind", "changes"), _DAMAGED)
def test_the_error_for_a_damaged_record_names_no_login(
    dynamodb: InDynamoDb, kind: str, changes: dict[str, Any]
) -> None:
    _written(dynamodb, WRITTEN)
    (item,) = [item for item in dynamodb.items().values() if item["sk"] == {"S": kind}]
    dynamodb.put({**item, **changes})

    with pytest.raises(RecordUnreadable, match=rf"^a {kind.lower()}: \w+$"):
        dynamodb.logins.get(LOGIN_ID) if kind == "LOGIN" else dynamodb.claims.claim(A_CLAIM)
