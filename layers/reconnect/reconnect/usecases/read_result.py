"""Return what a session read, as a short-lived link."""

from datetime import timedelta

from reconnect.model.errors import ResultExpired, ResultMissing
from reconnect.model.frozen import frozen
from reconnect.model.receipts import ResultLink
from reconnect.ports import Clock, Results, Sessions

# Short, because the link needs no further permission. It also ends with the credentials that signed it.
_LINK_LIFETIME = timedelta(minutes=5)


@frozen(kw_only=True)
class ReadResult:
    """The use case behind `GET /sessions/{sessionId}/result`."""

    sessions: Sessions
    results: Results
    clock: Clock

    def __call__(self, session_id: str) -> ResultLink:
        """Return a link to what the session read; raise SessionNotFound, ResultMissing or ResultExpired."""
        receipt = self.sessions.get(session_id).receipt
        if receipt is None or receipt.result is None:
            raise ResultMissing(session_id)
        now, result = self.clock(), receipt.result
        if now >= result.expires_at:
            raise ResultExpired(session_id)
        expires_at = min(now + _LINK_LIFETIME, result.expires_at)
        return ResultLink(self.results.address(session_id, result.result_id, expires_at - now), expires_at, result)
