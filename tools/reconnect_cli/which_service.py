"""Selects the service for a command: the one that RECONNECT_API_URL names, or the one that runs on this machine."""

import os
from urllib.parse import urlsplit

import boto3
import click
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from reconnect_cli import checkout, dev_files
from reconnect_cli.api import Api, is_loopback
from reconnect_cli.dev_files import DevService, running_here

_VARIABLE = "RECONNECT_API_URL"
_NONE_RUNS = f"No service is running here. Start one with `make dev`, or set {_VARIABLE} for one on AWS."
_NONE_IS_NAMED = f"No service is named. Set {_VARIABLE} to the stack's ApiUrl."


def find_api() -> Api:
    """Return the API to call; raise ClickException, saying what to do, if there is none or more than one."""
    url = os.environ.get(_VARIABLE, "").rstrip("/")
    here = running_here(dev_files.DEV_FILE) if checkout.is_here() else []
    if url:
        return next((_api_of(each) for each in here if each.api_url == url), None) or _api_on_aws(url)
    if len(here) > 1:
        choices = " or ".join(f"{_VARIABLE}={each.api_url}" for each in here)
        raise click.ClickException(f"{len(here)} services are running here. Select one and try again: {choices}")
    if not here:
        raise click.ClickException(_NONE_RUNS if checkout.is_here() else _NONE_IS_NAMED)
    return _api_of(here[0])


def _api_of(service: DevService) -> Api:
    return Api(service.api_url, Credentials(service.access_key_id, service.secret_access_key), service.region)


def _api_on_aws(url: str) -> Api:
    if not _is_address(url):
        raise click.ClickException(f"{_VARIABLE} is {url!r} and must be the stack's ApiUrl, like https://...")
    try:
        session = boto3.session.Session()
        credentials, region = session.get_credentials(), session.region_name
    except BotoCoreError as problem:
        raise click.ClickException(f"Your AWS credentials cannot be used: {problem}") from None
    if credentials is None or region is None:
        raise click.ClickException(f"{_VARIABLE} is set, but there are no AWS credentials or no region.")
    return Api(url, credentials, region)


def _is_address(url: str) -> bool:
    """Whether LoginIds and links to results can travel there: by TLS, unless it is this machine."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
        return is_safe and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
