"""The file that holds the figures as they were last measured, each with the commit that it was measured on."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from devtools.figures.figure import Comparison, Figure


@dataclass(frozen=True)
class Measured:
    """A figure, the group that it belongs to, and the commit that it was measured on."""

    group: str
    figure: Figure
    commit: str

    def as_json(self) -> dict[str, Any]:
        """Return its entry of the file."""
        return {"group": self.group, **asdict(self.figure), "commit": self.commit}

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Return the figure of an entry of the file."""
        fields = {name: value for name, value in entry.items() if name not in {"group", "commit"}}
        figure = Figure(**{**fields, "comparison": Comparison(fields["comparison"])})
        return cls(entry["group"], figure, entry["commit"])


class Record:
    """The figures in the file, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._measured = {each.figure.name: each for each in read_figures(path)}

    def find(self, name: str) -> Measured | None:
        """Return a figure as it was last measured."""
        return self._measured.get(name)

    def replace(self, group: str, figures: Iterable[Figure], commit: str, groups: Sequence[str]) -> None:
        """Write a group's figures in place of its earlier ones; the groups stay in the order of `groups`.

        Groups that are not in `groups` are gone from the file. It is replaced in one step, so that it is never half
        written.
        """
        others = [each for each in self._measured.values() if each.group != group and each.group in groups]
        measured = [*others, *(Measured(group, figure, commit) for figure in figures)]
        measured.sort(key=lambda each: groups.index(each.group))
        self._measured = {each.figure.name: each for each in measured}
        lines = ",\n".join(f"  {json.dumps(each.as_json(), ensure_ascii=False)}" for each in measured)
        scratch = self.path.with_suffix(".tmp")
        scratch.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        scratch.replace(self.path)


def read_figures(path: Path) -> list[Measured]:
    """Return the figures in a file, in its order; none if there is no file yet."""
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [Measured.from_json(entry) for entry in entries]


def current_commit(project: Path) -> str:
    """Return the checked-out commit, with `-dirty` if tracked files differ from it; the documents do not count."""
    try:
        commit = _git(project, "rev-parse", "--short=10", "HEAD")
        changed = _git(project, "status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)docs")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}-dirty" if changed else commit


def _git(project: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=True)  # noqa: S607
    return ran.stdout.strip()
