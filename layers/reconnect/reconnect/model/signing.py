"""Signed, purpose-bound, expiring claims for our URLs; they carry no LoginId and no RequestId."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from reconnect.model.errors import LinkExpired, SignatureUnknown, StateInvalid
from reconnect.model.frozen import frozen
from reconnect.model.link_forms import LinkForm, pack, unpack

# An answer may come late: evidence about a question asked before the link's end is accepted a little longer.
EVIDENCE_GRACE = timedelta(hours=1)

# A session waits no longer for its user, counted from its opening, however often its link is extended.
MAX_LINK_LIFETIME = timedelta(hours=720)

# 128 bits, as many as the session's id has.
_SHORT_SIGNATURE_BYTES = 16


class Keys(Protocol):
    """The values of one secret that are in force: the current one, and the previous one after a rotation.

    Both calls raise SecretsUnavailable. They return the current value first.
    """

    def known(self) -> tuple[bytes, ...]:
        """Return the values as this Lambda environment knows them; minutes old, and perhaps without the previous."""

    def again(self) -> tuple[bytes, ...]:
        """Read the values now, because none that is known fits; the known ones if that was done too often lately."""


@frozen
class FixedKey:
    """A secret that is never rotated, as `Keys`. `read` raises SecretsUnavailable."""

    read: Callable[[], bytes]

    def known(self) -> tuple[bytes, ...]:
        """Return its one value."""
        return (self.read(),)

    def again(self) -> tuple[bytes, ...]:
        """Return the same: no other value was ever in force."""
        return self.known()


@frozen
class RedirectState:
    """The claims in a redirect: which attempt of which session, and until when it is accepted."""

    session_id: str
    attempt_number: int
    expires_at: datetime

    def sign(self, key: bytes) -> str:
        """The state as one URL path segment."""
        return _sign(key, "redirect", self.session_id, str(self.attempt_number), _epoch(self.expires_at))

    @classmethod
    def verify(cls, state: str, keys: Sequence[bytes], now: datetime) -> "RedirectState":
        """Read a state signed with any of `keys`; raise StateInvalid if it is forged, truncated or expired."""
        session_id, attempt_number, expires = _verify(keys, "redirect", state, 3)
        return cls(session_id, _number(attempt_number), _still_good(expires, now))


@frozen
class Link:
    """Our durable link for the end user: valid until the session's link ends, whatever happens to its attempts."""

    session_id: str
    expires_at: datetime

    def sign(self, key: bytes, form: LinkForm = LinkForm.LONG) -> str:
        """The link as one URL path segment; the long form if the short one has no room for the session's id."""
        if form is LinkForm.SHORT:
            ends_at = int(self.expires_at.timestamp())
            packed = pack(self.session_id, ends_at, _short_signature(key, self.session_id, ends_at))
            if packed is not None:
                return packed
        return _sign(key, "link", self.session_id, _epoch(self.expires_at))

    @classmethod
    def verify(cls, link: str, keys: Sequence[bytes], now: datetime) -> "Link":
        """Read a link of either form, signed with any of `keys`; raise StateInvalid if it is forged or truncated, and
        LinkExpired if it is ours but has ended.
        """
        if (packed := unpack(link)) is not None:
            session_id, ends_at, signature = packed
            if not any(hmac.compare_digest(signature, _short_signature(key, session_id, ends_at)) for key in keys):
                raise SignatureUnknown("the signature does not match")
            return cls(session_id, _still_good(str(ends_at), now))
        session_id, expires = _verify(keys, "link", link, 2)
        return cls(session_id, _still_good(expires, now))

    @classmethod
    def first_signed(cls, links: Sequence[str], keys: Sequence[bytes], now: datetime) -> str:
        """Return the first of these that any of `keys` signed; raise LinkExpired if it has ended, else StateInvalid."""
        for link in links:
            with suppress(SignatureUnknown):
                cls.verify(link, keys, now)
                return link
        raise SignatureUnknown("no signature matches")


def _sign(key: bytes, purpose: str, *claims: str) -> str:
    text = ".".join(claims)
    return f"{text}.{mac(key, purpose, text)}"


def _verify(keys: Sequence[bytes], purpose: str, signed: str, claims: int) -> list[str]:
    """Return the signed claims, which are so many; raise SignatureUnknown if none of the keys signed them."""
    # A browser's path may hold what is no text at all: it then equals no signature.
    text, _, signature = signed.encode(errors="replace").decode().rpartition(".")
    # Compared as bytes: compare_digest rejects a non-ASCII str, which a forger may send.
    if not any(hmac.compare_digest(signature.encode(), mac(key, purpose, text).encode()) for key in keys):
        raise SignatureUnknown("the signature does not match")
    read = text.split(".")
    if len(read) != claims:
        raise StateInvalid("signed, but not as this version signs")
    return read


def mac(key: bytes, purpose: str, text: str) -> str:
    """Sign a text for one purpose, so that no signature is valid at another endpoint."""
    return base64.urlsafe_b64encode(_digest(key, purpose, text)).rstrip(b"=").decode()


def _short_signature(key: bytes, session_id: str, ends_at: int) -> bytes:
    return _digest(key, "short-link", f"{session_id}.{ends_at}")[:_SHORT_SIGNATURE_BYTES]


def _digest(key: bytes, purpose: str, text: str) -> bytes:
    return hmac.new(key, f"{purpose}.{text}".encode(), hashlib.sha256).digest()


def _epoch(at: datetime) -> str:
    """A time in whole seconds; a session's link ends on one."""
    return str(int(at.timestamp()))


def _number(claim: str) -> int:
    try:
        return int(claim)
    except ValueError:
        raise StateInvalid("signed, but not as this version signs") from None


def _still_good(expires: str, now: datetime) -> datetime:
    try:
        expires_at = datetime.fromtimestamp(_number(expires), UTC)
    except (OverflowError, ValueError, OSError):
        raise StateInvalid("signed, but not as this version signs") from None
    if expires_at < now:
        raise LinkExpired("expired")
    return expires_at
