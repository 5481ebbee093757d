"""Workflow step: returns the reply in the flow's script for this poll, or raises the error it names."""

from typing import Any

from engine_app import table


class BankBusy(Exception):
    """May be retried."""


class LoginRefused(Exception):
    """Final."""


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    reply: dict[str, Any] = event["script"][event["poll"]]
    print(f"poll {event['poll']} of {event['flow']}")
    if reply["outcome"] == "BUSY" and _attempts(event["flow"]) <= reply["times"]:
        raise BankBusy("the bank is busy")
    if reply["outcome"] == "REFUSED":
        raise LoginRefused('no such "login"\nhere')
    return reply


def _attempts(flow: str) -> int:
    updated = table().update_item(
        Key={"pk": f"attempts#{flow}"},
        UpdateExpression="ADD attempts :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return int(updated["Attributes"]["attempts"])
