"""The outcomes of a conditional write in DynamoDB: written, overtaken, or written before its answer was lost."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from botocore.stub import ANY

from devtools.meter.dynamodb import item_bytes
from reconnect.adapters.dynamodb.formats import READ as READ_FORMAT
from reconnect.adapters.dynamodb.formats import WRITTEN
from reconnect.adapters.dynamodb.logins import DynamoDbClaims, DynamoDbLogins
from reconnect.adapters.dynamodb.session_items import LIVE, to_item
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table, marshal
from reconnect.model.errors import RecordUnreadable, SessionChanged, SessionErased, SessionNotFound, StoreUnavailable
from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.observations import Observation, record_observations
from reconnect.model.receipts import Receipt, fingerprints
from reconnect.model.session import Actor, Session, Status
from reconnect.model.signing import Link
from reconnect.rules.endings import Endings
from tests.fakes.builders import (
    DATA_REQUEST_ID,
    LOGIN_ID,
    SESSION_ID,
    SIGNING_KEY,
    a_cooldown,
    a_receipt,
    a_session,
    an_attempt,
)
from tests.fakes.clock import NOW
from tests.fakes.sessions import FakeSessions
from tests.unit.adapters.conftest import StubbedClient
from tests.unit.world import World


def sessions(table: StubbedClient) -> DynamoDbSessions:
    return DynamoDbSessions(Table(table.client, "a-table"), lambda: NOW)


def save(table: StubbedClient, session: Session) -> Session:
    return sessions(table).save(session)


def refuse(table: StubbedClient, item: dict[str, Any] | None) -> None:
    """The write's condition fails, because this item is stored."""
    modeled = {"Item": item} if item else {}
    table.add_client_error("put_item", "ConditionalCheckFailedException", modeled_fields=modeled)


def stored(session: Session) -> dict[str, Any]:
    return marshal(to_item(session))


READ = replace(a_session(Status.FETCHING), version=7)
IN_A_KNOWN_FORMAT = "(attribute_not_exists(fmt) OR fmt <= :fmt)"


def test_a_write_that_the_sdk_repeats_after_a_lost_answer_succeeds(table: StubbedClient) -> None:
    refuse(table, stored(replace(READ, version=8)))

    assert save(table, READ) == replace(READ, version=8)


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, version=8, task_token="another"),
        replace(READ, version=9),
        READ.note(at=NOW, actor=Actor.USER, cause="redirected"),
    ],
)
def test_a_write_that_another_writer_overtook_is_refused(table: StubbedClient, other: Session) -> None:
    refuse(table, stored(other))

    with pytest.raises(SessionChanged):
        save(table, READ)


def test_a_write_to_an_absent_record_is_refused(table: StubbedClient) -> None:
    refuse(table, None)

    with pytest.raises(SessionChanged):
        save(table, READ)


def test_our_own_write_is_recognised_in_any_set_order(table: StubbedClient) -> None:
    read = replace(READ, receipt=a_receipt(), correlation_ids=frozenset({"one", "two"}))
    item = stored(replace(read, version=8))
    item["correlation_ids"] = {"SS": item["correlation_ids"]["SS"][::-1]}
    refuse(table, item)

    assert save(table, read).version == 8


EARLIER = NOW - timedelta(days=1)


