"""The `reconnect` command in a new process, as an operator of a deployed service runs it."""

import os
import subprocess
import sys
from pathlib import Path

from devtools.service import LocalStack

RECONNECT = str(Path(sys.executable).with_name("reconnect"))


def operators_environment(service: LocalStack) -> dict[str, str]:
    """The environment as for a service on AWS: its address and credentials."""
    root = service.engine.credentials
    return {
        **os.environ,
        "RECONNECT_API_URL": service.api.url,
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
        "AWS_DEFAULT_REGION": root.region,
    }


def run(*arguments: str, environment: dict[str, str], seconds: float = 90) -> subprocess.CompletedProcess[str]:
    """Run it to its end, which must come within so many seconds."""
    return subprocess.run(
        [RECONNECT, *arguments], env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
