"""Signed, purpose-bound, expiring claims for our URLs; they carry no LoginId and no RequestId."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconnect.model.errors import StateInvalid

# An answer may come late: evidence about a question asked before the link's end is accepted a little longer.
EVIDENCE_GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RedirectState:
    """The claims in a redirect: which attempt of which session, and until when it is accepted."""

    session_id: str
    attempt_number: int
    expires_at: datetime

    def sign(self, key: bytes) -> str:
        """The state as one URL path segment."""
        return _sign(key, "redirect", self.session_id, str(self.attempt_number), _epoch(self.expires_at))

    @classmethod
    def verify(cls, state: str, key: bytes, now: datetime) -> "RedirectState":
        """Read a signed state; raise StateInvalid if it is forged, truncated or expired."""
        with _in_our_form():
            session_id, attempt_number, expires = _verify(key, "redirect", state)
            return cls(session_id, int(attempt_number), _still_good(expires, now))


@dataclass(frozen=True, slots=True)
class Link:
    """Our durable link for the end user: valid until the session's link ends, whatever happens to its attempts."""

    session_id: str
    expires_at: datetime

    def sign(self, key: bytes) -> str:
        """The link as one URL path segment."""
        return _sign(key, "link", self.session_id, _epoch(self.expires_at))

    @classmethod
    def verify(cls, link: str, key: bytes, now: datetime) -> "Link":
        """Read a signed link; raise StateInvalid if it is forged, truncated or expired."""
        with _in_our_form():
            session_id, expires = _verify(key, "link", link)
            return cls(session_id, _still_good(expires, now))


@contextmanager
def _in_our_form() -> Iterator[None]:
    """Raise StateInvalid for text that is no UTF-8, and for claims of another form, even if they are signed."""
    try:
        yield
    except (ValueError, OverflowError, OSError):
        raise StateInvalid("it has another form than ours") from None


def _sign(key: bytes, purpose: str, *claims: str) -> str:
    text = ".".join(claims)
    return f"{text}.{mac(key, purpose, text)}"


def _verify(key: bytes, purpose: str, signed: str) -> list[str]:
    text, _, signature = signed.rpartition(".")
    # Compared as bytes: compare_digest rejects a non-ASCII str, which a forger may send.
    if not hmac.compare_digest(signature.encode(), mac(key, purpose, text).encode()):
        raise StateInvalid("the signature does not match")
    return text.split(".")


def mac(key: bytes, purpose: str, text: str) -> str:
    """Sign a text for one purpose, so that no signature is valid at another endpoint."""
    digest = hmac.new(key, f"{purpose}.{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _epoch(at: datetime) -> str:
    """A time in whole seconds; a session's link ends on one."""
    return str(int(at.timestamp()))


def _still_good(expires: str, now: datetime) -> datetime:
    expires_at = datetime.fromtimestamp(int(expires), UTC)
    if expires_at < now:
        raise StateInvalid("expired")
    return expires_at
