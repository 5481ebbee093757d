"""EventBridge target: stores the event, or fails if the event says so."""

from typing import Any

from engine_app import table


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    if event["detail"].get("fail"):
        raise RuntimeError("the event says fail")
    table().put_item(Item={"pk": f"event#{event['detail']['key']}"})