def test_an_ordinary_session_record_costs_one_write_unit() -> None:
    """With a caller's GUID, eight known accounts, and addresses as long as those on AWS."""
    api = "https://abcdefghij.execute-api.ca-central-1.amazonaws.com"
    accounts = [f"a4b1c2d3-1111-4222-8333-{number:012}" for number in range(8)]
    opened = a_session(
        link=f"{api}/connect/{SESSION_ID}.1795351281.{'m' * 43}",
        correlation_ids=frozenset({"8a3d1f5e-6a0b-4c55-9c6c-0f6f0c1d2e3f"}),
        known_accounts=fingerprints(accounts),
        newest_days=dict.fromkeys(fingerprints(accounts), EARLIER.date()),
        known_refresh=EARLIER,
        link_expires_at=(NOW + timedelta(days=7)).replace(microsecond=0),
    )
    reading = replace(
        opened,
        status=Status.FETCHING,
        attempt=an_attempt(institution_id=14, refreshed_before=EARLIER, is_over=True),
        data_request_id=DATA_REQUEST_ID,
        receipt=Receipt(fresh=False, last_refresh=NOW),
        known_refresh=None,
    )
    for actor, cause in ((Actor.SERVICE, "authorize_started"), (Actor.BANK, "refreshed")):
        reading = reading.note(at=NOW, actor=actor, cause=cause)
    polls = (Observation(NOW, "OPERATION_PENDING", 2), Observation(NOW + timedelta(seconds=9), "AUTHORIZED"))
    reading = record_observations(reading, polls)
    read = replace(reading, receipt=a_receipt(account_count=8, transaction_count=1234))
    ended = Endings(cooldowns=a_cooldown())(
        read.note(at=NOW, actor=Actor.SERVICE, cause="accounts_read"), "ACCOUNTS_FRESH", NOW
    )

    assert ended.status is Status.SUCCEEDED
    assert max(item_bytes(stored(replace(session, version=9))) for session in (opened, reading, ended)) <= 1024


def test_a_record_whose_user_is_in_connect_costs_two_write_units() -> None:
    """With addresses, a task token and a token of Flinks as long as those on AWS."""
    api = "https://abcdefghij.execute-api.ca-central-1.amazonaws.com"
    redirect = quote(f"{api}/redirect/{SESSION_ID}.1.1795351281.{'m' * 43}", safe="")
    guid = "8a3d1f5e-6a0b-4c55-9c6c-0f6f0c1d2e3f"
    asking = a_session(
        Status.AWAITING_USER,
        task_token="t" * 730,
        wait_try=f"{NOW.timestamp() * 1000:.0f} 000",
        link=f"{api}/connect/{SESSION_ID}.1795351281.{'m' * 43}",
        connect_url=f"https://example-iframe.private.fin.ag/v2/?requestId={guid}&redirectUrl={redirect}"
        f"&authorizeToken={guid}&tag={SESSION_ID}&language=en",
        attempt=an_attempt(institution="FlinksCapital", refreshed_before=EARLIER),
        link_expires_at=(NOW + timedelta(days=7)).replace(microsecond=0),
    )
    for actor, cause in (
        (Actor.SERVICE, "authorize_started"),
        (Actor.BANK, "challenge_shown"),
        (Actor.USER, "link_opened"),
    ):
        asking = asking.note(at=NOW + timedelta(seconds=31.057192), actor=actor, cause=cause)
    polls = (Observation(NOW, "OPERATION_PENDING", 9), Observation(NOW + timedelta(seconds=9), "SECURITY_CHALLENGE"))
    asking = record_observations(asking, polls)
    world = World(sessions=FakeSessions().with_session(asking))
    world.service.connect_page.begin(Link(SESSION_ID, asking.link_expires_at).sign(SIGNING_KEY), click="k3j5x0qz")

    loaded = world.session
    assert loaded.load is not None
    assert max(item_bytes(stored(replace(each, version=9))) for each in (asking, loaded)) <= 2048


ERASED = marshal({"pk": f"SESSION#{SESSION_ID}", "sk": "SESSION", "erased": True, "expires_at": 1})


def test_an_erased_session_is_neither_created_nor_found(table: StubbedClient) -> None:
    refuse(table, ERASED)
    table.add_response("get_item", {"Item": ERASED})

    with pytest.raises(SessionErased):
        sessions(table).create(READ)
    with pytest.raises(SessionNotFound):
        sessions(table).get(SESSION_ID)


# A version is at least the time in milliseconds.
VERSION = int(NOW.timestamp() * 1000)
LOGIN = Login(login_id=LOGIN_ID, version=VERSION, session_id=SESSION_ID, failures=2, next_allowed_at=NOW)
CLAIM = Claim("api/a-key", "a-digest", SESSION_ID, NOW + timedelta(hours=24), joined=True)


def save_login(table: StubbedClient, login: Login) -> Login:
    return DynamoDbLogins(Table(table.client, "a-table"), lambda: NOW).save(login)


