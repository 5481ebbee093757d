"""The files in which each `reconnect dev` of a checkout registers its address for the other commands.

A running `reconnect dev` holds a lock on its file; the operating system releases it however the process ends.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from reconnect_cli import checkout

# Each development stack has its own file, named after this one.
DEV_FILE = checkout.ROOT / ".local" / "dev.json"


@dataclass(frozen=True, slots=True)
class DevService:
    """A service on this machine, and the credentials with which its requests are signed.

    `aws_url` is where its AWS services answer; `event_bus` is a name; `name` is the one that `reconnect dev` was given.
    All three are empty in a file of the release before.
    """

    api_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    aws_url: str = ""
    event_bus: str = ""
    name: str = ""


@contextmanager
def registered(file: Path, service: DevService) -> Iterator[None]:
    """Let other commands find the service while the context lasts.

    Files are named after `file`: for dev.json they are dev-<something>.json beside it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(file)
    with NamedTemporaryFile("w", prefix=f"{file.stem}-", suffix=file.suffix, dir=file.parent) as own:
        # Locked before it has content: a file with content and without a lock is stale.
        fcntl.flock(own, fcntl.LOCK_EX)
        json.dump(asdict(service), own)
        own.flush()
        yield


def running_here(file: Path) -> list[DevService]:
    """Return every service that runs now."""
    return [DevService(**json.loads(text)) for _, text, is_running in _read(file) if is_running and text]


def _remove_stale(file: Path) -> None:
    for path, text, is_running in _read(file):
        if text and not is_running:
            path.unlink(missing_ok=True)


def _read(file: Path) -> Iterator[tuple[Path, str, bool]]:
    for path in sorted(file.parent.glob(f"{file.stem}-*{file.suffix}")):
        try:
            with path.open() as found:
                is_running = _is_locked(found)
                yield path, found.read(), is_running
        except FileNotFoundError:
            # The service has just stopped.
            continue


def _is_locked(found: IO[str]) -> bool:
    try:
        fcntl.flock(found, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
