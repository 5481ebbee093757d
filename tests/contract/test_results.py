"""The contract of every store of results: documents are read back to the byte, by an address that expires."""

import json
from datetime import timedelta

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconnect.ports import Results
from tests.contract.conftest import Fetch
from tests.fakes.builders import DOCUMENT, RESULT_ID, SESSION_ID
from tests.fakes.results import FakeResults

FIVE_MINUTES = timedelta(minutes=5)
BIG = json.dumps({"Accounts": [{"Id": str(number)} for number in range(400_000)]}).encode()


def test_a_document_is_read_back_to_the_byte(results: Results, fetch: Fetch) -> None:
    results.keep(SESSION_ID, RESULT_ID, DOCUMENT)

    assert fetch(results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES)) == DOCUMENT


def test_a_document_of_more_than_six_megabytes_is_read_back_whole(results: Results, fetch: Fetch) -> None:
    assert len(BIG) > 6_000_000
    results.keep(SESSION_ID, RESULT_ID, BIG)

    assert fetch(results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES)) == BIG


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.binary())
def test_any_bytes_are_read_back_unchanged(results: Results, fetch: Fetch, document: bytes) -> None:
    results.keep(SESSION_ID, RESULT_ID, document)

    assert fetch(results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES)) == document


def test_results_are_stored_separately_within_and_across_sessions(results: Results, fetch: Fetch) -> None:
    places = [("one", RESULT_ID), ("one", "b" * 32), ("two", RESULT_ID)]
    for number, place in enumerate(places):
        results.keep(*place, document=b"%d" % number)

    assert [fetch(results.address(*place, FIVE_MINUTES)) for place in places] == [b"0", b"1", b"2"]


def test_erasing_a_session_deletes_its_documents_and_no_others(results: Results, fetch: Fetch) -> None:
    for place in [("one", RESULT_ID), ("one", "b" * 32), ("one-more", RESULT_ID)]:
        results.keep(*place, document=DOCUMENT)

    assert [results.erase("one"), results.erase("one")] == [2, 0]
    assert is_deleted(results, "one", RESULT_ID)
    assert fetch(results.address("one-more", RESULT_ID, FIVE_MINUTES)) == DOCUMENT


def test_discarding_deletes_one_document_and_may_be_repeated(results: Results, fetch: Fetch) -> None:
    results.keep(SESSION_ID, RESULT_ID, DOCUMENT)
    results.keep(SESSION_ID, "b" * 32, DOCUMENT)

    for _ in range(2):
        results.discard(SESSION_ID, RESULT_ID)

    assert is_deleted(results, SESSION_ID, RESULT_ID)
    assert fetch(results.address(SESSION_ID, "b" * 32, FIVE_MINUTES)) == DOCUMENT


def is_deleted(results: Results, session_id: str, result_id: str) -> bool:
    if isinstance(results, FakeResults):
        return (session_id, result_id) not in results.documents
    return requests.get(results.address(session_id, result_id, FIVE_MINUTES), timeout=30).status_code == 404


def test_an_address_states_its_lifetime(results: Results) -> None:
    address = results.address(SESSION_ID, RESULT_ID, timedelta(seconds=77))

    assert "=77" in address


@pytest.mark.parametrize("results", ["s3"], indirect=True)
def test_a_changed_address_is_refused(results: Results) -> None:
    results.keep(SESSION_ID, RESULT_ID, DOCUMENT)
    results.keep(SESSION_ID, "b" * 32, DOCUMENT)

    address = results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES).replace(RESULT_ID, "b" * 32)

    assert requests.get(address, timeout=30).status_code == 403
