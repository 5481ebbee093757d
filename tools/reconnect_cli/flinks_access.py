"""Which Flinks a command of this machine calls, and with which keys; keys never come from arguments."""

import json
import os
import re
import sys
from typing import IO
from urllib.parse import urlsplit

import click

from reconnect.model.errors import SecretsUnavailable
from reconnect.model.flinks_secret import FlinksSecret, read_flinks_secret
from reconnect_client.api import is_loopback

SECRET_KEY, X_API_KEY, WEBHOOK_SECRET = "FLINKS_SECRET_KEY", "FLINKS_X_API_KEY", "FLINKS_WEBHOOK_SECRET"
HOW_TO_GIVE_KEYS = f"Set {SECRET_KEY} (and {X_API_KEY}), or give --secret-file; - reads it from standard input."
_INSTANCE = re.compile("[a-z0-9-]{1,40}")
_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class WrongInput(click.ClickException):
    """Something that was given cannot be used; the message names it."""

    exit_code = 2


def read_keys(file: IO[str] | None) -> FlinksSecret:
    """Read the keys from a file with the secret's JSON, from the environment, or from the terminal."""
    given = {name: os.environ.get(name) for name in (SECRET_KEY, X_API_KEY, WEBHOOK_SECRET)}
    try:
        if file is not None:
            keys = read_flinks_secret(_text_of(file))
            # Flinks issues it separately, and it may be kept apart.
            return FlinksSecret(keys.secret_key, keys.x_api_key, keys.webhook_secret or given[WEBHOOK_SECRET])
        if given[SECRET_KEY] is None and sys.stdin.isatty():
            given[SECRET_KEY] = click.prompt("Flinks secret key", hide_input=True)
            given[X_API_KEY] = click.prompt("x-api-key, if there is one", hide_input=True, default="")
        if given[SECRET_KEY] is None:
            raise WrongInput(f"There is no Flinks secret key. {HOW_TO_GIVE_KEYS}")
        names = {"secretKey": SECRET_KEY, "xApiKey": X_API_KEY, "webhookSecret": WEBHOOK_SECRET}
        return read_flinks_secret(json.dumps({name: given[variable] for name, variable in names.items()}))
    except SecretsUnavailable as fault:
        raise WrongInput(f"The keys cannot be used: {fault}.") from None


def check_instance(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Accept the first part of a host name: keys are sent to that host."""
    if not _INSTANCE.fullmatch(value):
        raise click.BadParameter("must be lower-case letters, digits and hyphens, as in INSTANCE-api.private.fin.ag.")
    return value


def check_customer_id(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Accept a GUID."""
    if value is not None and not _GUID.fullmatch(value):
        raise click.BadParameter("must be a GUID such as 01234567-89ab-cdef-0123-456789abcdef.")
    return value


def check_origin(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Accept an origin, https unless it is this machine: keys are sent there."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_origin = bool(parts.hostname) and parts.port != 0 and parts.path in {"", "/"} and not parts.query
    except ValueError:
        is_origin = False
    if not is_origin or parts.scheme not in {"http", "https"} or parts.username:
        raise click.BadParameter("must be an origin such as https://toolbox-api.private.fin.ag.")
    if parts.scheme == "http" and not is_loopback(value):
        raise click.BadParameter("must be https: keys are sent there. Only this machine may be http.")
    return value.rstrip("/")


def _text_of(file: IO[str]) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise WrongInput("The keys cannot be used: the file is not UTF-8 text.") from None
