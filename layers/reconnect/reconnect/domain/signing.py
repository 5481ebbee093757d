"""Signed, purpose-bound, expiring states for URLs of ours; they carry no LoginId and no RequestId."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from reconnect.domain.errors import StateInvalid


@dataclass(frozen=True, slots=True)
class RedirectState:
    """What a redirect says of itself: which attempt of which session, and until when we believe it."""

    session_id: str
    attempt_number: int
    expires_at: datetime

    def sign(self, key: bytes) -> str:
        """The state as one URL path segment."""
        claims = f"{self.session_id}.{self.attempt_number}.{int(self.expires_at.timestamp())}"
        return f"{claims}.{_mac(key, claims)}"

    @classmethod
    def verify(cls, state: str, key: bytes, now: datetime) -> "RedirectState":
        """Read a signed state; raise StateInvalid if it is forged, truncated or past its end."""
        claims, _, mac = state.rpartition(".")
        # Compared as bytes: compare_digest refuses str with characters that a forger may well send.
        if not hmac.compare_digest(mac.encode(), _mac(key, claims).encode()):
            raise StateInvalid("the signature does not fit")
        session_id, attempt_number, expires = claims.split(".")
        verified = cls(session_id, int(attempt_number), datetime.fromtimestamp(int(expires), UTC))
        if verified.expires_at < now:
            raise StateInvalid("past its end")
        return verified


def _mac(key: bytes, claims: str) -> str:
    """The purpose is part of what is signed, so that a state for one door opens no other."""
    digest = hmac.new(key, f"redirect.{claims}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
