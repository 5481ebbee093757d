"""Every minute: settle the sessions that are due. From Step Functions: end the session of a failed execution.

From the schedule: {} -> {swept}. From the default bus: "Step Functions Execution Status Change", whose `detail` holds
the execution's name and, as `input`, the JSON text {sessionId, ...}, or an OpenRequest.
"""

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import gauge, observed, report

prepare("sweep_sessions", "ports.flinks_keys")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Settle all due sessions, or the one of a failed execution."""
    detail = event.get("detail") or {}
    if "executionArn" in detail:
        started_with = json.loads(detail.get("input") or "{}")
        session_id = service().sweep_sessions.rescue(detail["name"], started_with)
        service().count("ExecutionBroken", status=detail["status"])
        report("execution_broken", session_id or "none", execution_status=detail["status"])
        return {"swept": 1}
    swept = service().sweep_sessions()
    for session_id, failure in swept.failures.items():
        report("session_not_settled", session_id, failed=f"{type(failure).__name__}: {failure}")
    if swept.left:
        report("sweep_cut_short", "none", due=swept.due, left=swept.left)
    if swept.directory_failure:
        report("directory_not_refreshed", "none", failed=swept.directory_failure)
    gauge("SessionsLive", service().ports.sessions.count_live())
    return {"swept": swept.due - swept.left}
