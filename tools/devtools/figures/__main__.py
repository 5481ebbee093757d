"""`make figures`: measure, print one figure a line, and write the file that the documents are made from."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from devtools.figures.figure import Figure, shown
from devtools.figures.record import Measured, Record, current_commit
from devtools.figures.sources import SOURCES, Source
from devtools.service import PROJECT

FILE = PROJECT / "docs" / "figures.json"
_MISSED = 1


def main(arguments: Sequence[str] | None = None, sources: Sequence[Source] = SOURCES) -> int:
    """Measure the groups; return the exit status: 1 if a target is missed."""
    asked = _parse(arguments, sources)
    if asked.list:
        print("\n".join(f"{source.group}{' (slow)' if source.is_slow else ''}" for source in sources))
        return 0
    record, commit = Record(asked.file), current_commit(PROJECT)
    groups = [source.group for source in sources]
    measured = missed = worse = 0
    for source in _chosen(asked, sources):
        figures = []
        for figure in source.measure():
            before = record.find(figure.name)
            print(_line(figure, before), flush=True)
            figures.append(figure)
            missed += not figure.is_met
            worse += before is not None and figure.worse_by(before.figure) > 0
        measured += len(figures)
        # Each group at once, so that what is measured is kept if a later group fails.
        record.replace(source.group, figures, commit, groups)
    print(f"{measured} figures: {missed} missed, {worse} worse than last time")
    return _MISSED if missed else 0


def _chosen(asked: argparse.Namespace, sources: Sequence[Source]) -> Iterator[Source]:
    for source in sources:
        if source.group in asked.group if asked.group else asked.all or not source.is_slow:
            yield source


def _line(figure: Figure, before: Measured | None) -> str:
    if before is None or not (worse := figure.worse_by(before.figure)):
        return str(figure)
    by = f" by {worse:.0%}" if before.figure.value else ""
    return f"{figure}; worse{by}: {shown(before.figure.value)} on {before.commit}"


def _parse(arguments: Sequence[str] | None, sources: Sequence[Source]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m devtools.figures",
        description="Measure figures, print one a line (name, value, target, ok or missed), and write them with the "
        "commit into a file. What got worse by more than 5 % since it was last written is said. The exit status is 1 "
        "if a target is missed.",
    )
    known = [source.group for source in sources]
    parser.add_argument("group", nargs="*", help="only these groups, as --list names them")
    parser.add_argument("--all", action="store_true", help="also the slow groups, which take most of an hour")
    parser.add_argument("--list", action="store_true", help="print the names of the groups, and stop")
    parser.add_argument("--file", type=Path, default=FILE, help="read and written (default: docs/figures.json)")
    asked = parser.parse_args(arguments)
    if unknown := [group for group in asked.group if group not in known]:
        parser.error(f"no group is called {', '.join(unknown)}; there are {', '.join(known)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
