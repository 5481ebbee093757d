"""The ledger of contacts in the DynamoDB table, an item for each key of a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import WRITTEN, in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.dynamodb.values import epoch, from_micros, read_micros, without_none, write_micros
from reconnect.model.contact_entries import AskState, Contact, Hold, HoldReason


class DynamoDbContacts:
    """The port `Contacts`. TTL removes an item once it forbids nothing any more."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, keys: Sequence[str]) -> list[Contact]:
        """Read the items in one request, strongly consistent."""
        return [_contact_in(item) for item in self._table.read_all([_key(key) for key in keys])]

    def claim(self, key: str, contact: Contact, now: datetime) -> Contact | None:
        """Put the item under the condition that nobody else's is in force."""
        existing = self._table.put(
            in_format({**_key(key), **_attributes(contact)}),
            "attribute_not_exists(pk) OR not_before <= :now OR asked_by = :ask",
            now=write_micros(now),
            ask=contact.ask,
        )
        return None if existing is None else _contact_in(existing)

    def postpone(self, key: str, contact: Contact) -> None:
        """Set the time, if it is later than the one that is there."""
        values = _attributes(contact)
        settings = ", ".join(f"{name} = :{name}" for name in values)
        removal = "" if contact.ask else " REMOVE asked_by"
        self._table.update(
            _key(key),
            f"SET {settings}, fmt = :written{removal}",
            "attribute_not_exists(pk) OR not_before < :not_before",
            **values,
            written=WRITTEN,
        )


def _key(key: str) -> dict[str, str]:
    return {"pk": f"CONTACT#{key}", "sk": "CONTACT"}


def _attributes(contact: Contact) -> dict[str, Any]:
    # A second later, so that no time is rounded down.
    expires_at = epoch(contact.not_before + timedelta(seconds=1))
    not_before = write_micros(contact.not_before)
    return without_none({"not_before": not_before, "asked_by": contact.ask, "expires_at": expires_at})


def _contact_in(item: Mapping[str, Any]) -> Contact:
    with reading(item):
        return in_shape(Contact(from_micros(item["not_before"]), item.get("asked_by")))


def ask_state_to_map(state: AskState) -> dict[str, Any] | None:
    """What a session knows of asking its user, as a map."""
    hold = state.hold
    held = {"held_until": write_micros(hold.until), "held_for": hold.reason.value} if hold else {}
    return without_none({**held, "remind_at": write_micros(state.remind_at)}) or None


def ask_state_from_map(item: Mapping[str, Any]) -> AskState:
    """What `ask_state_to_map` wrote."""
    hold = Hold(from_micros(item["held_until"]), HoldReason(item["held_for"])) if "held_until" in item else None
    return AskState(hold, read_micros(item.get("remind_at")))
