"""The ledger of contacts in memory."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from reconnect.model.contact_entries import Contact


class FakeContacts:
    """The port `Contacts`."""

    def __init__(self) -> None:
        self._records: dict[str, Contact] = {}
        self._one_at_a_time = Lock()

    def get(self, keys: Sequence[str]) -> list[Contact]:
        return [self._records[key] for key in keys if key in self._records]

    def claim(self, key: str, contact: Contact, now: datetime) -> Contact | None:
        with self._one_at_a_time:
            existing = self._records.get(key)
            if existing and existing.not_before > now and existing.ask != contact.ask:
                return existing
            self._records[key] = contact
            return None

    def postpone(self, key: str, contact: Contact) -> None:
        with self._one_at_a_time:
            existing = self._records.get(key)
            if existing is None or existing.not_before < contact.not_before:
                self._records[key] = contact
