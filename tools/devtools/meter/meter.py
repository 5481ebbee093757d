"""Reads the engine's ledger, logs and histories as AWS's billing would."""

import math
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from devtools.engine import LocalEngine, Stack
from devtools.meter.dynamodb import units_of
from devtools.meter.invocations import read_log
from devtools.meter.transitions import count_transitions
from devtools.meter.usage import Usage

# Published task tokens of AWS have 684 and 728 characters, growing with the execution's name; the local engine's
# have 36.
AWS_TASK_TOKEN_BYTES = 730

# The sizes for which AWS bills one request or one event.
_HTTP_API_BYTES = 512 * 1024
_EVENT_BYTES = 64 * 1024
_GATHERED = "HEALTH#"
# The state machines of sessions and of batches.
_MACHINES = ("Workflow", "BatchWorkflow")
_S3_WRITES = ("PUT", "POST")
_S3_READS = ("GET", "HEAD")


class Meter:
    """The usage of one stack on an engine that was started with a ledger.

    `token_bytes`: the assumed length of a task token; None for the engine's own.
    """

    def __init__(self, engine: LocalEngine, stack: Stack, *, token_bytes: int | None = AWS_TASK_TOKEN_BYTES) -> None:
        self._engine, self._stack, self._token_bytes = engine, stack, token_bytes

    def read(self) -> Usage:
        """Return the usage since the engine was started; subtract an earlier reading for the usage since then."""
        usage = Usage(transitions=sum(self._transitions()))
        for function in self._functions():
            log = read_log(self._engine.function_logs(self._stack, function))
            usage += Usage(invocations=log.count, gb_seconds=log.gb_seconds, log_bytes=log.log_bytes)
        for entry in self._engine.ledger():
            usage += usage_of(entry, token_bytes=self._token_bytes)
        return usage

    def _transitions(self) -> Iterable[int]:
        client = self._engine.client("stepfunctions")
        machines = [self._stack.resources[name] for name in _MACHINES]
        lists = [client.get_paginator("list_executions").paginate(stateMachineArn=machine) for machine in machines]
        for page in chain.from_iterable(lists):
            for execution in page["executions"]:
                pages = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
                yield count_transitions(event for page in pages for event in page["events"])

    def _functions(self) -> list[str]:
        known = self._engine.client("lambda").list_functions()["Functions"]
        names = {function["FunctionName"] for function in known}
        return [logical_id for logical_id, physical_id in self._stack.resources.items() if physical_id in names]


def usage_of(entry: Mapping[str, Any], *, token_bytes: int | None = None) -> Usage:
    """Return the usage of one request in the ledger."""
    sizes = entry.get("sizes", ())
    match entry["service"]:
        case "dynamodb":
            units = units_of(entry, token_bytes=token_bytes)
            if _is_gathered(entry):
                return Usage(gathered_units=units.write + units.index, read_units=units.read)
            return Usage(write_units=units.write, index_units=units.index, read_units=units.read)
        case "execute-api":
            return Usage(http_requests=_parts(sizes, _HTTP_API_BYTES))
        case "events":
            return Usage(events=_parts(sizes, _EVENT_BYTES))
        case "secretsmanager":
            return Usage(secret_reads=1)
        case "s3":
            return Usage(s3_puts=entry["action"] in _S3_WRITES, s3_gets=entry["action"] in _S3_READS)
    raise ValueError(f"no billing rule for {entry['service']}")


def _is_gathered(entry: Mapping[str, Any]) -> bool:
    """Whether a request writes the counters of endings, which the template gathers (MaximumBatchingWindowInSeconds)."""
    written = [touched["asked"] or touched["new"] or {} for touched in entry.get("touched", ())]
    return any(item.get("pk", {}).get("S", "").startswith(_GATHERED) for item in written)


def _parts(sizes: Iterable[int], part: int) -> int:
    return sum(max(1, math.ceil(size / part)) for size in sizes)
