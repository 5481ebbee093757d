"""The engine process: `python -m devtools.engine.process`, started only by the launcher."""

import os
import shutil
import signal
import socketserver
import sys
import threading
from pathlib import Path

from devtools.engine import private_names


def main() -> int:
    """Check the private names, install our replacements, then serve until the launcher closes our standard input."""
    threading.Thread(target=_end_with_launcher, name="launcher-watch", daemon=True).start()
    if problems := private_names.broken_names():
        print("The local AWS engine does not work with the packages installed here:", file=sys.stderr)
        for problem in problems:
            print(f"  - {problem}", file=sys.stderr)
        print("Install the pinned versions again (make setup), or adapt tools/devtools/engine.", file=sys.stderr)
        return 1

    # Imported only after the check, so that a missing name is explained instead of causing a traceback.
    from devtools.engine import (  # noqa: PLC0415
        concurrency,
        definitions,
        event_targets,
        jsonata_bridge,
        ledger,
        request_keys,
        request_origin,
        step_functions,
        versions,
        workers,
    )

    # The engine's Lambda runtime API answers in two small writes; Nagle's algorithm holds the second for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    jsonata_bridge.install()
    definitions.install()
    versions.install()
    step_functions.install()
    event_targets.install()
    workers.install()
    concurrency.install()
    ledger.install()
    request_origin.install()
    request_keys.install()
    private_names.ENGINE_MAIN.load()()
    return 0


def _end_with_launcher() -> None:
    """End the engine and its Lambda workers when the launcher ends, which closes the pipe in any case."""
    # Not sys.stdin: this thread would hold its lock, which aborts an engine that ends by itself.
    while os.read(0, 1):
        pass
    scratch = Path(os.environ["HOME"])
    shutil.rmtree(scratch, ignore_errors=True)
    # The launcher gave this process its own group, and every Lambda worker inherits it.
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
