"""Secrets, through Secrets Manager."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import SecretsUnavailable
from reconnect.model.flinks_secret import read_flinks_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_LIFETIME_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class FlinksCredentials:
    """The keys for authorize tokens, for data calls (x-api-key, if Flinks enabled it) and for Flinks' webhooks."""

    secret_key: str
    x_api_key: str | None = None
    webhook_secret: str | None = None


class Secrets:
    """The two secrets of the service, by ARN. Each is read on first use and again after five minutes, so that a new or
    rotated key reaches warm environments.
    """

    def __init__(
        self, client: "SecretsManagerClient", *, flinks_arn: str | None = None, signing_key_arn: str | None = None
    ) -> None:
        self._client, self._flinks_arn, self._signing_key_arn = client, flinks_arn, signing_key_arn
        self._read_at: dict[str, tuple[float, str]] = {}

    @property
    def flinks(self) -> FlinksCredentials:
        """The Flinks secret: JSON with secretKey and, where used, xApiKey and webhookSecret."""
        keys = read_flinks_secret(self._read(self._flinks_arn))
        return FlinksCredentials(keys.secret_key, keys.x_api_key, keys.webhook_secret)

    @property
    def signing_key(self) -> bytes:
        """The key that signs links and redirect states."""
        return self._read(self._signing_key_arn).encode()

    def _read(self, arn: str | None) -> str:
        if arn is None:
            raise LookupError("this function has no ARN for that secret")
        now = time.monotonic()
        read_at, text = self._read_at.get(arn, (-_LIFETIME_SECONDS, ""))
        if now - read_at >= _LIFETIME_SECONDS:
            text = self._fetch(arn, text)
            self._read_at[arn] = now, text
        return text

    def _fetch(self, arn: str, known: str) -> str:
        """Read the secret; if that fails, return the last known value."""
        try:
            return self._client.get_secret_value(SecretId=arn)["SecretString"]
        except AWS_FAILURES as failure:
            if known:
                return known
            raise SecretsUnavailable(f"GetSecretValue: {name_of(failure)}") from None
