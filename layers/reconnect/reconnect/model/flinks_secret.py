"""Our keys at Flinks, as they are written in the secret; a fault is one sentence that names the field."""

import json

from reconnect.model.errors import SecretsUnavailable
from reconnect.model.frozen import frozen

_EXAMPLE = 'must be JSON such as {"secretKey": "..."}'
_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


@frozen
class FlinksSecret:
    """For authorize tokens, for data calls (if Flinks enabled it) and for Flinks' webhooks."""

    secret_key: str
    x_api_key: str | None = None
    webhook_secret: str | None = None


def read_flinks_secret(text: str) -> FlinksSecret:
    """Read the secret; raise SecretsUnavailable, which quotes nothing of it."""
    try:
        secret = json.loads(text)
    except (ValueError, RecursionError):
        raise SecretsUnavailable(f"the Flinks secret is not JSON; it {_EXAMPLE}") from None
    if not isinstance(secret, dict):
        raise SecretsUnavailable(f"the Flinks secret is {_kind(secret)}; it {_EXAMPLE}")
    key = _read(secret, "secretKey")
    if key is None:
        raise SecretsUnavailable(f"the Flinks secret has no secretKey; it {_EXAMPLE}")
    return FlinksSecret(key, _read(secret, "xApiKey") or None, _read(secret, "webhookSecret") or None)


def _read(secret: dict[str, object], name: str) -> str | None:
    """A text that can be a header; None if it is absent or null. Only secretKey may not be empty."""
    value = secret.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise SecretsUnavailable(f"{name} in the Flinks secret is {_kind(value)} and must be a text")
    if not value and name == "secretKey":
        raise SecretsUnavailable(f"{name} in the Flinks secret is empty")
    # Such as a line break that was copied along: in a header, it would fail each call without saying why.
    is_header = name != "webhookSecret"
    if is_header and (value != value.strip() or not value.isprintable() or not value.isascii()):
        raise SecretsUnavailable(
            f"{name} in the Flinks secret has a blank or line break around it, or a character that no key has"
        )
    return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a text")
