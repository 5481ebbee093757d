"""The login records and the idempotency claims in the DynamoDB table."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import in_format, reading
from reconnect.adapters.dynamodb.institution_items import institution_from_map, institution_to_map
from reconnect.adapters.dynamodb.known_accounts import known_accounts_from_item, known_accounts_to_item
from reconnect.adapters.dynamodb.link_items import link_use_from_list, link_use_to_list
from reconnect.adapters.dynamodb.session_items import (
    login_key,
)
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.dynamodb.values import epoch, read_time, without_none
from reconnect.model.errors import SessionChanged
from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.timestamps import to_iso
from reconnect.model.waits import WaitReason

# A login without a session for this long is removed by TTL.
_MEMORY = timedelta(days=400)


class DynamoDbLogins:
    """The port `Logins`."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def get(self, login_id: str) -> Login:
        """Read a login, strongly consistent. Raises RecordUnreadable: an unreadable login is not a new one."""
        return _login(login_id, self._table.read(_login_key(login_id)) or {})

    def get_all(self, login_ids: Sequence[str]) -> list[Login]:
        """Read many logins in one request."""
        keys = {login_id: _login_key(login_id) for login_id in login_ids}
        found = {item["pk"]: item for item in self._table.read_all(list(keys.values()))}
        return [_login(login_id, found.get(key["pk"], {})) for login_id, key in keys.items()]

    def save(self, login: Login) -> Login:
        """Write the next version."""
        # From the clock, so that a login that is opened again after an erasure does not reuse versions.
        written = replace(login, version=max(login.version + 1, int(self._clock().timestamp() * 1000)))
        item = _login_item(written, expires_at=self._expires_at(login))
        if login.version == 0:
            is_written = self._table.put(item, "attribute_not_exists(version)") in (None, item)
        else:
            is_written = self._table.overwrite(item, login.version)
        if not is_written:
            raise SessionChanged(f"login version {login.version} was overtaken")
        return written

    def erase(self, login: Login) -> None:
        """Delete the record, or replace it by its pending wait, without a version."""
        key, wait_ends_at = _login_key(login.login_id), login.next_allowed_at
        if login.version == 0:
            return
        if wait_ends_at is None:
            is_erased = self._table.delete(key, "version = :read", read=login.version)
        else:
            reason = login.wait_reason and login.wait_reason.value
            left = without_none(
                {
                    **key,
                    "next_allowed_at": to_iso(wait_ends_at),
                    "wait_reason": reason,
                    "expires_at": epoch(wait_ends_at) + 1,
                }
            )
            is_erased = self._table.overwrite(in_format(left), login.version)
        if not is_erased:
            raise SessionChanged(f"login version {login.version} was overtaken")

    def _expires_at(self, login: Login) -> int:
        """When TTL removes the record; if it holds nothing but the wait that an erasure kept, when that wait ends."""
        wait_ends_at = login.next_allowed_at
        is_empty = replace(login, version=0, next_allowed_at=None, wait_reason=None) == Login(login_id=login.login_id)
        if wait_ends_at is not None and is_empty:
            return epoch(wait_ends_at) + 1
        return epoch(self._clock() + _MEMORY)


class DynamoDbClaims:
    """The port `Claims`."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def claim(self, claim: Claim, instead_of: str | None = None) -> Claim:
        """Write a claim unless a valid one exists; TTL removes expired ones late, so the condition checks the time."""
        free = "attribute_not_exists(pk) OR expires_at < :now OR session_id = :erased"
        existing = self._table.put(_claim_item(claim), free, now=epoch(self._clock()), erased=instead_of or "")
        return _read_claim(claim.key, existing) if existing else claim

    def find(self, key: str) -> Claim | None:
        """Read a claim, unless it has expired."""
        item = self._table.read(_claim_key(key))
        found = _read_claim(key, item) if item else None
        return found if found and found.expires_at >= self._clock() else None

    def settle(self, claim: Claim) -> None:
        """Change the session of the claim."""
        self._table.put(_claim_item(claim), "digest = :digest", digest=claim.digest)


def _login_key(login_id: str) -> dict[str, str]:
    # Hashed, because the key may outlive an erasure for a while.
    return {"pk": f"LOGIN#{hashlib.sha256(login_key(login_id).encode()).hexdigest()}", "sk": "LOGIN"}


def _login(login_id: str, item: Mapping[str, Any]) -> Login:
    with reading(item):
        login = Login(
            login_id=login_id,
            version=int(item.get("version", 0)),
            session_id=item.get("session_id"),
            last_session_id=item.get("last_session_id"),
            failures=int(item.get("failures", 0)),
            next_allowed_at=read_time(item.get("next_allowed_at")),
            wait_reason=WaitReason(item["wait_reason"]) if "wait_reason" in item else None,
            last_refresh=read_time(item.get("last_refresh")),
            link_use=link_use_from_list(item.get("link_use")),
            recent=tuple(item.get("recent", "").split()),
            institution=institution_from_map(item.get("institution")),
            unattended_questions=int(item.get("unattended_questions", 0)),
            asked_at=read_time(item.get("asked_at")),
            succeeds_alone=bool(item.get("succeeds_alone", False)),
            **known_accounts_from_item(item),
        )
        return in_shape(login)


def _login_item(login: Login, expires_at: int) -> dict[str, Any]:
    item = without_none(
        {
            **_login_key(login.login_id),
            "version": login.version,
            "session_id": login.session_id,
            "last_session_id": login.last_session_id,
            "failures": login.failures or None,
            "next_allowed_at": to_iso(login.next_allowed_at),
            "wait_reason": login.wait_reason and login.wait_reason.value,
            **known_accounts_to_item(login.known_accounts, login.newest_days),
            "last_refresh": to_iso(login.last_refresh),
            "link_use": link_use_to_list(login.link_use),
            "recent": " ".join(login.recent) or None,
            "institution": institution_to_map(login.institution),
            "unattended_questions": login.unattended_questions or None,
            "asked_at": to_iso(login.asked_at),
            "succeeds_alone": login.succeeds_alone or None,
            "expires_at": expires_at,
        }
    )
    return in_format(item)


def _claim_key(key: str) -> dict[str, str]:
    return {"pk": f"CLAIM#{key}", "sk": "CLAIM"}


def _read_claim(key: str, item: Mapping[str, Any]) -> Claim:
    with reading(item):
        found = Claim(
            key=key,
            digest=item["digest"],
            session_id=item["session_id"],
            expires_at=datetime.fromtimestamp(int(item["expires_at"]), UTC),
            joined=item.get("joined", False),
        )
        return in_shape(found)


def _claim_item(claim: Claim) -> dict[str, Any]:
    item = without_none(
        {
            **_claim_key(claim.key),
            "digest": claim.digest,
            "session_id": claim.session_id,
            "joined": claim.joined or None,
            "expires_at": epoch(claim.expires_at),
        }
    )
    return in_format(item)
