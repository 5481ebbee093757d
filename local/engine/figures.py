"""Reads from /proc how much memory a process group holds."""

import os
from pathlib import Path

_PAGES_PER_MIB = 1024 * 1024 / os.sysconf("SC_PAGE_SIZE")


def process_group_members(group: int) -> list[int]:
    """The ids of the living processes in a group."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The command name may hold spaces and brackets: the fields start after the last bracket.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, process_group = fields[0], int(fields[2])
        if process_group == group and state != "Z":
            members.append(int(entry.name))
    return members


def process_group_memory_mib(group: int) -> float:
    """Resident memory of all processes in a group; pages they share are counted once for each."""
    pages = 0
    for member in process_group_members(group):
        try:
            pages += int(Path(f"/proc/{member}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return pages / _PAGES_PER_MIB