def claims(table: StubbedClient) -> DynamoDbClaims:
    return DynamoDbClaims(Table(table.client, "a-table"), lambda: NOW)


def login_item(**changes: Any) -> dict[str, Any]:
    """A login's item, as stored in DynamoDB."""
    item = {
        "pk": f"LOGIN#{hashlib.sha256(LOGIN_ID.encode()).hexdigest()}",
        "sk": "LOGIN",
        "version": VERSION + 1,
        "session_id": SESSION_ID,
        "failures": 2,
        "next_allowed_at": "2026-03-14T09:26:53.589793Z",
        "expires_at": int((NOW + timedelta(days=400)).timestamp()),
        "fmt": WRITTEN,
    }
    return marshal({**item, **changes})


@pytest.mark.parametrize(("read_version", "next_version"), [(0, VERSION), (VERSION, VERSION + 1)])
def test_a_login_write_that_the_sdk_repeats_succeeds(
    table: StubbedClient, read_version: int, next_version: int
) -> None:
    refuse(table, login_item(version=next_version))

    assert save_login(table, replace(LOGIN, version=read_version)).version == next_version


@pytest.mark.parametrize(("read_version", "next_version"), [(0, VERSION), (VERSION, VERSION + 1)])
@pytest.mark.parametrize("other", [{"session_id": "another-session"}, {"version": 9}, {"failures": 0}])
def test_a_login_that_another_session_took_first_is_a_lost_race(
    table: StubbedClient, read_version: int, next_version: int, other: dict[str, Any]
) -> None:
    refuse(table, login_item(**{"version": next_version, **other}))

    with pytest.raises(SessionChanged):
        save_login(table, replace(LOGIN, version=read_version))


