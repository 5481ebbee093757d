"""Fetching a result: the data must match its receipt."""

import hashlib
from typing import Any

import pytest
import requests

from reconnect_client.api import Api
from reconnect_client.results import ResultProblem, fetch_result

DOCUMENT = b'{"Accounts": []}'
LINK = {"url": "https://results.test/x", "bytes": len(DOCUMENT), "sha256": hashlib.sha256(DOCUMENT).hexdigest()}


class AnApi(Api):
    """An API with one result."""

    def __init__(self) -> None:
        pass

    def read_result(self, session_id: str) -> dict[str, Any]:
        assert session_id == "a-session"
        return LINK


def fetch(monkeypatch: pytest.MonkeyPatch, content: bytes, status: int = 200) -> bytes:
    answer = requests.Response()
    answer.status_code, answer._content = status, content
    monkeypatch.setattr(requests, "get", lambda url, **_: answer if url == LINK["url"] else None)
    return fetch_result(AnApi(), "a-session")


def test_a_result_that_matches_its_receipt_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch(monkeypatch, DOCUMENT) == DOCUMENT


@pytest.mark.parametrize("content", [DOCUMENT[:-1], b"", DOCUMENT.replace(b"[]", b"{}")])
def test_a_truncated_or_changed_result_is_refused(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    with pytest.raises(ResultProblem, match="Fetch it again"):
        fetch(monkeypatch, content)


@pytest.mark.parametrize("status", [403, 404])
def test_deleted_data_is_reported_with_what_to_do(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with pytest.raises(ResultProblem, match="Open a new session"):
        fetch(monkeypatch, b"<Error/>", status=status)


def test_a_busy_store_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResultProblem, match="Fetch it again"):
        fetch(monkeypatch, b"<Error/>", status=503)


def test_a_store_that_does_not_answer_is_reported_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_url: str, **_: Any) -> requests.Response:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "get", silent)

    with pytest.raises(ResultProblem, match="Fetch it again"):
        fetch_result(AnApi(), "a-session")
