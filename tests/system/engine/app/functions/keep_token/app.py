"""Workflow step: stores the task token with which the flow is resumed."""

from typing import Any

from engine_app import table


class TokenNotStored(Exception):
    """The token could not be stored."""


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    if event.get("fail"):
        raise TokenNotStored("not stored")
    table().put_item(Item={"pk": f"token#{event['flow']}", "task_token": event["token"]})
