"""Writes the `bootstrap` that starts a handler: a clean environment, its code, the layer, the Lambda runtime."""

import sys
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from devtools.engine.settings import LAMBDA_RUNTIME, SYSTEM_PATH

# Handlers keep these: they must find the engine, and their temporary files must go away with it.
_KEPT = frozenset({"AWS_ENDPOINT_URL", "HOME", "TMPDIR"})

_SCRIPT = """\
#!/bin/sh
# What the engine process was started with is not the handler's business.
unset {hidden}
# What Lambda sets and the engine does not.
export PATH={path} LANG=en_US.UTF-8 TZ=:UTC
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13 AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
export AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/$AWS_LAMBDA_FUNCTION_NAME"
export LAMBDA_RUNTIME_DIR={runtime}
export PYTHONPATH="$LAMBDA_TASK_ROOT":{search_path}
# -S leaves out the packages of the environment this Python belongs to.
exec {python} -u -S -m awslambdaric "$_HANDLER"
"""


def bootstrap_script(engine_variables: Iterable[str], own_variables: Iterable[str], layers: Iterable[Path]) -> str:
    """The script for one function; a variable that the function itself declares is never hidden from it."""
    hidden = sorted(set(engine_variables) - set(own_variables) - _KEPT)
    search_path = ":".join(quote(str(folder)) for folder in (*layers, LAMBDA_RUNTIME))
    return _SCRIPT.format(
        hidden=" ".join(hidden),
        path=SYSTEM_PATH,
        runtime=quote(str(LAMBDA_RUNTIME)),
        search_path=search_path,
        python=quote(sys.executable),
    )
