"""Secrets, through Secrets Manager."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import SecretsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_LIFETIME_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class FlinksCredentials:
    """The secret key for authorize tokens, the x-api-key where Flinks has enabled it, the secret that signs Flinks'
    webhooks.
    """

    secret_key: str
    x_api_key: str | None = None
    webhook_secret: str | None = None


class Secrets:
    """The two secrets of the service, by ARN. Each is read when first used, and again after five minutes: a key that
    was put in or rotated must reach environments that stay warm.
    """

    def __init__(
        self, client: "SecretsManagerClient", *, flinks_arn: str | None = None, signing_key_arn: str | None = None
    ) -> None:
        self._client, self._flinks_arn, self._signing_key_arn = client, flinks_arn, signing_key_arn
        self._read_at: dict[str, tuple[float, str]] = {}

    @property
    def flinks(self) -> FlinksCredentials:
        """The secret is JSON with secretKey, and where they are used xApiKey and webhookSecret."""
        text = self._read(self._flinks_arn)
        try:
            secret: dict[str, Any] = json.loads(text)
            key = secret["secretKey"]
        except (ValueError, LookupError, TypeError):
            raise SecretsUnavailable('the Flinks secret must be JSON such as {"secretKey": "..."}') from None
        return FlinksCredentials(key, secret.get("xApiKey"), secret.get("webhookSecret"))

    @property
    def signing_key(self) -> bytes:
        """The key under which links and redirect states are signed."""
        return self._read(self._signing_key_arn).encode()

    def _read(self, arn: str | None) -> str:
        if arn is None:
            raise LookupError("this function was given no ARN for that secret")
        now = time.monotonic()
        read_at, text = self._read_at.get(arn, (-_LIFETIME_SECONDS, ""))
        if now - read_at >= _LIFETIME_SECONDS:
            text = self._fetch(arn, text)
            self._read_at[arn] = now, text
        return text

    def _fetch(self, arn: str, known: str) -> str:
        """The secret as it is now; if it cannot be had, the one that was good until now."""
        try:
            return self._client.get_secret_value(SecretId=arn)["SecretString"]
        except AWS_FAILURES as failure:
            if known:
                return known
            raise SecretsUnavailable(f"GetSecretValue: {name_of(failure)}") from None
