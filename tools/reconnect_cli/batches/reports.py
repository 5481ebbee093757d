"""A batch's report, as the service keeps it, into a file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import click

from reconnect_cli.failing import Failed

Format = Literal["jsonl", "csv", "parquet"]
FORMATS = get_args(Format)


def write_report(document: bytes, path: Path | None) -> None:
    """Write a report to a file, which it replaces as a whole, or to standard output. Raises Failed."""
    if path is None:
        click.echo(document, nl=False)
        return
    try:
        with TemporaryDirectory(prefix=".", dir=path.parent) as beside:
            whole = Path(beside) / path.name
            whole.write_bytes(document)
            whole.replace(path)
    except OSError as refused:
        raise Failed(f"Cannot write {path}: {refused.strerror}. Choose another file with -o.") from None
