"""Idempotency: whoever asks twice with the same key is served by the same session, for a day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconnect.model.signing import mac

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one key stands for: the session that serves whoever brings it, until `expires_at`.

    It is written before the session, so that a repeat goes on where a first try died. `key` and `digest`: the key and
    the request that came with it, both sealed; `joined`: another caller had opened the session.
    """

    key: str
    digest: str
    session_id: str
    expires_at: datetime
    joined: bool = False


def seal_key(signing_key: bytes, key: str) -> str:
    """A key of any length, as 43 characters that nobody can try a guess on: a caller may build it from a LoginId."""
    return mac(signing_key, "idempotency-key", key)


def seal_request(signing_key: bytes, request: Mapping[str, object]) -> str:
    """The same for the same request, however its JSON was written. It outlives an erasure of its login, for a day."""
    return mac(signing_key, "request", json.dumps(request, sort_keys=True, default=str))
