"""What every store of results does: what was kept comes back to the byte, under an address that ends."""

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
def test_whatever_bytes_are_kept_the_same_bytes_come_back(results: Results, fetch: Fetch, document: bytes) -> None:
    results.keep(SESSION_ID, RESULT_ID, document)

    assert fetch(results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES)) == document


def test_the_results_of_one_session_lie_apart_and_those_of_two_as_well(results: Results, fetch: Fetch) -> None:
    places = [("one", RESULT_ID), ("one", "b" * 32), ("two", RESULT_ID)]
    for number, place in enumerate(places):
        results.keep(*place, document=b"%d" % number)

    assert [fetch(results.address(*place, FIVE_MINUTES)) for place in places] == [b"0", b"1", b"2"]


def test_an_erased_session_has_no_document_left_and_others_keep_theirs(results: Results, fetch: Fetch) -> None:
    for place in [("one", RESULT_ID), ("one", "b" * 32), ("one-more", RESULT_ID)]:
        results.keep(*place, document=DOCUMENT)

    assert [results.erase("one"), results.erase("one")] == [2, 0]
    assert is_gone(results, "one", RESULT_ID)
    assert fetch(results.address("one-more", RESULT_ID, FIVE_MINUTES)) == DOCUMENT


def test_a_document_is_discarded_alone_and_twice_is_harmless(results: Results, fetch: Fetch) -> None:
    results.keep(SESSION_ID, RESULT_ID, DOCUMENT)
    results.keep(SESSION_ID, "b" * 32, DOCUMENT)

    for _ in range(2):
        results.discard(SESSION_ID, RESULT_ID)

    assert is_gone(results, SESSION_ID, RESULT_ID)
    assert fetch(results.address(SESSION_ID, "b" * 32, FIVE_MINUTES)) == DOCUMENT


def is_gone(results: Results, session_id: str, result_id: str) -> bool:
    if isinstance(results, FakeResults):
        return (session_id, result_id) not in results.documents
    return requests.get(results.address(session_id, result_id, FIVE_MINUTES), timeout=30).status_code == 404


def test_an_address_names_the_time_it_lives_for(results: Results) -> None:
    address = results.address(SESSION_ID, RESULT_ID, timedelta(seconds=77))

    assert "=77" in address


@pytest.mark.parametrize("results", ["s3"], indirect=True)
def test_an_address_that_was_changed_opens_nothing(results: Results) -> None:
    results.keep(SESSION_ID, RESULT_ID, DOCUMENT)
    results.keep(SESSION_ID, "b" * 32, DOCUMENT)

    address = results.address(SESSION_ID, RESULT_ID, FIVE_MINUTES).replace(RESULT_ID, "b" * 32)

    assert requests.get(address, timeout=30).status_code == 403
