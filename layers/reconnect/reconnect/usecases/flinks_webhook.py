"""Flinks' own webhooks: signed notices that a login's data is ready, taken as evidence."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from reconnect.model.errors import SessionNotFound, SignatureInvalid
from reconnect.model.frozen import frozen
from reconnect.model.session import Actor, Session
from reconnect.model.signing import Keys
from reconnect.ports import Count, Logins
from reconnect.usecases.evidence import Evidence, EvidenceHandler

# Two pages of Flinks' documentation name different headers [D HOOK]; either is accepted.
SIGNATURE_HEADERS = ("flinks-authenticity-key", "x-flinks-signature")

_EVIDENCE = Evidence("webhook_received", "webhook_received_again", actor=Actor.BANK)


@frozen(kw_only=True)
class FlinksWebhook:
    """The use case behind `POST /webhooks/flinks`."""

    logins: Logins
    handle_evidence: EvidenceHandler
    count: Count
    keys: Keys

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
        given = [headers.get(name, "").encode(errors="replace") for name in SIGNATURE_HEADERS]
        # Flinks may sign with a secret that was stored a moment ago, or with the previous one for a while.
        if not (_is_signed(raw, given, self.keys.known()) or _is_signed(raw, given, self.keys.again())):
            raise SignatureInvalid("the signature does not fit the body")


def _is_signed(raw: bytes, given: Sequence[bytes], keys: Sequence[bytes]) -> bool:
    expected = [base64.b64encode(hmac.new(key, raw, hashlib.sha256).digest()) for key in keys if key]
    return any(hmac.compare_digest(signature, one) for signature in given for one in expected)


def _names_in(raw: bytes) -> tuple[str | None, str | None]:
    """Return a webhook's LoginId, and its Tag, the id of the session for which Connect was opened [D HOOK]."""
    try:
        body = json.loads(raw)
        login_id, tag = body["Login"]["Id"], body.get("Tag")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None, None
    return (login_id if isinstance(login_id, str) else None), (tag if isinstance(tag, str) else None)
