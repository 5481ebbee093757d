"""`reconnect screenshots`: what the hosted page looks like, without a session or a bank."""

from pathlib import Path

import click

from local.service import PROJECT


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=PROJECT / "docs" / "screens")
def screenshots(folder: Path) -> None:
    """Pictures of every screen of the hosted page, in both languages, as wide as a phone; into docs/screens.

    Needs a Chromium on this machine.
    """
    # The other commands need no browser, and should not wait for its library.
    from local.chromium import NO_BROWSER, find_chromium, headless  # noqa: PLC0415
    from local.screens import gallery, photograph  # noqa: PLC0415

    executable = find_chromium()
    if executable is None:
        raise click.ClickException(NO_BROWSER)
    with gallery() as address, headless(executable) as browser:
        for picture in photograph(browser, address, folder):
            click.echo(picture)
