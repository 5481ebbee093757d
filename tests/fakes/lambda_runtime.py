"""What a handler receives in Lambda: its context, and the payload files of `events/`."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"


class Context:
    """The attributes of a LambdaContext that Powertools reads."""

    function_name = "a-function"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:ca-central-1:123456789012:function:a-function"
    aws_request_id = "8f507cfc-example-4697-b07a-ac58fc914c95"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def event(name: str) -> dict[str, Any]:
    """The payload `events/<name>.json`."""
    payload: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return payload
