"""The date that proves the data is read wherever Flinks may give it; data that stays pending is opened again."""

from datetime import timedelta

import pytest

from reconnect.model.errors import FlinksUnavailable
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Receipt
from reconnect.model.session import Status
from reconnect.model.step import Fetched, Step
from tests.fakes.builders import (
    DATA_REQUEST_ID,
    SESSION_ID,
    a_data_reply,
    a_refreshed_reply,
    a_reply,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

UNDATED = a_reply(200, request_id=DATA_REQUEST_ID)
ASKED_STILL = a_reply(401, "QUESTION_NOT_FOUND", request_id=DATA_REQUEST_ID)
FRESH, OLD = a_data_reply(last_refresh=NOW), a_data_reply(last_refresh=NOW - timedelta(days=3))
NOT_YET = a_reply(202, "OPERATION_PENDING")
PROVED = Receipt(fresh=False, last_refresh=NOW)


def data_calls(world: World) -> list[str]:
    """The calls, but for those about the attempt itself."""
    return [call for call in world.flinks.calls if call != "read_authorize"]


@pytest.mark.parametrize("cached", [UNDATED, ASKED_STILL], ids=["without_a_login", "with_a_question"])
def test_a_date_found_only_in_the_data_proves_it_with_one_request(world: World, cached: FlinksReply) -> None:
    world.with_session(Status.AWAITING_USER)
    world.flinks = FakeFlinks(cached_authorize=cached, get_accounts_detail=FRESH)

    step = world.service.fetch_accounts(SESSION_ID, 0)

    assert step == Step(Fetched.FRESH, "ACCOUNTS_FRESH")
    assert data_calls(world) == ["cached_authorize", "get_accounts_summary", "get_accounts_detail"]
    assert world.session.receipt and (world.session.status, world.session.receipt.last_refresh) == ("SUCCEEDED", NOW)


@pytest.mark.parametrize("cached", [UNDATED, ASKED_STILL])
def test_a_date_that_the_summary_has_proves_the_data_too(world: World, cached: FlinksReply) -> None:
    world.with_session(Status.AWAITING_USER)
    world.flinks = FakeFlinks(cached_authorize=cached, get_accounts_summary=FRESH)

    assert world.service.fetch_accounts(SESSION_ID, 0).outcome == Fetched.FRESH


@pytest.mark.parametrize(
    ("data", "last_refresh"), [(OLD, OLD.last_refresh), (a_data_reply(), None)], ids=["old", "undated"]
)
def test_data_that_does_not_prove_itself_is_not_kept(world: World, data: FlinksReply, last_refresh: object) -> None:
    world.with_session(Status.AWAITING_USER)
    world.flinks = FakeFlinks(cached_authorize=UNDATED, get_accounts_detail=data)

    step = world.service.fetch_accounts(SESSION_ID, 0)

    assert step == Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait_seconds=10)
    assert (world.results.documents, world.session.status) == ({}, Status.AWAITING_USER)
    assert (world.session.receipt and world.session.receipt.last_refresh) == last_refresh


def test_data_that_says_it_was_never_refreshed_is_older_than_any_proof(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    never = a_data_reply(is_never_refreshed=True)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=never)

    assert world.service.fetch_accounts(SESSION_ID, 0).code == "DATA_OLDER"
    assert world.results.documents == {}


def test_undated_data_in_preparation_is_polled_and_its_own_date_decides(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.flinks = FakeFlinks(
        cached_authorize=UNDATED, get_accounts_detail=NOT_YET, get_accounts_detail_async=[NOT_YET, FRESH]
    )

    steps = [world.service.fetch_accounts(SESSION_ID, fetches) for fetches in range(3)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.PENDING, Fetched.FRESH]
    assert world.flinks.count("cached_authorize") == 1


@pytest.mark.parametrize("answer", [NOT_YET, a_reply(401, "RETRY_LATER"), FlinksUnavailable("down")])
def test_an_open_question_does_not_wait_for_undated_data(world: World, answer: FlinksReply | Exception) -> None:
    world.with_session(Status.AWAITING_USER)
    world.flinks = FakeFlinks(cached_authorize=ASKED_STILL, get_accounts_detail=answer)

    assert world.service.fetch_accounts(SESSION_ID, 0) == Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait_seconds=10)
    assert world.session.data_request_id is None


def test_data_that_stays_in_preparation_is_opened_again_now_and_then(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.flinks = FakeFlinks(
        cached_authorize=[a_refreshed_reply(request_id=f"data-{number}") for number in range(9)],
        get_accounts_detail=[NOT_YET, NOT_YET, a_data_reply()],
        get_accounts_detail_async=NOT_YET,
    )

    outcomes = (world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in range(30))

    assert Fetched.FRESH in outcomes, "well before the session gives up"
    assert world.flinks.count("cached_authorize") == 3
    assert sorted(set(world.flinks.asked_about[:-1])) == sorted(
        {*world.flinks.asked_about[:1], "data-0", "data-1", "data-2"}
    )


@pytest.mark.parametrize(
    "cached",
    [UNDATED, a_refreshed_reply(NOW - timedelta(days=1)), a_reply(401, "RETRY_LATER"), a_reply(202)],
    ids=["undated", "old", "busy", "pending"],
)
def test_reopening_the_data_keeps_the_proof_and_the_request(world: World, cached: FlinksReply) -> None:
    world.with_session(Status.FETCHING, receipt=PROVED)
    world.flinks = FakeFlinks(
        cached_authorize=cached, get_accounts_detail=a_data_reply(), get_accounts_detail_async=a_data_reply()
    )

    assert world.service.fetch_accounts(SESSION_ID, 12).outcome == Fetched.FRESH
    assert world.session.receipt and world.session.receipt.last_refresh == NOW


def test_a_cached_flow_that_fails_leaves_the_request_at_hand(world: World) -> None:
    world.with_session(Status.FETCHING, receipt=PROVED)
    world.flinks = FakeFlinks(cached_authorize=FlinksUnavailable("down"), get_accounts_detail_async=a_data_reply())

    outcomes = [world.service.fetch_accounts(SESSION_ID, fetches).outcome for fetches in (12, 13)]

    assert outcomes == [Fetched.PENDING, Fetched.FRESH]
    assert world.flinks.calls[:2] == ["cached_authorize", "get_accounts_detail_async"]
