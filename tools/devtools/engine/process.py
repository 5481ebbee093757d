"""What runs inside the engine process: `python -m devtools.engine.process`, started by the launcher only."""

import os
import shutil
import signal
import socketserver
import sys
import threading
from pathlib import Path

from devtools.engine import private_names


def main() -> int:
    """Check the glue still fits, install it, then serve until the launcher lets go of our standard input."""
    threading.Thread(target=_end_with_launcher, name="launcher-watch", daemon=True).start()
    if problems := private_names.broken_names():
        print("The local AWS engine no longer fits the packages installed here:", file=sys.stderr)
        for problem in problems:
            print(f"  - {problem}", file=sys.stderr)
        print("Install the pinned versions again (make setup), or adapt tools/devtools/engine.", file=sys.stderr)
        return 1

    # Imported only after the check, so that a name that went away is explained rather than a traceback.
    from devtools.engine import (  # noqa: PLC0415
        concurrency,
        definitions,
        event_targets,
        jsonata_bridge,
        ledger,
        request_origin,
        step_functions,
        workers,
    )

    # The engine's Lambda runtime API answers in two small writes; Nagle's algorithm holds the second for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    jsonata_bridge.install()
    definitions.install()
    step_functions.install()
    event_targets.install()
    workers.install()
    concurrency.install()
    ledger.install()
    request_origin.install()
    private_names.ENGINE_MAIN.load()()
    return 0


def _end_with_launcher() -> None:
    """The pipe closes when the launcher stops, however it stops; then engine and Lambda workers go too."""
    # Not sys.stdin: its lock, held by this thread, would abort an engine that ends by itself.
    while os.read(0, 1):
        pass
    scratch = Path(os.environ["HOME"])
    shutil.rmtree(scratch, ignore_errors=True)
    # The launcher made us a group of our own, and every Lambda worker inherits it.
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
