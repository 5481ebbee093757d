"""Selects the service for a command: the one that RECONNECT_API_URL names, or one that runs on this machine.

Of several here RECONNECT_STACK selects one by its name.
"""

import os

from botocore.credentials import Credentials

from reconnect_cli import checkout, dev_files
from reconnect_cli.dev_files import DevService, running_here
from reconnect_cli.failing import Failed
from reconnect_client.api import ADDRESS_VARIABLE as _VARIABLE
from reconnect_client.api import Api, Misconfigured

STACK_VARIABLE = "RECONNECT_STACK"

_NONE_RUNS = f"No service is running here. Start one with `make dev`, or set {_VARIABLE} for one on AWS."
_NONE_IS_NAMED = f"No service is named. Set {_VARIABLE} to the stack's ApiUrl."


def find_api() -> Api:
    """Return the API to call; raise Failed, saying what to do, if there is none or more than one."""
    here = find_here()
    return _api_of(here) if here else _api_on_aws(_named())


def find_here() -> DevService | None:
    """Return the service on this machine to use, or None if RECONNECT_API_URL names one elsewhere; raise as above."""
    url = _named()
    here = running_here(dev_files.DEV_FILE) if checkout.is_here() else []
    if url:
        return next((each for each in here if each.api_url == url), None)
    if not here:
        raise Failed(_NONE_RUNS if checkout.is_here() else _NONE_IS_NAMED)
    wanted = os.environ.get(STACK_VARIABLE)
    found = [each for each in here if not wanted or each.name == wanted]
    if len(found) == 1:
        return found[0]
    choices = " or ".join(sorted(map(_choice, here)))
    if not found:
        raise Failed(f"No service named {wanted} is running here. Select one and try again: {choices}")
    raise Failed(f"{len(found)} services are running here. Select one and try again: {choices}")


def _choice(service: DevService) -> str:
    return f"{STACK_VARIABLE}={service.name}" if service.name else f"{_VARIABLE}={service.api_url}"


def _named() -> str:
    return os.environ.get(_VARIABLE, "").rstrip("/")


def _api_of(service: DevService) -> Api:
    return Api(service.api_url, Credentials(service.access_key_id, service.secret_access_key), service.region)


def _api_on_aws(url: str) -> Api:
    try:
        return Api.from_environment(url)
    except Misconfigured as problem:
        raise Failed(str(problem)) from None
