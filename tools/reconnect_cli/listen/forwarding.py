"""Posts events to an address that the caller chose."""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

_TIMEOUT_SECONDS = 10


def may_receive(url: str) -> bool:
    """Tell whether events may be posted there: over https, or to this machine. An event holds a user's link."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host or "")))


def forward(url: str, event: dict[str, Any]) -> str | None:
    """Post an event as JSON, and return why it was not accepted, without the address; None if it was.

    A redirect is not followed: it could lead to an address that may not receive events.
    """
    try:
        answer = requests.post(url, json=event, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as trouble:
        return type(trouble).__name__
    return None if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES else f"HTTP {answer.status_code}"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
