"""The health of institutions in the DynamoDB table, an item of less than a kilobyte for each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item, Table
from reconnect.adapters.dynamodb.values import epoch, from_micros, read_micros, without_none, write_micros
from reconnect.model.bank_health import BankHealth, BankVerdict
from reconnect.model.learned_cap import LearnedCap

_BEGINNING, _HEALTH, _CAP = "BANK#", "HEALTH", "CAP"
# Removed by TTL once its verdicts and an outage are long past.
_MEMORY = timedelta(days=30)


class DynamoDbBankHealths:
    """The port `BankHealths`."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def get(self, key: str) -> BankHealth:
        """Read an item, strongly consistent."""
        return _health_of(key, self._table.read(_key(key)))

    def peek(self, key: str) -> BankHealth:
        """Read an item, eventually consistent."""
        return _health_of(key, self._table.read(_key(key), is_consistent=False))

    def get_all(self, keys: Sequence[str]) -> list[BankHealth]:
        """Read the items of these keys, a hundred in one request."""
        return [_health_in(item) for item in self._read_all(keys, _HEALTH)]

    def save(self, health: BankHealth) -> bool:
        """Write the next version."""
        item = _item_of(replace(health, version=health.version + 1), self._clock())
        if health.version == 0:
            return self._table.put(item, "attribute_not_exists(pk)") in (None, item)
        return self._table.overwrite(item, health.version)

    def learned(self, keys: Sequence[str]) -> list[LearnedCap]:
        """Read the items of these keys, a hundred in one request."""
        return [_learned_in(item) for item in self._read_all(keys, _CAP)]

    def save_learned(self, learned: LearnedCap) -> None:
        """Write the item, whatever was there."""
        self._table.write(_item_of_learned(learned, self._clock()))

    def _read_all(self, keys: Sequence[str], sk: str) -> list[Item]:
        return self._table.read_all([_key(key, sk) for key in keys])


def _key(key: str, sk: str = _HEALTH) -> dict[str, str]:
    return {"pk": f"{_BEGINNING}{key}", "sk": sk}


def _item_of(health: BankHealth, now: datetime) -> Item:
    return in_format(
        without_none(
            {
                **_key(health.key),
                # One text, because a list of maps would be three times as long.
                "verdicts": ",".join(map(_text_of, health.verdicts)) or None,
                "opened_at": write_micros(health.opened_at),
                "probe_at": write_micros(health.probe_at),
                "prober": health.prober,
                "version": health.version,
                "expires_at": epoch(now + _MEMORY),
            }
        )
    )


def _text_of(verdict: BankVerdict) -> str:
    return f"{write_micros(verdict.at)} {int(verdict.has_failed)} {verdict.mark}"


def _health_of(key: str, item: Item | None) -> BankHealth:
    return _health_in(item) if item else BankHealth(key=key)


def _health_in(item: Item) -> BankHealth:
    check_format(item)
    with reading(item):
        return in_shape(
            BankHealth(
                key=item["pk"].removeprefix(_BEGINNING),
                verdicts=tuple(_verdicts_in(item.get("verdicts", ""))),
                opened_at=read_micros(item.get("opened_at")),
                probe_at=read_micros(item.get("probe_at")),
                prober=item.get("prober"),
                version=int(item["version"]),
            )
        )


def _verdicts_in(text: Any) -> Iterator[BankVerdict]:
    for each in filter(None, text.split(",")):
        micros, has_failed, mark = each.split(" ")
        yield BankVerdict(from_micros(micros), bool(int(has_failed)), mark)


def _item_of_learned(learned: LearnedCap, now: datetime) -> Item:
    return in_format(
        without_none(
            {
                **_key(learned.key, _CAP),
                "cap": learned.cap,
                "clean": learned.clean,
                "halved_at": write_micros(learned.halved_at),
                "expires_at": epoch(now + _MEMORY),
            }
        )
    )


def _learned_in(item: Item) -> LearnedCap:
    check_format(item)
    with reading(item):
        cap = None if item.get("cap") is None else int(item["cap"])
        learned = LearnedCap(
            item["pk"].removeprefix(_BEGINNING), cap, int(item["clean"]), read_micros(item.get("halved_at"))
        )
        return in_shape(learned)
