"""Limits the workers of a function: in a burst, invocations wait for one instead of starting hundreds."""

import threading
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import replace_everywhere
from devtools.engine.settings import WORKERS_PER_FUNCTION


def install() -> None:
    """Let invocations wait for a free worker; AWS would start another, but this machine has no more processors."""
    acquire_at_once = private_names.ACQUIRE_WORKER.load()
    release_at_once = private_names.RELEASE_WORKER.load()
    released = threading.Condition()

    def acquire_worker(*function: Any, **options: Any) -> tuple[Any, str]:
        options["max_concurrency"] = WORKERS_PER_FUNCTION
        with released:
            while True:
                worker, reason = acquire_at_once(*function, **options)
                if worker is not None:
                    return worker, reason
                released.wait()

    def release_worker(worker: Any) -> None:
        with released:
            release_at_once(worker)
            released.notify_all()

    replace_everywhere(private_names.ACQUIRE_WORKER, acquire_worker)
    replace_everywhere(private_names.RELEASE_WORKER, release_worker)
