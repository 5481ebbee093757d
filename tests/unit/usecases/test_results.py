"""What a session read: stored under an unguessable name, and readable by link for five minutes."""

from datetime import timedelta
from secrets import token_hex

import pytest

from reconnect.model.errors import ResultExpired, ResultMissing, ResultNotStored, SessionNotFound
from reconnect.model.receipts import Receipt, ResultLink
from reconnect.model.session import Status
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.read_result import ReadResult
from tests.fakes.builders import DOCUMENT, LOGIN_ID, SESSION_ID, a_receipt, a_result, a_session
from tests.fakes.clock import NOW, Clock
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeSessions

MOMENT = timedelta(microseconds=1)
END = a_result().expires_at


@pytest.fixture
def results() -> FakeResults:
    return FakeResults()


@pytest.fixture
def keep(results: FakeResults, clock: Clock) -> KeepResult:
    return KeepResult(results=results, clock=clock, new_id=lambda: token_hex(16), retention=timedelta(days=30))


def read(sessions: FakeSessions, results: FakeResults, clock: Clock) -> ResultLink:
    return ReadResult(sessions=sessions, results=results, clock=clock)(SESSION_ID)


def test_a_result_is_described_so_that_it_can_be_checked(keep: KeepResult) -> None:
    kept = keep(SESSION_ID, DOCUMENT)

    assert kept == a_result(result_id=kept.result_id)


def test_two_readings_of_a_session_are_two_unguessable_results(keep: KeepResult) -> None:
    kept = {keep(SESSION_ID, DOCUMENT).result_id for _ in range(2)}

    assert len(kept) == 2
    assert all(len(bytes.fromhex(result_id)) * 8 == 128 for result_id in kept)


def test_a_document_that_is_not_stored_is_not_described(keep: KeepResult, results: FakeResults) -> None:
    results.is_down = True

    with pytest.raises(ResultNotStored):
        keep(SESSION_ID, DOCUMENT)


def test_a_link_leads_to_the_document_for_five_minutes(
    keep: KeepResult, sessions: FakeSessions, results: FakeResults, clock: Clock
) -> None:
    result = keep(SESSION_ID, DOCUMENT)
    sessions.with_session(a_session(Status.SUCCEEDED, receipt=a_receipt(result=result)))

    link = read(sessions, results, clock)

    assert results.open(link.url) == DOCUMENT
    assert link.url.endswith("lifetime=300")
    assert (link.expires_at, link.result) == (NOW + timedelta(minutes=5), result)
    assert LOGIN_ID not in link.url


@pytest.mark.parametrize("receipt", [None, Receipt(fresh=False, last_refresh=NOW)])
def test_a_session_that_has_read_nothing_has_no_result(
    sessions: FakeSessions, results: FakeResults, clock: Clock, receipt: Receipt | None
) -> None:
    sessions.with_session(a_session(Status.FETCHING, receipt=receipt))

    with pytest.raises(ResultMissing):
        read(sessions, results, clock)


def test_a_result_is_there_until_its_retention_has_passed(
    sessions: FakeSessions, results: FakeResults, clock: Clock
) -> None:
    sessions.with_session(a_session(Status.SUCCEEDED, receipt=a_receipt()))

    clock.now = END - MOMENT
    last = read(sessions, results, clock)
    clock.now = END
    with pytest.raises(ResultExpired):
        read(sessions, results, clock)

    assert last.expires_at == END, "a link does not outlive what it leads to"


def test_a_session_that_was_never_opened_has_no_result(
    sessions: FakeSessions, results: FakeResults, clock: Clock
) -> None:
    with pytest.raises(SessionNotFound):
        read(sessions, results, clock)
