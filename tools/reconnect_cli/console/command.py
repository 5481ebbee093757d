"""The command `reconnect console`."""

import webbrowser
from contextlib import ExitStack, suppress
from threading import Event

import click

from reconnect_cli.failing import Failed
from reconnect_cli.which_service import find_api


@click.command()
@click.option("--allow-actions", "allows_actions", is_flag=True, help="Let the page remind, extend and cancel too.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; a free one by default.")
@click.option("--open/--no-open", "opens", default=True, help="Whether to open the page in your browser.")
def console(allows_actions: bool, port: int, opens: bool) -> None:
    """Show a page to find logins and sessions on this machine, until Ctrl-C.

    It calls the service with your AWS credentials, and only reads unless --allow-actions is given. Its address works
    once, in one browser; nobody else on the network can open it.
    """
    from reconnect_cli.console.server import serving  # noqa: PLC0415 - the other commands do not need it

    api = find_api()
    with suppress(KeyboardInterrupt), ExitStack() as running:
        try:
            server = running.enter_context(serving(api, port, allows_actions=allows_actions))
        except OSError as refused:
            raise Failed(f"Port {port} cannot be used: {refused.strerror}. Choose another one with --port.") from None
        click.echo(f"Console of {api.url}, which {'reads and changes' if allows_actions else 'only reads'}.")
        click.echo(f"{server.address}\nThis address works once. Ctrl-C stops.")
        if opens and not webbrowser.open(server.address):
            click.echo("No browser could be started; open the address yourself.", err=True)
        Event().wait()
