"""Flinks' own webhooks: signed news that a login's data is there, taken as evidence."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from reconnect.domain.errors import SessionNotFound, SignatureInvalid
from reconnect.domain.ports import Count, Logins
from reconnect.domain.session import Actor
from reconnect.domain.waking import Knock, Waker

# An older and a newer page of Flinks' name different headers [D HOOK]; either is taken.
SIGNATURE_HEADERS = ("flinks-authenticity-key", "x-flinks-signature")

_KNOCK = Knock("webhook_received", "webhook_received_again", actor=Actor.BANK)


class FlinksWebhook:
    """The use case behind `POST /webhooks/flinks`."""

    def __init__(self, logins: Logins, wake: Waker, count: Count, *, webhook_secret: Callable[[], str | None]) -> None:
        self._logins, self._wake, self._count, self._webhook_secret = logins, wake, count, webhook_secret

    def __call__(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Take a webhook; raise SignatureInvalid if it is not Flinks'.

        Flinks repeats what is not answered with 200, ten times in five hours, so everything that is theirs is taken:
        a repeat, a login of nobody here, a kind that we do not know.
        """
        self._check(raw, headers)
        self._count("WebhookReceived")
        session_id = self._logins.get(_login_id(raw) or "nobody").session_id
        if session_id is not None:
            self._knock(session_id)

    def _knock(self, session_id: str) -> None:
        try:
            self._wake(session_id, lambda _: _KNOCK)
        except SessionNotFound:
            self._count("WebhookOfNobody")

    def _check(self, raw: bytes, headers: Mapping[str, str]) -> None:
        secret = self._webhook_secret()
        if not secret:
            raise SignatureInvalid("no webhook secret is configured")
        expected = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        given = [headers.get(name, "").encode() for name in SIGNATURE_HEADERS]
        if not any(hmac.compare_digest(signature, expected) for signature in given):
            raise SignatureInvalid("the signature does not fit the body")


def _login_id(raw: bytes) -> str | None:
    try:
        login = json.loads(raw).get("Login")
        login_id = login.get("Id")
    except (ValueError, RecursionError, AttributeError):
        return None
    return login_id if isinstance(login_id, str) else None
