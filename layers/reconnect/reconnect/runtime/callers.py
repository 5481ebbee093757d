"""Who made a request, for the audit log and for idempotency keys, which are each caller's own."""

import re
from collections.abc import Mapping
from typing import Any

# Nobody signs what comes over the bus or from another workflow; who may send it is in their policies and in CloudTrail.
BUS, WORKFLOW = "bus", "workflow"
_NOBODY = "unsigned"
# What IAM allows in names and paths.
_NO_PART_OF_A_NAME = re.compile("[^A-Za-z0-9+=,.@_/-]")
_LONGEST_NAME = 160


def caller_of(event: Mapping[str, Any]) -> str:
    """Return the ARN of the principal that signed a request to the API.

    API Gateway's authorizer wrote it after it had checked the signature; no header, query or body has a part in it.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    return str((authorizer.get("iam") or {}).get("userArn") or _NOBODY)


def name_in_timeline(caller: str) -> str:
    """Return a caller's ARN without its account, such as `assumed-role/Support/anna`, as one word."""
    return _NO_PART_OF_A_NAME.sub("_", caller.rpartition(":")[2])[:_LONGEST_NAME]


def without_session_name(caller: str) -> str:
    """Return a caller's ARN without the name of an assumed role's session.

    Each worker of a caller has a session of its own, and may repeat what another one asked.
    """
    return caller.rpartition("/")[0] if ":assumed-role/" in caller else caller
