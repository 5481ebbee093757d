"""A secret that is rotated, as several Lambda environments know it."""

from dataclasses import dataclass

from reconnect.adapters.secrets import FlinksCredentials


class FakeKeys:
    """The port `Keys`: one environment's view of a vault. `reads`: how often it read the values again."""

    def __init__(self, *values: bytes, vault: "FakeKeys | None" = None) -> None:
        self._values, self.vault, self.reads = values, vault or self, 0

    def elsewhere(self) -> "FakeKeys":
        """Another environment, which knows now what this one knows."""
        return FakeKeys(*self._values, vault=self.vault)

    def rotate(self, value: bytes) -> None:
        """Store a new value; the one before remains in force, and no other environment knows of it yet."""
        self._values = (value, *self._values[:1])

    def known(self) -> tuple[bytes, ...]:
        return self._values

    def again(self) -> tuple[bytes, ...]:
        self.reads += 1
        self._values = self.vault.known()
        return self._values


@dataclass
class FakeFlinksKeys:
    """Our keys at Flinks. `changed`: what the secret holds since it was read; `reads`: how often it was read again."""

    credentials: FlinksCredentials
    changed: FlinksCredentials | None = None
    reads: int = 0

    def known(self) -> FlinksCredentials:
        return self.credentials

    def again(self) -> FlinksCredentials:
        self.reads += 1
        self.credentials = self.changed or self.credentials
        return self.credentials