def test_a_login_is_written_only_over_the_version_that_was_read(table: StubbedClient) -> None:
    table.add_response(
        "put_item",
        {},
        {
            "TableName": "a-table",
            "Item": login_item(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ConditionExpression": f"(version = :read) AND {IN_A_KNOWN_FORMAT}",
            "ExpressionAttributeValues": {":read": {"N": str(VERSION)}, ":fmt": {"N": str(READ_FORMAT)}},
        },
    )

    assert save_login(table, LOGIN) == replace(LOGIN, version=VERSION + 1)


def test_a_key_is_claimed_unless_a_live_claim_exists(table: StubbedClient) -> None:
    free = "attribute_not_exists(pk) OR expires_at < :now OR session_id = :erased"
    table.add_response(
        "put_item",
        {},
        {
            "TableName": "a-table",
            "Item": ANY,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ConditionExpression": f"({free}) AND {IN_A_KNOWN_FORMAT}",
            "ExpressionAttributeValues": {
                ":now": {"N": str(int(NOW.timestamp()))},
                ":erased": {"S": ""},
                ":fmt": {"N": str(READ_FORMAT)},
            },
        },
    )

    assert claims(table).claim(CLAIM) == CLAIM


def test_an_existing_claim_wins(table: StubbedClient) -> None:
    refuse(table, marshal({"digest": "another-digest", "session_id": "another-session", "expires_at": 1}))

    existing = claims(table).claim(CLAIM)

    assert (existing.digest, existing.session_id, existing.joined) == ("another-digest", "another-session", False)


def test_a_claim_of_another_request_is_not_settled(table: StubbedClient) -> None:
    refuse(table, marshal({"digest": "another-digest"}))

    claims(table).settle(CLAIM)


def test_a_session_that_ends_during_a_join_is_not_joined(table: StubbedClient) -> None:
    table.add_response("get_item", {"Item": stored(READ)})
    table.add_client_error("update_item", "ConditionalCheckFailedException")
    table.add_response("get_item", {"Item": stored(a_session(Status.CANCELLED))})

    with pytest.raises(SessionChanged):
        sessions(table).join(SESSION_ID, frozenset({"order-1"}))


def test_a_caller_is_added_only_while_the_session_is_live(table: StubbedClient) -> None:
    joined = replace(READ, correlation_ids=frozenset({"order-1"}), version=8)
    expected = {
        "TableName": "a-table",
        "Key": ANY,
        "UpdateExpression": "ADD correlation_ids :correlation_ids, version :one REMOVE announcement",
        "ConditionExpression": "(live = :live AND "
        "(attribute_not_exists(correlation_ids) OR size(correlation_ids) <= :room)"
        f" AND attribute_not_exists(announcement)) AND {IN_A_KNOWN_FORMAT}",
        "ExpressionAttributeValues": {
            ":correlation_ids": {"SS": ["order-1"]},
            ":one": {"N": "1"},
            ":live": {"S": LIVE},
            ":room": {"N": "99"},
            ":fmt": {"N": str(READ_FORMAT)},
        },
        "ReturnValues": "ALL_NEW",
    }
    table.add_response("get_item", {"Item": stored(READ)})
    table.add_response("update_item", {"Attributes": stored(joined)}, expected)

    assert sessions(table).join(SESSION_ID, frozenset({"order-1"})) == joined


def test_only_live_sessions_are_in_the_due_index() -> None:
    keys = {status: to_item(a_session(status)).keys() & {"live", "due_at"} for status in Status}

    assert keys == {status: set() if status.is_terminal else {"live", "due_at"} for status in Status}


def test_a_known_caller_joins_without_a_write(table: StubbedClient) -> None:
    named = replace(READ, correlation_ids=frozenset({"order-1"}))
    table.add_response("get_item", {"Item": stored(named)})

    assert sessions(table).join(SESSION_ID, frozenset({"order-1"})) == named


def test_a_caller_added_by_a_concurrent_join_has_joined(table: StubbedClient) -> None:
    named = replace(READ, correlation_ids=frozenset({"order-1"}), version=8)
    table.add_response("get_item", {"Item": stored(READ)})
    table.add_client_error("update_item", "ConditionalCheckFailedException")
    table.add_response("get_item", {"Item": stored(named)})

    assert sessions(table).join(SESSION_ID, frozenset({"order-1"})) == named


def test_reading_a_session_drops_its_event(table: StubbedClient) -> None:
    table.add_response("get_item", {"Item": stored(replace(READ, event_type="ReconnectRequired"))})

    assert sessions(table).get(SESSION_ID).event_type is None


@pytest.mark.parametrize(
    ("call", "use"),
    [
        ("get_item", lambda table: table.read({"pk": SESSION_ID})),
        ("put_item", lambda table: table.put({"pk": SESSION_ID}, "attribute_not_exists(pk)")),
        ("put_item", lambda table: table.overwrite({"pk": SESSION_ID}, 7)),
        ("update_item", lambda table: table.update({"pk": SESSION_ID}, "SET a = :a", "b = :a", a=1)),
        ("delete_item", lambda table: table.delete({"pk": SESSION_ID}, "a = :a", a=1)),
        ("query", lambda table: table.query_index("due", "live = :live", live="LIVE")),
    ],
)
def test_a_refused_dynamodb_call_is_reported_by_its_error_name_alone(
    table: StubbedClient, call: str, use: Callable[[Table], object]
) -> None:
    table.add_client_error(call, "ProvisionedThroughputExceededException", service_message=f"about {SESSION_ID}")

    with pytest.raises(StoreUnavailable, match=r"^\w+: ProvisionedThroughputExceededException$"):
        use(Table(table.client, "a-table"))


_OTHER_SHAPES: list[dict[str, Any]] = [
    {"status": "ASLEEP"},
    {"created_at": "yesterday"},
    {"created_at": 7},
    {"timeline": ["?"]},
    {"timeline": [{"at": 7}]},
    {"timeline": 7},
    {"timeline": ["1e300 bank AUTHORIZING too_late"]},
    {"attempt": "the first"},
    {"failure": "DISABLED_LOGIN"},
    {"receipt": "fresh"},
    {"version": None},
]


@pytest.mark.parametrize("broken", _OTHER_SHAPES)
def test_a_malformed_record_is_reported_by_its_id(table: StubbedClient, broken: dict[str, Any]) -> None:
    item = {name: value for name, value in {**to_item(READ), **broken}.items() if value is not None}
    table.add_response("get_item", {"Item": marshal(item)})

    with pytest.raises(RecordUnreadable, match=SESSION_ID):
        sessions(table).get(SESSION_ID)
