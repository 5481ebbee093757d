"""Workflow step: keeps the task token for whoever wakes the flow."""

from typing import Any

from engine_app import table


class NoPaper(Exception):
    """Nowhere to write the token down."""


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    if event.get("fail"):
        raise NoPaper("no paper")
    table().put_item(Item={"pk": f"token#{event['flow']}", "task_token": event["token"]})
