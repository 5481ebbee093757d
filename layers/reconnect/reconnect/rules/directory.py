"""When the directory of institutions is read again, and which of its words keep an attempt from being made."""

from datetime import datetime, timedelta

from reconnect.model.frozen import frozen
from reconnect.model.institution import Directory, Institution

READ_AGAIN_AFTER = timedelta(days=1)
# After a failure, so that an instance without a directory costs one request an hour.
TRIED_AGAIN_AFTER = timedelta(hours=1)
# What an older copy says of a status may have changed long ago. Names do not change.
BELIEVED_FOR = timedelta(days=2)


@frozen(kw_only=True)
class DirectoryRule:
    """`disabled_statuses`: Flinks' words for an institution that no attempt can reach, in lower case."""

    disabled_statuses: frozenset[str]

    def is_due(self, directory: Directory | None, now: datetime) -> bool:
        """Whether it is time to read the directory again."""
        return directory is None or now - directory.read_at >= READ_AGAIN_AFTER

    def disables(self, directory: Directory | None, institution: Institution | None, now: datetime) -> bool:
        """Whether Flinks has disabled this institution. Only an id and a recent copy can say so: doubt never blocks."""
        if directory is None or institution is None or institution.id is None:
            return False
        listing = directory.find(institution)
        is_recent = now - directory.read_at < BELIEVED_FOR
        return is_recent and listing is not None and listing.status.casefold() in self.disabled_statuses
