"""Idempotency: whoever asks twice with the same key is served by the same session, for a day."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one key stands for: the session that serves whoever brings it, until `expires_at`.

    It is written before the session, so that a repeat goes on where a first try died. `digest`: of the request that
    came with the key; `joined`: another caller had opened the session.
    """

    key: str
    digest: str
    session_id: str
    expires_at: datetime
    joined: bool = False


def digest(request: Mapping[str, object]) -> str:
    """The same for the same request, however its JSON was written."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
