"""A Flinks that is not the simulator: its parameters, and whether the functions on this machine reach it."""

import os

import click
import requests

from reconnect_cli.preflight.connect import instance_of, origins

_TIMEOUT_SECONDS = 10


def before_flinks(flinks_url: str) -> dict[str, str]:
    """The parameters that follow from the origin of its API, and the customer id of the environment."""
    [connect_url] = origins(flinks_url, None)
    customer_id = os.environ.get("FLINKS_CUSTOMER_ID")
    return {
        "FlinksApiBaseUrl": flinks_url,
        "FlinksConnectBaseUrl": connect_url,
        # Only the sandbox needs it.
        "FlinksConnectDemo": "true" if instance_of(flinks_url) in {None, "toolbox"} else "false",
        **({"FlinksCustomerId": customer_id} if customer_id else {}),
    }


def check_reachable(flinks_url: str) -> None:
    """Ask it for its front page, as a function would: without a proxy of the environment. Any answer will do."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            session.get(flinks_url, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True).close()
        except requests.RequestException as failure:
            raise click.ClickException(
                f"Flinks cannot be reached at {flinks_url} ({type(failure).__name__}). The functions on this machine "
                "use no proxy: run where it can be reached directly, or give the address of your own proxy."
            ) from None
