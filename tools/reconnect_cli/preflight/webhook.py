"""A webhook as it was received, and whether its signature fits. Pure."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from reconnect.usecases.flinks_webhook import SIGNATURE_HEADERS
from reconnect_cli.preflight.points import Finding, Point, fault, untold

_ASK_SUPPORT = "Flinks' support sets webhooks up; then check one with --webhook"


@dataclass(frozen=True)
class Captured:
    """A received request: its headers, with names in lower case, and its body's bytes."""

    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read headers, an empty line and the body; a request line before them is skipped. Raise ValueError."""
        # The blank line is the first: the body may hold more of them.
        ends = [(found, end) for end in (b"\r\n\r\n", b"\n\n") if (found := raw.find(end)) >= 0]
        if not ends:
            raise ValueError("no empty line divides headers and body")
        at, end = min(ends)
        head, body = raw[:at], raw[at + len(end) :]
        lines = [line.partition(":") for line in head.decode("latin-1").splitlines()]
        headers = {name.strip().casefold(): value.strip() for name, colon, value in lines if colon}
        if not headers:
            raise ValueError("it has no headers")
        return cls(headers, body)


def judge_webhook(captured: Captured | None, secret: str | None) -> Finding:
    """Which header holds the signature that the secret makes over the body [D HOOK]."""
    point = Point.WEBHOOK
    if captured is None:
        return untold(point, f"no webhook was given. {_ASK_SUPPORT}")
    if not secret:
        return untold(point, "the keys have no webhookSecret")
    signed = {name: captured.headers[name] for name in SIGNATURE_HEADERS if name in captured.headers}
    if not signed:
        names = " nor ".join(SIGNATURE_HEADERS)
        return fault(point, "unsigned", f"it has neither {names}: have Flinks enable HMAC, or the service refuses it")
    for name, signature in signed.items():
        if _fits(signature, _digest(secret, captured.body)):
            return Finding(point, name, f"{name} does, and the secret fits; the service takes either header")
    return _explain(signed, captured.body, secret)


def _explain(signed: Mapping[str, str], body: bytes, secret: str) -> Finding:
    point = Point.WEBHOOK
    for name, signature in signed.items():
        if _fits(signature.casefold(), _digest(secret, body).hex().encode(), is_text=True):
            return fault(point, "hex", f"{name} is hexadecimal, which the service does not support: report it")
        if any(_fits(signature, _digest(secret, other)) for other in _almost(body)):
            return fault(
                point, "body changed", "the secret fits, but the file has a line break at its end more or less"
            )
    return fault(
        point, "refused", f"{' and '.join(signed)} does not fit: webhookSecret is another one, or the body was changed"
    )


def _almost(body: bytes) -> tuple[bytes, ...]:
    return body.removesuffix(b"\n"), body.removesuffix(b"\r\n"), body + b"\n", body + b"\r\n"


def _digest(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), body, "sha256")


def _fits(signature: str, digest: bytes, *, is_text: bool = False) -> bool:
    expected = digest if is_text else base64.b64encode(digest)
    return hmac.compare_digest(signature.encode(), expected)
