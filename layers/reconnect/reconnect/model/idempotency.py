"""Idempotency: for a day, requests with the same key get the same session."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconnect.model.signing import mac

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
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


def seal_key(signing_key: bytes, key: str) -> str:
    """Seal a key of any length into 43 characters; keyed, because a key built from a LoginId could be guessed."""
    return mac(signing_key, "idempotency-key", key)


def seal_request(signing_key: bytes, request: Mapping[str, object]) -> str:
    """Seal a request, equally for equal requests however their JSON is written. It outlives an erasure by a day."""
    return mac(signing_key, "request", json.dumps(request, sort_keys=True, default=str))
