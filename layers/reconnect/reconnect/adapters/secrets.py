"""Secrets, through Secrets Manager; read once per Lambda environment."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True, slots=True)
class FlinksCredentials:
    """The secret key for authorize tokens, the x-api-key where Flinks has enabled it, the API secret for the nightly
    status.
    """

    secret_key: str
    x_api_key: str | None = None
    api_secret: str | None = None


class Secrets:
    """The two secrets of the service, by ARN; each is fetched when first used."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        *,
        flinks_arn: str | None = None,
        signing_key_arn: str | None = None,
    ) -> None:
        self._client, self._flinks_arn, self._signing_key_arn = client, flinks_arn, signing_key_arn

    @cached_property
    def flinks(self) -> FlinksCredentials:
        """The secret is JSON: {"secretKey": "...", "xApiKey": "...", "apiSecret": "..."}; only the first must be."""
        secret: dict[str, Any] = json.loads(self._read(self._flinks_arn))
        return FlinksCredentials(secret["secretKey"], secret.get("xApiKey"), secret.get("apiSecret"))

    @cached_property
    def signing_key(self) -> bytes:
        """The key under which redirect states are signed."""
        return self._read(self._signing_key_arn).encode()

    def _read(self, arn: str | None) -> str:
        if arn is None:
            raise LookupError("this function was given no ARN for that secret")
        return self._client.get_secret_value(SecretId=arn)["SecretString"]
