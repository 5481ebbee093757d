"""Authorize tokens: each can be spent once within its lifetime."""

from collections.abc import Callable
from datetime import datetime, timedelta


class Tokens:
    """The authorize tokens that are not yet spent."""

    def __init__(self, clock: Callable[[], datetime], lifetime: timedelta) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._expiry: dict[str, datetime] = {}

    def keep(self, token: str) -> str:
        """Make this token valid for its lifetime."""
        self._expiry[token] = self._clock() + self._lifetime
        return token

    def spend(self, token: str) -> bool:
        """Spend a token; False when it is unknown, already spent or expired [D AUTHREF]."""
        expires_at = self._expiry.pop(token, None)
        return expires_at is not None and self._clock() < expires_at
