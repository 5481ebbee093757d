"""Who made a request, for the audit log."""

from collections.abc import Mapping
from typing import Any

# Nobody signs what comes over the bus or from another workflow; who may send it is in their policies and in CloudTrail.
BUS, WORKFLOW = "bus", "workflow"
_NOBODY = "unsigned"


def caller_of(event: Mapping[str, Any]) -> str:
    """Return the ARN of the principal that signed a request to the API.

    API Gateway's authorizer wrote it after it had checked the signature; no header, query or body has a part in it.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    return str((authorizer.get("iam") or {}).get("userArn") or _NOBODY)
