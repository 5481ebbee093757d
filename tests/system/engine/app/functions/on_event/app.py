"""EventBridge target: writes the event down, or fails when it asks for that."""

from typing import Any

from engine_app import table


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    if event["detail"].get("fail"):
        raise RuntimeError("asked to fail")
    table().put_item(Item={"pk": f"event#{event['detail']['key']}"})
