"""Secrets, through Secrets Manager."""

import time
from collections import deque
from typing import TYPE_CHECKING

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import SecretsUnavailable
from reconnect.model.flinks_secret import read_flinks_secret
from reconnect.model.frozen import frozen
from reconnect.ports import Count

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_LIFETIME_SECONDS = 300.0

# A forged link costs one read, and so does a key that Flinks refuses: one environment reads at most so often again.
_AGAIN_TIMES, _AGAIN_SECONDS = 10, 20.0


@frozen
class FlinksCredentials:
    """The keys for authorize tokens and for data calls (x-api-key, if Flinks enabled it)."""

    secret_key: str
    x_api_key: str | None = None


class Secret:
    """One secret, by ARN. It is read on first use and again after five minutes, or when its value does not fit."""

    def __init__(self, client: "SecretsManagerClient", arn: str, count: Count) -> None:
        self._client, self._arn, self._count = client, arn, count
        self._read_at = -_LIFETIME_SECONDS
        self._texts: tuple[str, ...] = ()
        self._again_at: deque[float] = deque(maxlen=_AGAIN_TIMES)

    def texts(self) -> tuple[str, ...]:
        """Return the current value and, once it was asked for, the previous one; raise SecretsUnavailable.

        Until the first rotation there is no previous value, so it is not read before something needs it.
        """
        if time.monotonic() - self._read_at >= _LIFETIME_SECONDS:
            self._read(with_previous=len(self._texts) > 1)
        return self._texts

    def again(self) -> tuple[str, ...]:
        """Read the current and the previous value now, unless that was done ten times in the last 20 seconds."""
        now = time.monotonic()
        if len(self._again_at) == _AGAIN_TIMES and now - self._again_at[0] < _AGAIN_SECONDS:
            return self.texts()
        self._again_at.append(now)
        self._read(with_previous=True)
        return self._texts

    def _read(self, *, with_previous: bool) -> None:
        """Read the secret; if that fails, the last known values remain in use."""
        now = time.monotonic()
        try:
            # In this order: a rotation between the two reads then only repeats a value.
            texts = [self._client.get_secret_value(SecretId=self._arn)["SecretString"]]
            if with_previous:
                texts += self._previous()
        except AWS_FAILURES as failure:
            # Counted even if the last value serves: the next environment has none.
            self._count("SecretUnavailable")
            if not self._texts:
                raise SecretsUnavailable(f"GetSecretValue: {name_of(failure)}") from None
        else:
            self._texts = tuple(texts)
        self._read_at = now

    def _previous(self) -> list[str]:
        try:
            return [self._client.get_secret_value(SecretId=self._arn, VersionStage="AWSPREVIOUS")["SecretString"]]
        except self._client.exceptions.ResourceNotFoundException:
            # It was never rotated.
            return []

    def count_unavailable(self) -> None:
        """Count a value that cannot be used."""
        self._count("SecretUnavailable")


@frozen
class RotatingKey:
    """The port `Keys`, over a secret whose whole text is the key."""

    secret: Secret

    def known(self) -> tuple[bytes, ...]:
        """See the port."""
        return _as_keys(self.secret.texts())

    def again(self) -> tuple[bytes, ...]:
        """See the port."""
        return _as_keys(self.secret.again())


@frozen
class FlinksKeys:
    """Our keys at Flinks, over a secret: JSON with secretKey and, where used, xApiKey."""

    secret: Secret

    def known(self) -> FlinksCredentials:
        """The keys; raise SecretsUnavailable."""
        return self._parse(self.secret.texts()[0])

    def again(self) -> FlinksCredentials:
        """The keys as they are now, because Flinks refused the known ones; raise SecretsUnavailable."""
        return self._parse(self.secret.again()[0])

    def _parse(self, text: str) -> FlinksCredentials:
        try:
            keys = read_flinks_secret(text)
        except SecretsUnavailable:
            self.secret.count_unavailable()
            raise
        return FlinksCredentials(keys.secret_key, keys.x_api_key)


def _as_keys(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)
