"""Fetches a session's result: the link from the API, the document from S3, and a check against the receipt."""

import hashlib
from http import HTTPStatus
from typing import Any

import requests

from reconnect_client.api import Api

_TIMEOUT_SECONDS = 60


class ResultProblem(Exception):
    """A result that could not be fetched or does not match its receipt."""


def fetch_result(api: Api, session_id: str) -> bytes:
    """Return the document as Flinks sent it; raise the API's errors, or ResultProblem."""
    link = api.read_result(session_id)
    try:
        answer = requests.get(link["url"], timeout=_TIMEOUT_SECONDS)
    except requests.RequestException:
        raise ResultProblem("S3 did not return the result. Fetch it again.") from None
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ResultProblem(f"S3 is busy ({answer.status_code}). Fetch it again.")
    if not answer.ok:
        # The link is new, so the object is missing: S3 answers 403 or 404, depending on the signer's permissions.
        raise ResultProblem(f"The data of this session was deleted (S3: {answer.status_code}). Open a new session.")
    _check(answer.content, link)
    return answer.content


def _check(document: bytes, link: dict[str, Any]) -> None:
    if len(document) != link["bytes"]:
        raise ResultProblem(f"The result has {len(document)} bytes instead of {link['bytes']}. Fetch it again.")
    if hashlib.sha256(document).hexdigest() != link["sha256"]:
        raise ResultProblem("The result's checksum does not match its receipt. Fetch it again.")
