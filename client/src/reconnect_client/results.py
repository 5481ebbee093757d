"""Fetches what links of the API lead to: a session's result, checked against its receipt, and a batch's report."""

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
    document = _fetch(link["url"], "The data of this session was deleted (S3: {}). Open a new session.")
    _check(document, link)
    return document


def fetch_report(api: Api, batch_id: str, report_format: str) -> bytes:
    """Return a batch's report in one of its forms; raise the API's errors, or ResultProblem."""
    url = api.read_batch_report(batch_id, report_format)["url"]
    return _fetch(url, "The report of this batch was deleted (S3: {}). GET /batches/{{batchId}} still has its totals.")


def _fetch(url: str, if_missing: str) -> bytes:
    """Return an object; raise ResultProblem, with a sentence for one that is missing."""
    try:
        answer = requests.get(url, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException:
        raise ResultProblem("S3 did not return the object. Fetch it again.") from None
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ResultProblem(f"S3 is busy ({answer.status_code}). Fetch it again.")
    if not answer.ok:
        # The link is new, so the object is missing: S3 answers 403 or 404, depending on the signer's permissions.
        raise ResultProblem(if_missing.format(answer.status_code))
    return answer.content


def _check(document: bytes, link: dict[str, Any]) -> None:
    if len(document) != link["bytes"]:
        raise ResultProblem(f"The result has {len(document)} bytes instead of {link['bytes']}. Fetch it again.")
    if hashlib.sha256(document).hexdigest() != link["sha256"]:
        raise ResultProblem("The result's checksum does not match its receipt. Fetch it again.")
