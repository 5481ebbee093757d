"""Keep what a session read, where whoever asked for it can fetch it."""

import hashlib
import secrets
from datetime import timedelta

from reconnect.domain.ports import Clock, Results
from reconnect.domain.receipts import StoredResult


class KeepResult:
    """Stores a document under a name that nobody can guess; part of FetchAccounts."""

    def __init__(self, results: Results, clock: Clock, retention: timedelta) -> None:
        self._results, self._clock, self._retention = results, clock, retention

    def __call__(self, session_id: str, document: bytes) -> StoredResult:
        """Store the document and describe it; raise ResultNotStored."""
        result_id = secrets.token_hex(16)
        self._results.keep(session_id, result_id, document)
        return StoredResult(
            result_id=result_id,
            size=len(document),
            sha256=hashlib.sha256(document).hexdigest(),
            expires_at=self._clock().replace(microsecond=0) + self._retention,
        )
