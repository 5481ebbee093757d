"""A read that proves the data ends the session in the same write; a read after the end corrects it."""

from datetime import timedelta

import pytest

from reconnect.model.errors import FlinksUnavailable, SessionChanged, SessionEnded
from reconnect.model.observations import Observation
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Receipt
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Fetched
from tests.fakes.builders import (
    A_FAILURE,
    DATA_REQUEST_ID,
    LOGIN_ID,
    SESSION_ID,
    a_data_reply,
    a_refreshed_reply,
    a_reply,
    a_session,
    causes,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeSessions
from tests.unit.world import World

NOT_YET = a_reply(202, "OPERATION_PENDING")
ACCOUNTS, NO_ACCOUNTS = a_data_reply(), a_reply(200, accounts=(), document=b"{}")
# A late answer can correct these endings; no read can correct the others.
CORRECTABLE = [Status.STALE, Status.EXPIRED, Status.FAILED]
correctable = pytest.mark.parametrize("status", CORRECTABLE)


@pytest.fixture
def world(world: World) -> World:
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply())
    return world


def data_calls(world: World) -> list[str]:
    """The calls for the data; once it is read, one more call checks whether the attempt is over."""
    return [call for call in world.flinks.calls if call != "read_authorize"]


def leads_to_its_data(world: World) -> bool:
    """Whether exactly the document of the session's fresh receipt is stored."""
    receipt = world.session.receipt
    assert receipt and receipt.fresh and receipt.result
    return list(world.results.documents) == [(SESSION_ID, receipt.result.result_id)]


def test_the_proof_the_receipt_and_the_end_are_one_write(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    world.service.fetch_accounts(SESSION_ID, 0)

    ended = world.sessions.saves[-1]
    assert (ended.status, ended.event_type) == (Status.SUCCEEDED, "SessionSucceeded")
    assert ended.receipt and (ended.receipt.fresh, ended.receipt.last_refresh) == (True, NOW)
    assert leads_to_its_data(world)
    assert [saved.status for saved in world.sessions.saves] == [Status.SUCCEEDED]
    assert causes(world.session)[-3:] == ["refreshed", "accounts_read", "ACCOUNTS_FRESH"]


def test_a_success_has_the_next_allowed_time(world: World) -> None:
    world.with_session(Status.AWAITING_USER, failures=2)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), read_authorize=a_reply(200))

    world.service.fetch_accounts(SESSION_ID, 0)

    assert (world.session.failures, world.session.next_allowed_at) == (0, NOW + timedelta(minutes=1))


def test_a_login_that_stays_without_accounts_ends_as_stale(world: World) -> None:
    world.with_session(Status.AWAITING_USER)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NO_ACCOUNTS)

    world.service.fetch_accounts(SESSION_ID, 0, (Observation(NOW, "NO_ACCOUNTS", 6),))

    session = world.session
    assert session.failure and (session.status, session.failure.code) == (Status.STALE, "NO_ACCOUNTS")
    assert world.sessions.event_types == ["SessionStale"]


def test_data_refreshed_elsewhere_ends_as_repaired(world: World) -> None:
    gone = a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone")
    world.sessions.with_session(gone)
    world.clock.now += timedelta(hours=3)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + timedelta(hours=2)))

    step = world.service.fetch_accounts(SESSION_ID, 0)

    assert (step.outcome, world.session.status) == (Fetched.FRESH, Status.REPAIRED)
    assert world.sessions.event_types == ["SessionRepaired"]


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED])
def test_after_a_certain_ending_nothing_is_read(world: World, status: Status) -> None:
    world.with_session(status)

    with pytest.raises(SessionEnded):
        world.service.fetch_accounts(SESSION_ID, 0)

    assert (world.flinks.calls, world.sessions.saves) == ([], [])


