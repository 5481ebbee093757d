"""Returns what a handler can see and what its role allows."""

import importlib.util
import os
import sys
from typing import Any

from botocore.exceptions import ClientError
from engine_app import table


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "environment": dict(os.environ),
        "importable": {name: importlib.util.find_spec(name) is not None for name in event["modules"]},
        "path": sys.path,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "function_arn": context.invoked_function_arn,
        "write": _refusal(),
    }


def _refusal() -> str:
    try:
        table().put_item(Item={"pk": "forbidden"})
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "allowed"
