"""What is known of a session's bank beyond its own replies: Flinks' directory, as this environment remembers it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.institution import Directory, Institution, Listing
from reconnect.ports import Clock, Count, Directories
from reconnect.rules.directory import DirectoryRule

# How long a Lambda environment relies on what it read.
_RELIED_ON = timedelta(hours=1)
# The same if there was no directory or none could be read.
_MISSED_FOR = timedelta(minutes=1)


@dataclass(slots=True)
class _Memory:
    """The copy that this environment read last, and when it reads it again."""

    directory: Directory | None = None
    read_again_at: datetime | None = None


@frozen(kw_only=True)
class Institutions:
    """Finds a bank in the directory. Never fails and never asks Flinks: without a directory nothing is known."""

    directories: Directories
    rule: DirectoryRule
    clock: Clock
    count: Count
    memory: _Memory = field(default_factory=_Memory)

    def __call__(self, institution: Institution | None) -> Listing | None:
        """Return the directory's entry of this bank, if there is one."""
        directory = None if institution is None else self._directory()
        return None if directory is None else directory.find(institution)

    def named(self, institution: Institution | None) -> Institution | None:
        """The bank in the directory's terms, so that logins that know only its id or its name are together."""
        listing = self(institution)
        return institution if listing is None else Institution(listing.id, listing.name_in("en"))

    def is_disabled(self, institution: Institution | None) -> bool:
        """Whether a recent directory says that no attempt can reach this bank."""
        directory = None if institution is None else self._directory()
        return self.rule.disables(directory, institution, self.clock())

    def _directory(self) -> Directory | None:
        now = self.clock()
        if self.memory.read_again_at is None or now >= self.memory.read_again_at:
            try:
                self.memory.directory = found = self.directories.get()
            except (RecordUnreadable, StoreUnavailable):
                self.count("DirectoryUnknown")
                found = None
            self.memory.read_again_at = now + (_RELIED_ON if found else _MISSED_FOR)
        return self.memory.directory
