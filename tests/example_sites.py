"""The two example sites as a reader runs them: copied into a folder of their own, each a process."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import requests

from tests.architecture.modules import ROOT
from tests.system.support import wait

EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Site:
    """A running site; `lines` are what it prints, each as it comes, and `trouble` has the rest of its output."""

    url: str
    lines: IO[str]
    trouble: Path


class Visitor:
    """A browser on the site, without scripts: it keeps cookies and follows redirects."""

    def __init__(self, site: Site) -> None:
        self._site, self._session = site.url, requests.Session()
        self._session.trust_env = False

    def begin(self, way: str) -> requests.Response:
        return self._session.post(f"{self._site}/refresh", data={"way": way}, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self._session.get(f"{self._site}{path}", timeout=30)

    def status(self) -> dict[str, Any]:
        answer = self.get("/refresh/status")
        assert answer.ok, answer.text
        return dict(answer.json())

    def wait_until(self, is_met: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        met: dict[str, Any] = wait(self.status, is_met)
        return met


@contextmanager
def running_site(
    folder: Path, language: str, command: Sequence[str | Path], environment: dict[str, str]
) -> Iterator[Site]:
    """Copy an example into a folder, start it there without anything of this checkout, and stop it after the block."""
    copy, trouble = folder / language, folder / f"{language}.txt"
    shutil.copytree(EXAMPLES / language, copy, ignore=shutil.ignore_patterns("__pycache__"))
    settings = {"PATH": os.defpath, "HOME": str(folder), "NO_PROXY": "127.0.0.1", "PORT": "0", **environment}
    with trouble.open("w") as to, subprocess.Popen(
        command, cwd=copy, env=settings, stdout=subprocess.PIPE, stderr=to, text=True
    ) as site:  # fmt: skip
        try:
            assert site.stdout is not None
            _, is_there, address = site.stdout.readline().partition("The site: ")
            assert is_there, trouble.read_text()
            yield Site(address.split("/ ")[0], site.stdout, trouble)
        finally:
            site.terminate()
