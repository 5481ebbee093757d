"""The stores that the contracts test: the fakes, and the adapters over the table in the local engine."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from devtools.engine import LocalEngine
from reconnect.adapters.dynamodb.bank_healths import DynamoDbBankHealths
from reconnect.adapters.dynamodb.batch_records import DynamoDbBatches
from reconnect.adapters.dynamodb.budgets import DynamoDbBudgets
from reconnect.adapters.dynamodb.contacts import DynamoDbContacts
from reconnect.adapters.dynamodb.directories import DynamoDbDirectories
from reconnect.adapters.dynamodb.feeds import DynamoDbFeed
from reconnect.adapters.dynamodb.leases import DynamoDbLeases
from reconnect.adapters.dynamodb.logins import DynamoDbClaims, DynamoDbLogins
from reconnect.adapters.dynamodb.named_sessions import DynamoDbReferences
from reconnect.adapters.dynamodb.roll_ups import DynamoDbRollUps
from reconnect.adapters.dynamodb.session_items import from_item
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table, unmarshal
from reconnect.model.session import Session
from reconnect.ports import (
    BankHealths,
    Batches,
    Budgets,
    Claims,
    Clock,
    Contacts,
    Directories,
    Feed,
    Leases,
    Logins,
    References,
    RollUps,
    Sessions,
)
from tests.fakes.bank_healths import FakeBankHealths
from tests.fakes.batches import FakeBatches, FakeLeases
from tests.fakes.budgets import FakeBudgets
from tests.fakes.contacts import FakeContacts
from tests.fakes.directories import FakeDirectories
from tests.fakes.feeds import FakeFeed
from tests.fakes.references import FakeReferences
from tests.fakes.roll_ups import FakeRollUps
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.template.template import RESOURCES


class Store(Protocol):
    """The ports over one table, and the events that its writes publish."""

    @property
    def sessions(self) -> Sessions: ...

    @property
    def references(self) -> References: ...

    @property
    def logins(self) -> Logins: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def contacts(self) -> Contacts: ...

    @property
    def budgets(self) -> Budgets: ...

    @property
    def directories(self) -> Directories: ...

    @property
    def roll_ups(self) -> RollUps: ...

    @property
    def bank_healths(self) -> BankHealths: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def leases(self) -> Leases: ...

    @property
    def feed(self) -> Feed: ...

    def published(self) -> list[tuple[int, str]]:
        """The version and the event type of each write that had one, in order."""
        ...


@dataclass(frozen=True)
class InMemory:
    """The fakes."""

    sessions: FakeSessions
    logins: FakeLogins
    claims: FakeClaims
    budgets: FakeBudgets
    directories: FakeDirectories
    references: FakeReferences = field(default_factory=FakeReferences)
    contacts: FakeContacts = field(default_factory=FakeContacts)
    roll_ups: FakeRollUps = field(default_factory=FakeRollUps)
    bank_healths: FakeBankHealths = field(default_factory=FakeBankHealths)
    batches: FakeBatches = field(default_factory=FakeBatches)
    leases: FakeLeases = field(default_factory=FakeLeases)
    feed: FakeFeed = field(default_factory=FakeFeed)

    def published(self) -> list[tuple[int, str]]:
        return _event_types(self.sessions.published)


class InDynamoDb:
    """The adapters, and the raw items and stream below them."""

    def __init__(self, engine: LocalEngine, name: str, clock: Clock) -> None:
        self._client, self._streams, self._name = engine.client("dynamodb"), engine.client("dynamodbstreams"), name
        self.table = Table(self._client, name)
        self.sessions = DynamoDbSessions(self.table, clock)
        self.references, self.contacts = DynamoDbReferences(self.table), DynamoDbContacts(self.table)
        self.logins, self.claims = DynamoDbLogins(self.table, clock), DynamoDbClaims(self.table, clock)
        self.budgets = DynamoDbBudgets(self.table, clock)
        self.directories = DynamoDbDirectories(self.table, clock)
        self.roll_ups = DynamoDbRollUps(self.table)
        self.bank_healths = DynamoDbBankHealths(self.table, clock)
        self.batches, self.leases = DynamoDbBatches(self.table, timedelta(days=30)), DynamoDbLeases(self.table)
        self.feed = DynamoDbFeed(self.table)

    def published(self) -> list[tuple[int, str]]:
        return _event_types([from_item(unmarshal(image)) for image in self.images() if is_delivered(image)])

    def count_requests(self) -> list[str]:
        """A list to which the name of each request to DynamoDB is added from now on."""
        requests: list[str] = []
        self._client.meta.events.register("before-call.dynamodb", lambda model, **_: requests.append(model.name))
        return requests

    def items(self, **index: str) -> dict[str, dict[str, Any]]:
        """Every item of the table, or of an index, by its partition key."""
        return {item["pk"]["S"]: item for item in self._client.scan(TableName=self._name, **index)["Items"]}

    def rows(self) -> list[dict[str, Any]]:
        """Every item of the table."""
        return [*self._client.scan(TableName=self._name)["Items"]]

    def put(self, item: dict[str, Any]) -> None:
        """Write an item past the adapters, as another version of the service may have written it."""
        self._client.put_item(TableName=self._name, Item=item)

    def images(self) -> list[dict[str, Any]]:
        """The item after each write, in order, as the table's stream shows it."""
        arn = self._client.describe_table(TableName=self._name)["Table"]["LatestStreamArn"]
        return [
            record["dynamodb"]["NewImage"]
            for shard in self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
            for record in self._records(arn, shard["ShardId"])
            if "NewImage" in record["dynamodb"]
        ]

    def _records(self, arn: str, shard: str) -> Iterator[dict[str, Any]]:
        where: Any = self._streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        while where := where.get("NextShardIterator", where.get("ShardIterator")):
            where = self._streams.get_records(ShardIterator=where)
            if not where["Records"]:
                return
            yield from where["Records"]


def is_delivered(image: dict[str, Any]) -> bool:
    """Whether the template's filter lets the stream's reader see this write."""
    (pattern,) = RESOURCES["Outbox"]["Properties"]["FilterCriteria"]["Filters"]
    return _fits(json.loads(pattern["Pattern"]), {"dynamodb": {"NewImage": image}})


def _fits(pattern: dict[str, Any], record: dict[str, Any]) -> bool:
    """Compare as Lambda does: every key of the pattern must exist in the record."""
    for key, below in pattern.items():
        if isinstance(below, list):
            assert below == [{"exists": True}], "this test understands no other comparison"
        if key not in record or (isinstance(below, dict) and not _fits(below, record[key])):
            return False
    return True


def _event_types(writes: list[Session]) -> list[tuple[int, str]]:
    return [(session.version, str(session.event_type)) for session in writes]
