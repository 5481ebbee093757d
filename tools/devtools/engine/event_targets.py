"""Lets EventBridge invoke functions as on AWS: asynchronously, a rule with a permission and a dead-letter queue, a
schedule as its role.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from devtools.engine import private_names, task_clients
from devtools.engine.replacing import set_attribute

Target = dict[str, Any]

# What a schedule's input may contain, of the context attributes of EventBridge Scheduler.
_RUN = "<aws.scheduler.execution-id>"
# The target being invoked, and the rule or schedule that it belongs to.
_invoking: ContextVar[tuple[Target, str]] = ContextVar("invoking")
_log = logging.getLogger(__name__)


def install() -> None:
    """Use the engine's asynchronous Invoke; by default a rule runs any function once and drops a failure."""
    region_of_request = private_names.REQUEST_REGION.load()
    invoke_target = private_names.EVENT_TO_TARGET.load()

    def invoke_for_rule(target: Target, event: Any, rule: dict[str, Any], *more: Any) -> None:
        _invoking.set((target, rule["Arn"]))
        invoke_target(target, event, rule, *more)

    def dispatch_to_lambda(arn: str, payload: Any) -> None:
        target, rule = _invoking.get()
        event = payload if isinstance(payload, str) else json.dumps(payload)
        # In a thread: this runs on the event loop, which must stay free to serve our call.
        threading.Thread(
            target=_deliver, args=(region_of_request(), arn, event, rule, target), name="event", daemon=True
        ).start()

    set_attribute(private_names.EVENT_TO_TARGET, invoke_for_rule)
    set_attribute(private_names.EVENT_TO_LAMBDA, dispatch_to_lambda)


def _deliver(region: str, function: str, event: str, rule: str, target: Target) -> None:
    if role_arn := target.get("RoleArn"):
        functions = task_clients.client_as(region, "lambda", role_arn)
        functions.invoke(FunctionName=function, InvocationType="Event", Payload=event.replace(_RUN, str(uuid4())))
        return
    functions = task_clients.client_for(region, "lambda")
    if rule in _permitted(functions, function):
        functions.invoke(FunctionName=function, InvocationType="Event", Payload=event)
        return
    _log.warning("%s has no permission to invoke %s", rule, function)
    if queue := target.get("DeadLetterConfig", {}).get("Arn"):
        queues = task_clients.client_for(region, "sqs")
        url = queues.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        code = {"DataType": "String", "StringValue": "NO_PERMISSIONS"}
        queues.send_message(QueueUrl=url, MessageBody=event, MessageAttributes={"ERROR_CODE": code})


def _permitted(functions: Any, function: str) -> Iterator[str]:
    """Yield the rules that may invoke this function, or this alias; a permission for one is none for the other."""
    try:
        policy = json.loads(functions.get_policy(FunctionName=function)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        return
    for statement in policy["Statement"]:
        if statement["Principal"] == {"Service": "events.amazonaws.com"} and statement["Resource"] == function:
            yield statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "")
