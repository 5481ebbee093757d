"""Returns its version and a setting."""

import os
from typing import Any


def lambda_handler(_event: dict[str, Any], context: Any) -> dict[str, str]:
    return {"version": context.function_version, "greeting": os.environ["GREETING"]}
