"""Add the endings of sessions to the counters of their institutions, from which their health is shown.

The table's stream brings each ending at least once, many at a time, so that a busy bank costs no more writes than a
quiet one. A batch that comes again is not counted again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.roll_up import CountedEnding, count_ending
from reconnect.ports import Clock, ReadImage, RollUps

# Each shard of the stream has one writer. They are few, and one of them always gets on.
_TRIES = 10


@frozen
class RollUpEndings:
    """The use case behind the table's stream that counts."""

    roll_ups: RollUps
    read_image: ReadImage
    clock: Clock

    def __call__(self, images: Iterable[Mapping[str, Any]]) -> list[str]:
        """Count the endings in these images of the stream; return what could not be read, and is not counted.

        Raises StoreUnavailable; the whole batch may then be sent again.
        """
        unreadable: list[str] = []
        groups: dict[tuple[date, str], list[CountedEnding]] = defaultdict(list)
        for image in images:
            try:
                ending = count_ending(self.read_image(image))
            except RecordUnreadable as broken:
                unreadable.append(str(broken))
                continue
            if ending is not None:
                groups[ending.at.date(), ending.key].append(ending)
        for (day, key), endings in groups.items():
            try:
                self._add(day, key, endings)
            except RecordUnreadable as broken:
                unreadable.append(str(broken))
        return unreadable

    def _add(self, day: date, key: str, endings: list[CountedEnding]) -> None:
        for _ in range(_TRIES):
            before = self.roll_ups.get(day, key)
            after = before.add(endings, self.clock())
            if after is before or self.roll_ups.save(after):
                return
        raise StoreUnavailable("roll-up: others changed it each time")
