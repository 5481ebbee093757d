"""Sends the logins of a file as a batch, so that the same command goes on where it was interrupted."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import click

from reconnect_cli.batches.files import Item
from reconnect_cli.batches.wanted import Wanted
from reconnect_cli.calling import call
from reconnect_cli.failing import INTERRUPTED, Failed, failed
from reconnect_client import ApiProblem
from reconnect_client.client import Client
from reconnect_client.types import Batch

_OTHER_SETTINGS = (
    "This file already runs as a batch until this deadline, with other settings. Nothing was started. Give another "
    "--label for another batch; `reconnect batch cap` changes the cap of the one that runs."
)
_NOT_WHOLE = "The list is not complete, so nothing has begun. Give the same command again to go on."


def send(client: Client, wanted: Wanted, label: str | None, *, is_json: bool) -> Batch:
    """Open the batch, or go on with it; print how far it is. Raises Failed."""
    items = list(wanted.logins.items.values())
    settings: Any = {**wanted.settings, **({"label": label} if label else {})}
    if not wanted.is_now:
        # A start of now would be another one in the repeat of an interrupted command.
        settings["startAt"] = wanted.window.start_at.isoformat()

    def progress(sent: int, batch: Batch) -> None:
        if is_json:
            return
        if sent == len(items) or sent % 10_000 == 0:
            click.echo(f"batch {batch['batchId']}: {sent:,} of {len(items):,} logins sent")

    key = key_of(items, wanted.settings["deadline"], label)
    try:
        batch = call(lambda: _run(client, items, key, progress, settings))
    except KeyboardInterrupt:
        raise Failed(_NOT_WHOLE, INTERRUPTED) from None
    if is_json:
        click.echo(json.dumps(batch, ensure_ascii=False))
    return batch


def key_of(items: Sequence[Item], deadline: str, label: str | None) -> str:
    """The key under which a file, a deadline and a label are one batch; the LoginIds cannot be read from it."""
    written = json.dumps([items, deadline, label], sort_keys=True, ensure_ascii=False)
    return f"cli-{hashlib.sha256(written.encode()).hexdigest()}"


def _run(client: Client, items: Any, key: str, progress: Any, settings: Any) -> Batch:
    try:
        return client.run_batch(items, idempotency_key=key, progress=progress, **settings)
    except ApiProblem as problem:
        if problem.code == "idempotency_key_reused":
            raise failed(problem, _OTHER_SETTINGS) from None
        raise
