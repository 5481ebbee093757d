"""Writes the `bootstrap` that starts a handler with a clean environment, its code, the layer and the Lambda runtime."""

import sys
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from devtools.engine.settings import LAMBDA_RUNTIME, SYSTEM_PATH

# Handlers keep these, to find the engine and to put temporary files where they are removed with it.
_KEPT = frozenset({"AWS_ENDPOINT_URL", "HOME", "TMPDIR"})

_SCRIPT = """\
#!/bin/sh
# Handlers must not see the environment of the engine process.
unset {hidden}
# Variables that Lambda sets and the engine does not.
export PATH={path} LANG=en_US.UTF-8 TZ=:UTC
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13 AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
export AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/$AWS_LAMBDA_FUNCTION_NAME"
export LAMBDA_RUNTIME_DIR={runtime}
export PYTHONPATH="$LAMBDA_TASK_ROOT":{search_path}
# -S leaves out the packages of the environment this Python belongs to.
exec {python} -u -S -m awslambdaric "$_HANDLER"
"""


def bootstrap_script(engine_variables: Iterable[str], own_variables: Iterable[str], layers: Iterable[Path]) -> str:
    """Return the script for one function; variables that the function itself declares are never hidden."""
    hidden = sorted(set(engine_variables) - set(own_variables) - _KEPT)
    search_path = ":".join(quote(str(folder)) for folder in (*layers, LAMBDA_RUNTIME))
    return _SCRIPT.format(
        hidden=" ".join(hidden),
        path=SYSTEM_PATH,
        runtime=quote(str(LAMBDA_RUNTIME)),
        search_path=search_path,
        python=quote(sys.executable),
    )
