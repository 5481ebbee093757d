"""Idempotency: for a day, requests with the same key get the same session."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from reconnect.model.frozen import frozen
from reconnect.model.signing import mac

LIFETIME = timedelta(hours=24)


@frozen
class Claim:
    """The session that requests with one key get, until `expires_at`.

    It is written before the session, so that a repeated request continues where a crashed one stopped. `key` and
    `digest`: the key and its request, both sealed; `joined`: another caller had opened the session.
    """

    key: str
    digest: str
    session_id: str
    expires_at: datetime
    joined: bool = False


def seal_key(secret: bytes, key: str, caller: str | None = None) -> str:
    """Seal a caller's key, both of any length, into 43 characters; with a secret, because a key could be guessed.

    Each caller has keys of their own. Without a `caller` it is the seal of all releases until 0.1.0.
    """
    # No key has a line break, so no other caller and key give the same text.
    return mac(secret, "idempotency-key", key if caller is None else f"{caller}\n{key}")


def seal_request(secret: bytes, request: Mapping[str, object]) -> str:
    """Seal a request, equally for equal requests however their JSON is written. It outlives an erasure by a day."""
    return mac(secret, "request", json.dumps(request, sort_keys=True, default=str))
