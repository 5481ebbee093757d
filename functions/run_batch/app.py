"""The steps of a batch's workflow, each by the batch's id: {batchId, load: true} -> {loaded}, read on in its object;
{batchId} -> {done, waitSeconds}, one tick; {batchId, nextNumber} -> {}, continue in the execution of this number.
"""

from math import ceil
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report

prepare("run_batch", "load_batch")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Load, tick or continue."""
    batch_id = event["batchId"]
    if "load" in event:
        return {"loaded": service().load_batch(batch_id)}
    if "nextNumber" in event:
        service().run_batch.go_on(batch_id, event["nextNumber"])
        return {}
    ticked = service().run_batch(batch_id)
    if ticked.done:
        report("batch_over", "none", batch_id=batch_id)
    return {"done": ticked.done, "waitSeconds": ceil(ticked.seconds)}
