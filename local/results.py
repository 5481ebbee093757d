"""Fetching what a session read: the link from the API, the document from S3, and the proof that it arrived whole."""

import hashlib
from typing import Any

import requests

from local.api import Api

_TIMEOUT_SECONDS = 60


class ResultProblem(Exception):
    """A result that could not be fetched, or that is not what its receipt describes."""


def fetch_result(api: Api, session_id: str) -> bytes:
    """The document as Flinks sent it; raise ApiProblem or ResultProblem."""
    link = api.read_result(session_id)
    answer = requests.get(link["url"], timeout=_TIMEOUT_SECONDS)
    if not answer.ok:
        raise ResultProblem(f"The result's link is answered with {answer.status_code}. Ask for a new one.")
    _check(answer.content, link)
    return answer.content


def _check(document: bytes, link: dict[str, Any]) -> None:
    if len(document) != link["bytes"]:
        raise ResultProblem(f"The result has {len(document)} bytes and not {link['bytes']}. Fetch it again.")
    if hashlib.sha256(document).hexdigest() != link["sha256"]:
        raise ResultProblem("The result's checksum is not that of its receipt. Fetch it again.")
