"""Read many records in as few requests as there can be; one that is unreadable costs only itself."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from reconnect.model.errors import RecordUnreadable
from reconnect.ports import InParallel

# As many items as DynamoDB reads in one request.
AT_ONCE = 100

_Record = TypeVar("_Record")
_Read = tuple[list[_Record], frozenset[str]]


def read_many(
    in_parallel: InParallel, read: Callable[[Sequence[str]], list[_Record]], names: Iterable[str]
) -> _Read[_Record]:
    """Read the records of these names, and return them with the names of those that are unreadable."""
    wanted = list(dict.fromkeys(names))
    parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
    answers = in_parallel(lambda part: _read_part(read, part), parts)
    return [each for found, _ in answers for each in found], frozenset[str]().union(*(bad for _, bad in answers))


def _read_part(read: Callable[[Sequence[str]], list[_Record]], names: Sequence[str]) -> _Read[_Record]:
    """Read records at once; if one of them is unreadable, halve until it is found."""
    try:
        return read(names), frozenset()
    except RecordUnreadable:
        if len(names) == 1:
            return [], frozenset(names)
    middle = len(names) // 2
    (first, bad), (second, also_bad) = _read_part(read, names[:middle]), _read_part(read, names[middle:])
    return [*first, *second], bad | also_bad
