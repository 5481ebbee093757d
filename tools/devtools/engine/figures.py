"""Reads the memory and processor time of a process group from /proc."""

import os
from collections.abc import Iterator
from pathlib import Path

_PAGES_PER_MIB = 1024 * 1024 / os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def process_group_members(group: int) -> list[int]:
    """Return the ids of the running processes in a group."""
    return [member for member, _ in _members(group)]


def process_group_memory_mib(group: int) -> float:
    """Return the resident memory of all processes in a group; shared pages are counted once for each process."""
    pages = 0
    for member in process_group_members(group):
        try:
            pages += int(Path(f"/proc/{member}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return pages / _PAGES_PER_MIB


def process_group_seconds(group: int) -> float:
    """Return the processor time of all running processes in a group and of the children they have waited for."""
    return sum(sum(int(ticks) for ticks in fields[11:15]) for _, fields in _members(group)) / _TICKS_PER_SECOND


def _members(group: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the running processes in a group, each with the fields of its `stat` from the state on."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The command name may contain spaces and brackets, so the fields start after the last bracket.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, process_group = fields[0], int(fields[2])
        if process_group == group and state != "Z":
            yield int(entry.name), fields
