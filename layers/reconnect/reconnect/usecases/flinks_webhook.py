"""Flinks' own webhooks: signed notices that a login's data is ready, taken as evidence."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconnect.model.errors import SessionNotFound, SignatureInvalid
from reconnect.model.session import Actor, Session
from reconnect.ports import Count, Logins
from reconnect.usecases.evidence import Evidence, EvidenceHandler

# Two pages of Flinks' documentation name different headers [D HOOK]; either is accepted.
SIGNATURE_HEADERS = ("flinks-authenticity-key", "x-flinks-signature")

_EVIDENCE = Evidence("webhook_received", "webhook_received_again", actor=Actor.BANK)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinksWebhook:
    """The use case behind `POST /webhooks/flinks`."""

    logins: Logins
    handle_evidence: EvidenceHandler
    count: Count
    webhook_secret: Callable[[], str | None]

    def __call__(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Take a webhook; raise SignatureInvalid if it is not from Flinks.

        Flinks repeats what is not answered with 200, ten times in five hours. So every signed webhook is accepted, also
        duplicates, unknown logins and unknown types.
        """
        self._check(raw, headers)
        self.count("WebhookReceived")
        login_id, tag = _names_in(raw)
        if login_id is None:
            return
        login = self.logins.get(login_id)
        # The session that holds the login, or held it last, and the one for which the user was in Connect.
        for session_id in dict.fromkeys(filter(None, (login.session_id or login.last_session_id, tag))):
            self._take(session_id, login_id)

    def _take(self, session_id: str, login_id: str) -> None:
        def judge(session: Session) -> Evidence:
            if session.login_id.casefold() != login_id.casefold():
                raise SessionNotFound("the Tag names a session of another login")
            return _EVIDENCE

        try:
            self.handle_evidence(session_id, judge)
        except SessionNotFound:
            self.count("WebhookUnmatched")

    def _check(self, raw: bytes, headers: Mapping[str, str]) -> None:
        secret = self.webhook_secret()
        if not secret:
            raise SignatureInvalid("no webhook secret is configured")
        expected = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        given = [headers.get(name, "").encode(errors="replace") for name in SIGNATURE_HEADERS]
        if not any(hmac.compare_digest(signature, expected) for signature in given):
            raise SignatureInvalid("the signature does not fit the body")


def _names_in(raw: bytes) -> tuple[str | None, str | None]:
    """Return a webhook's LoginId, and its Tag, the id of the session for which Connect was opened [D HOOK]."""
    try:
        body = json.loads(raw)
        login_id, tag = body["Login"]["Id"], body.get("Tag")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None, None
    return (login_id if isinstance(login_id, str) else None), (tag if isinstance(tag, str) else None)
