"""Follows a batch to its end, through short outages."""

import json
import time
from collections.abc import Callable
from datetime import datetime

import click

from reconnect_cli.batches.view_display import Changes
from reconnect_cli.calling import call
from reconnect_cli.failing import INTERRUPTED, MISSES_DEADLINE, STOPPED, Failed
from reconnect_client import ApiProblem, NoAnswer
from reconnect_client.client import Client
from reconnect_client.types import Batch

# Longer than any batch, whose deadline is within a week.
_PATIENCE_SECONDS = 8 * 86_400.0
_MOST_FAILURES = 20
_PAUSE_SECONDS = 15.0


def watch_batch(client: Client, batch_id: str, *, is_json: bool, pause: Callable[[float], None] = time.sleep) -> Batch:
    """Print what changes until the batch has ended; return its last view. Raises Failed, also for Ctrl-C."""
    changes, failures, seen = Changes(), 0, ""

    def progress(batch: Batch) -> None:
        nonlocal failures, seen
        failures = 0
        if not is_json:
            for line in changes.since_last(batch):
                click.echo(line)
        elif (written := json.dumps(batch, ensure_ascii=False)) != seen:
            seen = written
            click.echo(written)

    def watched() -> Batch:
        nonlocal failures
        while True:
            try:
                return client.wait_for_batch(batch_id, patience=_PATIENCE_SECONDS, progress=progress)
            except (ApiProblem, NoAnswer) as trouble:
                failures += 1
                is_passing = isinstance(trouble, NoAnswer) or trouble.is_temporary
                if not is_passing or not changes.has_seen(batch_id) or failures > _MOST_FAILURES:
                    raise
                click.echo(f"no answer right now; trying again: {trouble}", err=True)
                pause(_PAUSE_SECONDS)

    try:
        return call(watched)
    except KeyboardInterrupt:
        raise Failed(f"The batch goes on. Watch it again with: reconnect batch watch {batch_id}", INTERRUPTED) from None


def exit_code_of(batch: Batch) -> int:
    """0 if all logins of an ended batch had their turn, and were done by the deadline."""
    if batch["status"] != "FINISHED":
        return STOPPED
    ended_at = datetime.fromisoformat(batch["endsAt"] or batch["deadline"])
    is_kept = not batch["totals"]["notStarted"] and ended_at <= datetime.fromisoformat(batch["deadline"])
    return 0 if is_kept else MISSES_DEADLINE
