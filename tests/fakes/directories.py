"""The directory of institutions in memory, with the rules of the DynamoDB one."""

from datetime import datetime, timedelta

from reconnect.model.institution import Directory
from tests.fakes.clock import NOW

# Not due for as long as any test lasts, so that a sweep reads it again only in tests about that.
FOR_YEARS = Directory(read_at=NOW + timedelta(days=3650))


class FakeDirectories:
    """The port `Directories`. `reads`: how often it was read."""

    def __init__(self, directory: Directory | None = FOR_YEARS) -> None:
        self.directory = directory
        self.asked_at: datetime | None = None
        self.reads = 0

    def get(self) -> Directory | None:
        self.reads += 1
        return self.directory

    def save(self, directory: Directory) -> None:
        if self.directory is None or self.directory.read_at <= directory.read_at:
            self.directory = directory

    def may_ask(self, now: datetime, pause: timedelta) -> bool:
        if self.asked_at is not None and self.asked_at > now - pause:
            return False
        self.asked_at = now
        return True