@correctable
def test_a_late_answer_publishes_a_correction_and_keeps_the_ending(world: World, status: Status) -> None:
    world.with_session(status)

    step = world.service.fetch_accounts(SESSION_ID, 0)

    session = world.session
    assert step.outcome == Fetched.FRESH
    assert (session.status, session.failure) == (status, A_FAILURE)
    assert leads_to_its_data(world)
    assert causes(session)[-1] == "corrected"
    assert (world.sessions.event_types, session.data_request_id) == (["SessionCorrected"], None)


def test_a_late_answer_is_published_once(world: World) -> None:
    world.with_session(Status.EXPIRED)
    world.service.fetch_accounts(SESSION_ID, 0)

    for _ in range(2):
        with pytest.raises(SessionEnded):
            world.service.fetch_accounts(SESSION_ID, 0)

    assert leads_to_its_data(world)
    assert world.sessions.event_types == ["SessionCorrected"]
    assert causes(world.session).count("corrected") == 1


def test_a_late_read_may_have_to_wait_for_its_data(world: World) -> None:
    world.with_session(Status.EXPIRED)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET)

    outcomes = [world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in range(2)]

    assert outcomes == [Fetched.PENDING, Fetched.FRESH]
    assert world.flinks.calls == ["cached_authorize", "get_accounts_detail", "get_accounts_detail_async"]
    assert world.sessions.event_types == ["SessionCorrected"]


def test_a_late_read_waits_for_its_data_although_a_newer_attempt_was_refused(world: World) -> None:
    refused = a_reply(401, "QUESTION_NOT_FOUND", request_id=DATA_REQUEST_ID)
    world.with_session(Status.FAILED)
    world.flinks = FakeFlinks(
        cached_authorize=refused,
        get_accounts_summary=NOT_YET,
        get_accounts_detail=NOT_YET,
        get_accounts_detail_async=a_data_reply(last_refresh=a_refreshed_reply().last_refresh),
    )

    outcomes = [world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in range(2)]

    assert outcomes == [Fetched.PENDING, Fetched.FRESH]
    assert leads_to_its_data(world)
    assert world.sessions.event_types == ["SessionCorrected"]


@pytest.mark.parametrize(
    ("cached", "detail"),
    [
        (a_refreshed_reply(NOW - timedelta(days=1)), ACCOUNTS),
        (a_reply(200), ACCOUNTS),
        (a_refreshed_reply(), NO_ACCOUNTS),
        (a_refreshed_reply(), a_reply(401, "DISABLED_LOGIN")),
        (a_refreshed_reply(), FlinksUnavailable("down")),
    ],
    ids=["old", "never_refreshed", "no_accounts", "refused", "down"],
)
@correctable
def test_a_late_read_that_proves_nothing_publishes_nothing(
    world: World, status: Status, cached: FlinksReply, detail: FlinksReply | Exception
) -> None:
    world.with_session(status)
    world.flinks = FakeFlinks(cached_authorize=cached, get_accounts_detail=detail)

    world.service.fetch_accounts(SESSION_ID, 0, (Observation(NOW, "NO_ACCOUNTS", 6),))

    assert (world.session.status, world.sessions.published) == (status, [])
    assert "corrected" not in causes(world.session)


def test_a_session_that_expires_while_its_data_is_read_is_corrected(world: World) -> None:
    class ExpiresMeanwhile(FakeFlinks):
        def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
            world.service.close_session(SESSION_ID, "USER_ABSENT")
            return super().get_accounts_detail(request_id, options)

    world.with_session(Status.AWAITING_USER)
    world.flinks = ExpiresMeanwhile(cached_authorize=a_refreshed_reply())

    world.service.fetch_accounts(SESSION_ID, 0)

    assert world.session.status is Status.EXPIRED
    assert leads_to_its_data(world)
    assert world.sessions.event_types == ["SessionExpired", "SessionCorrected"]


def test_a_session_that_another_read_ended_first_ends_once(world: World) -> None:
    class OtherReading(FakeFlinks):
        def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
            if others:
                others.pop()(SESSION_ID, 0)
            return super().get_accounts_detail(request_id, options)

    world.with_session(Status.AWAITING_USER)
    others = [world.service.fetch_accounts]
    world.flinks = OtherReading(cached_authorize=a_refreshed_reply())

    world.service.fetch_accounts(SESSION_ID, 0)

    assert world.session.status is Status.SUCCEEDED
    assert world.sessions.event_types == ["SessionSucceeded"]
    assert leads_to_its_data(world), "what the slower read had stored is deleted"


