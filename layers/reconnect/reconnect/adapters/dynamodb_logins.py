"""What is remembered of each login, and what each idempotency key stands for, in the DynamoDB table."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconnect.adapters.item_values import epoch, read_time, without_none, write_time
from reconnect.adapters.session_items import login_key
from reconnect.adapters.table import Table
from reconnect.domain.errors import SessionChanged
from reconnect.domain.idempotency import Claim
from reconnect.domain.login import Login

# A login nobody has asked about for so long is forgotten.
_MEMORY = timedelta(days=400)


class DynamoDbLogins:
    """The port `Logins`."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def get(self, login_id: str) -> Login:
        """Read a login, strongly consistent."""
        item = self._table.read(_login_key(login_id)) or {}
        return Login(
            login_id=login_id,
            version=int(item.get("version", 0)),
            session_id=item.get("session_id"),
            failures=int(item.get("failures", 0)),
            next_allowed_at=read_time(item.get("next_allowed_at")),
            known_accounts=frozenset(item["known_accounts"]) if "known_accounts" in item else None,
        )

    def save(self, login: Login) -> Login:
        """Write the next version."""
        written = replace(login, version=login.version + 1)
        item = without_none(
            {
                **_login_key(login.login_id),
                "version": written.version,
                "session_id": login.session_id,
                "failures": login.failures or None,
                "next_allowed_at": write_time(login.next_allowed_at),
                "known_accounts": set(login.known_accounts or ()) or None,
                "expires_at": epoch(self._clock() + _MEMORY),
            }
        )
        if login.version == 0:
            is_written = self._table.put(item, "attribute_not_exists(pk)") in (None, item)
        else:
            is_written = self._table.overwrite(item, login.version)
        if not is_written:
            raise SessionChanged(f"login version {login.version} was overtaken")
        return written

    def erase(self, login_id: str) -> None:
        """Delete the record."""
        self._table.delete(_login_key(login_id))


class DynamoDbClaims:
    """The port `Claims`."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def claim(self, claim: Claim) -> Claim:
        """Write a claim unless one stands; TTL removes expired ones late, so the condition looks at the time too."""
        free = "attribute_not_exists(pk) OR expires_at < :now"
        standing = self._table.put(_claim_item(claim), free, now=epoch(self._clock()))
        if not standing:
            return claim
        return Claim(
            key=claim.key,
            digest=standing["digest"],
            session_id=standing["session_id"],
            expires_at=datetime.fromtimestamp(int(standing["expires_at"]), UTC),
            joined=standing.get("joined", False),
        )

    def settle(self, claim: Claim) -> None:
        """Let the key stand for another session."""
        self._table.put(_claim_item(claim), "digest = :digest", digest=claim.digest)


def _login_key(login_id: str) -> dict[str, str]:
    return {"pk": f"LOGIN#{login_key(login_id)}", "sk": "LOGIN"}


def _claim_item(claim: Claim) -> dict[str, Any]:
    # Hashed, because a key may have any length and say anything.
    hashed = hashlib.sha256(claim.key.encode()).hexdigest()
    return without_none(
        {
            "pk": f"CLAIM#{hashed}",
            "sk": "CLAIM",
            "digest": claim.digest,
            "session_id": claim.session_id,
            "joined": claim.joined or None,
            "expires_at": epoch(claim.expires_at),
        }
    )
