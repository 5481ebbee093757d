"""What Lambda bills for one function, read from the function's own log."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_REPORT = re.compile(r"REPORT RequestId: .*Billed Duration: (\d+) ms.*Memory Size: (\d+) MB")
# CloudWatch counts 26 bytes for each event beside its message.
_EVENT_BYTES = 26
_MIB_IN_GIB = 1024
_MILLISECONDS = 1000


@dataclass(frozen=True)
class Invocations:
    """How often a function ran, its configured memory (GiB) times its duration, and the size of its logs."""

    count: int
    gb_seconds: float
    log_bytes: int


def read_log(lines: Iterable[str]) -> Invocations:
    """Add up all invocations in a log; each ends with Lambda's REPORT line."""
    lines = list(lines)
    reports = [(int(found[1]), int(found[2])) for line in lines if (found := _REPORT.match(line))]
    return Invocations(
        count=len(reports),
        gb_seconds=sum(billed / _MILLISECONDS * memory / _MIB_IN_GIB for billed, memory in reports),
        log_bytes=sum(len(line.encode()) + _EVENT_BYTES for line in lines),
    )