def stopped_before_the_answer(world: World) -> Session:
    """A read that died after it had recorded its next request."""
    return world.with_session(Status.FETCHING, receipt=Receipt(fresh=False, last_refresh=NOW))


def test_a_first_read_that_died_before_its_answer_starts_again(world: World) -> None:
    assert stopped_before_the_answer(world).data_request_id == DATA_REQUEST_ID

    world.service.fetch_accounts(SESSION_ID, 0)

    assert data_calls(world) == ["cached_authorize", "get_accounts_detail"]
    assert world.flinks.asked_about[:2] == [LOGIN_ID, DATA_REQUEST_ID]


def test_a_read_after_an_accepted_call_uses_the_async_call(world: World) -> None:
    stopped_before_the_answer(world)

    world.service.fetch_accounts(SESSION_ID, 1)

    assert data_calls(world) == ["get_accounts_detail_async"]


@pytest.mark.parametrize(
    "refusal",
    [a_reply(401, "TOO_MANY_REQUESTS"), a_reply(401, "CONCURRENT_SESSION"), FlinksUnavailable("down")],
    ids=["throttled", "busy", "down"],
)
def test_a_call_that_flinks_did_not_accept_is_repeated(world: World, refusal: FlinksReply | Exception) -> None:
    world.with_session(Status.AWAITING_USER)
    accounts = ACCOUNTS
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=[refusal, accounts])

    outcomes = [world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in range(2)]

    assert outcomes == [Fetched.PENDING, Fetched.FRESH]
    assert data_calls(world) == ["cached_authorize", "get_accounts_detail"] * 2


def test_a_busy_async_call_is_repeated_without_reopening_the_data(world: World) -> None:
    world.with_session(Status.AWAITING_USER)
    busy, accounts = a_reply(401, "TOO_MANY_REQUESTS"), ACCOUNTS
    world.flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET, get_accounts_detail_async=[busy, accounts]
    )

    outcomes = [world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in range(3)]

    assert outcomes == [Fetched.PENDING, Fetched.PENDING, Fetched.FRESH]
    assert world.flinks.count("cached_authorize") == 1


def test_data_stored_during_a_cancellation_is_deleted(world: World) -> None:
    class CancelledMeanwhile(FakeResults):
        def keep(self, session_id: str, result_id: str, document: bytes) -> None:
            super().keep(session_id, result_id, document)
            world.service.stop_session(session_id, "CANCELLED")

    world.with_session(Status.AWAITING_USER)
    world.results = CancelledMeanwhile()

    world.service.fetch_accounts(SESSION_ID, 0)

    assert (world.session.status, world.results.documents) == (Status.CANCELLED, {})


def test_data_is_kept_if_the_write_of_its_receipt_is_uncertain(world: World) -> None:
    class LosesAnswers(FakeSessions):
        def save(self, session: Session) -> Session:
            saved = super().save(session)
            if saved.status is Status.SUCCEEDED:
                raise ConnectionError("the answer was lost")
            return saved

    world.sessions = LosesAnswers(world.logins)
    world.with_session(Status.AWAITING_USER)

    with pytest.raises(ConnectionError):
        world.service.fetch_accounts(SESSION_ID, 0)

    assert leads_to_its_data(world)


def test_data_of_an_endlessly_contended_session_is_deleted(world: World) -> None:
    class Contested(FakeSessions):
        def save(self, session: Session) -> Session:
            if session.status is Status.SUCCEEDED:
                raise SessionChanged("another writer was first")
            return super().save(session)

    world.sessions = Contested(world.logins)
    world.with_session(Status.AWAITING_USER)

    with pytest.raises(SessionChanged):
        world.service.fetch_accounts(SESSION_ID, 0)

    assert world.results.documents == {}
