"""Lets EventBridge rules invoke functions as on AWS: asynchronously, with retries and a dead-letter queue."""

import json
import threading
from typing import Any

from devtools.engine import private_names, task_clients
from devtools.engine.replacing import set_attribute


def install() -> None:
    """Use the engine's asynchronous Invoke; by default a rule runs the function once and drops a failure."""
    region_of_request = private_names.REQUEST_REGION.load()

    def dispatch_to_lambda(arn: str, payload: Any) -> None:
        region = region_of_request()
        # In a thread: this runs on the event loop, which must stay free to serve our call.
        threading.Thread(target=_invoke, args=(region, arn, payload), daemon=True).start()

    set_attribute(private_names.EVENT_TO_LAMBDA, dispatch_to_lambda)


def _invoke(region: str, arn: str, payload: Any) -> None:
    event = payload if isinstance(payload, str) else json.dumps(payload)
    task_clients.client_for(region, "lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=event)
