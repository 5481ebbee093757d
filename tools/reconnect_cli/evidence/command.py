"""The command `reconnect evidence`."""

from pathlib import Path

import click

from reconnect.model.hash_chain import Changed, check, to_file
from reconnect_cli.calling import call, session_argument
from reconnect_cli.evidence.page import page_of
from reconnect_cli.failing import CHANGED, Failed
from reconnect_cli.which_service import find_api

_file = click.Path(dir_okay=False, path_type=Path)


class _SessionOrCommand(click.Group):
    """`reconnect evidence SESSION` exports; the other commands have names, which no session id is."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no command's name as the argument of `export`."""
        is_named = args[0] in self.commands
        return super().resolve_command(ctx, args if is_named else ["export", *args])


@click.group(cls=_SessionOrCommand, options_metavar="", subcommand_metavar="SESSION_ID | verify FILE")
def evidence() -> None:
    """Export what is recorded of a session, or verify such a file.

    `reconnect evidence SESSION_ID` is short for `reconnect evidence export SESSION_ID`.
    """


@evidence.command()
@session_argument
@click.option("--to", "file", type=_file, help="The file; evidence-SESSION_ID.json by default.")
@click.option("--page", type=_file, help="Also write a page to print, which needs nothing else.")
def export(session_id: str, file: Path | None, page: Path | None) -> None:
    """Write the timeline, requests, events and receipt of SESSION_ID to a file.

    Keep the digest that is printed where others can see that it is unchanged: a new chain fits any content.
    """
    document = call(lambda: find_api().read_evidence(session_id))
    write(file or Path(f"evidence-{session_id}.json"), to_file(document))
    if page:
        write(page, page_of(document).encode())
    click.echo(f"sha256 {document['sha256']}")


@evidence.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--expect", metavar="SHA256", help="The digest as it was noted elsewhere when the file was made.")
def verify(file: Path, expect: str | None) -> None:
    """Check that no byte of FILE has changed: evidence, or the receipt of an erasure. Exits 7 if one has."""
    try:
        document = check(file.read_bytes())
    except Changed as fault:
        raise Failed(f"{file} was changed: {fault}.", CHANGED) from None
    if expect is not None and expect.lower() != document["sha256"]:
        raise Failed(f"{file} is whole, but it is another document: its digest is {document['sha256']}.", CHANGED)
    click.echo(f"unchanged: {len(document['entries'])} entries, sha256 {document['sha256']}")


def write(path: Path, content: bytes) -> None:
    """Write a file and print its name; raise Failed if it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as refused:
        raise Failed(f"Cannot write {path}: {refused.strerror}.") from None
    click.echo(path)
