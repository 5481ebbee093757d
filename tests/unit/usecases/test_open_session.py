"""Opening a session, or joining the one that is live."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import SessionErased, StateInvalid, TooManyCallers, WorkflowUnavailable
from reconnect.model.open_request import OpenRequest
from reconnect.model.options import ReadOptions
from reconnect.model.receipts import Comparison
from reconnect.model.session import MAX_CORRELATION_IDS, TERMINAL, Status
from reconnect.model.signing import Link
from tests.fakes.builders import (
    LOGIN_ID,
    SESSION_ID,
    SIGNING_KEY,
    a_data_reply,
    a_refreshed_reply,
    an_account,
    an_attempt,
)
from tests.fakes.clock import Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeLogins
from tests.unit.world import World

REQUEST = OpenRequest(LOGIN_ID)


def test_a_new_session_is_stored_and_its_workflow_started(world: World) -> None:
    request = OpenRequest(
        LOGIN_ID, language="fr", time_zone="America/Moncton", return_url="https://app.example", correlation_id="order-1"
    )

    opened = world.service.open_session(request)

    stored = world.sessions.get(opened.session.session_id)
    assert not opened.joined
    assert (stored.status, stored.login_id, stored.created_at) == (Status.STARTING, LOGIN_ID, world.clock())
    assert (stored.language, stored.time_zone, stored.return_url) == ("fr", "America/Moncton", "https://app.example")
    assert stored.correlation_ids == {"order-1"}
    assert world.workflow.executions == {stored.execution_name: stored.session_id}


def test_a_link_lives_as_long_as_configured_or_as_the_caller_asks(world: World) -> None:
    default = world.service.open_session(REQUEST).session
    short = world.service.open_session(OpenRequest("0" * 8 + LOGIN_ID[8:], link_lifetime_hours=2)).session

    opened_at = world.clock().replace(microsecond=0)
    assert default.link_expires_at == opened_at + timedelta(days=7)
    assert short.link_expires_at == opened_at + timedelta(hours=2)


@given(hours=st.integers(1, 720), moment=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))
def test_a_link_and_its_session_end_at_the_same_moment(hours: int, moment: datetime) -> None:
    logins = FakeLogins()
    world = World(clock=Clock(moment.replace(tzinfo=UTC)), logins=logins)
    session = world.service.open_session(OpenRequest(LOGIN_ID, link_lifetime_hours=hours)).session
    signed = str(world.service.signed_urls.link(session)).rpartition("/")[2]

    assert Link.verify(signed, (SIGNING_KEY,), session.link_expires_at).expires_at == session.link_expires_at
    with pytest.raises(StateInvalid):
        Link.verify(signed, (SIGNING_KEY,), session.link_expires_at + timedelta(microseconds=1))


def test_a_session_has_the_options_of_its_opener(world: World) -> None:
    options = ReadOptions(summary_only=True)

    opened = world.service.open_session(OpenRequest(LOGIN_ID, options=options))

    assert world.sessions.get(opened.session.session_id).options == options


def refresh(world: World, *account_ids: str) -> Comparison | None:
    """Run a session from its opening to its end; return its account comparison, or None if it was refused."""
    opened = world.service.open_session(REQUEST).session
    world.sessions.save(replace(opened, status=Status.AUTHORIZING, attempt=an_attempt(is_over=True)))
    if account_ids:
        accounts = [an_account(account_id=account_id) for account_id in account_ids]
        world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_data_reply(*accounts))
        world.service.fetch_accounts(opened.session_id, 0)
    receipt = world.service.close_session(opened.session_id, "DISABLED_LOGIN").receipt
    return receipt.comparison if receipt else None


def test_a_read_is_compared_with_the_last_success_despite_failures(world: World) -> None:
    world.set(cooldown_seconds=0)

    comparisons = [refresh(world, "kept", "closed"), refresh(world), refresh(world, "kept", "opened")]

    assert comparisons == [None, None, Comparison(matched=1, new=1, missing=1)]


def test_a_session_id_is_unique_and_unrelated_to_the_login(world: World) -> None:
    ids = {
        world.service.open_session(OpenRequest(f"{number:08d}{LOGIN_ID[8:]}")).session.session_id
        for number in range(50)
    }

    assert len(ids) == 50
    assert all(len(session_id) >= 32 and LOGIN_ID[9:] not in session_id for session_id in ids)


@pytest.mark.parametrize("status", [status for status in Status if status not in TERMINAL])
def test_a_second_request_for_a_login_joins_its_live_session(world: World, status: Status) -> None:
    world.with_session(status)

    opened = world.service.open_session(REQUEST)

    assert opened.joined
    assert opened.session.session_id == SESSION_ID
    assert len(world.sessions.all) == 1


def test_a_session_whose_opener_died_is_started_by_the_next_to_join(world: World) -> None:
    world.with_session(Status.STARTING)

    world.service.open_session(REQUEST)
    world.service.open_session(REQUEST)

    assert world.workflow.executions == {SESSION_ID: SESSION_ID}


def test_a_running_session_is_not_started_again(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    world.service.open_session(REQUEST)

    assert world.workflow.executions == {}


def test_a_request_during_an_outage_is_kept_for_the_next_call(world: World) -> None:
    world.workflow.is_down = True
    with pytest.raises(WorkflowUnavailable):
        world.service.open_session(REQUEST)

    world.workflow.is_down = False
    opened = world.service.open_session(REQUEST)

    assert len(world.sessions.all) == 1
    assert world.workflow.executions == {opened.session.execution_name: opened.session.session_id}


def test_an_execution_that_opens_a_session_runs_it(world: World) -> None:
    opened = world.service.open_session(REQUEST, execution_name="an-execution")

    assert opened.session.execution_name == "an-execution"
    assert not opened.joined


def test_an_execution_whose_first_answer_was_lost_keeps_its_session(world: World) -> None:
    first = world.service.open_session(REQUEST, execution_name="an-execution")

    again = world.service.open_session(REQUEST, execution_name="an-execution")

    assert again.session.session_id == first.session.session_id
    assert not again.joined, "it would follow itself, and no execution would run the session"


def test_an_execution_follows_the_session_of_another(world: World) -> None:
    world.service.open_session(REQUEST, execution_name="an-execution")

    assert world.service.open_session(REQUEST, execution_name="another-execution").joined


def test_a_session_has_its_link_from_start_to_end(world: World) -> None:
    session = world.service.open_session(REQUEST).session

    link = str(world.service.signed_urls.link(session))
    base, _, signed = link.rpartition("/")
    assert base == "https://api.test/connect"
    claims = Link.verify(signed, (SIGNING_KEY,), session.link_expires_at)
    assert claims == Link(session.session_id, session.link_expires_at)
    assert LOGIN_ID not in link


def test_a_login_in_another_letter_case_joins_its_session(world: World) -> None:
    first = world.service.open_session(REQUEST)

    again = world.service.open_session(OpenRequest(LOGIN_ID.upper()))

    assert (again.joined, again.session.session_id) == (True, first.session.session_id)


def test_a_repeated_continuation_starts_one_execution(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    first = world.service.open_session.continue_as_new(SESSION_ID, SESSION_ID)
    # It runs the next attempt when the previous one, whose first answer was lost, repeats its request.
    world.sessions.save(replace(first, attempt=an_attempt(number=2)))
    again = world.service.open_session.continue_as_new(SESSION_ID, SESSION_ID)
    third = world.service.open_session.continue_as_new(SESSION_ID, first.execution_name)

    assert again.execution_name == first.execution_name
    assert list(world.workflow.executions) == [first.execution_name, third.execution_name]


def test_an_execution_of_an_older_version_is_continued(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    world.service.open_session.continue_as_new(SESSION_ID)
    world.service.open_session.continue_as_new(SESSION_ID)

    assert list(world.workflow.executions) == [f"{SESSION_ID}-2"]


def test_every_caller_who_joins_is_named_in_the_session(world: World) -> None:
    for number in range(3):
        world.service.open_session(OpenRequest(LOGIN_ID, correlation_id=f"order-{number}"))
    world.service.open_session(OpenRequest(LOGIN_ID))

    [session] = world.sessions.all
    assert session.correlation_ids == {"order-0", "order-1", "order-2"}


def test_a_caller_beyond_the_limit_may_join_without_a_name(world: World) -> None:
    for number in range(MAX_CORRELATION_IDS):
        world.service.open_session(OpenRequest(LOGIN_ID, correlation_id=f"order-{number}"))
    [full] = world.sessions.all

    with pytest.raises(TooManyCallers):
        world.service.open_session(OpenRequest(LOGIN_ID, correlation_id="one-more"), key="api/one-more")

    assert world.sessions.all == [full]
    assert world.service.open_session(OpenRequest(LOGIN_ID)).joined
    assert world.service.open_session(OpenRequest(LOGIN_ID, correlation_id="order-7")).joined


def test_a_session_that_was_never_started_is_due_for_the_sweeper(world: World) -> None:
    assert world.service.open_session(REQUEST).session.due_at == world.clock() + timedelta(minutes=15)


def test_a_new_session_publishes_nothing(world: World) -> None:
    world.service.open_session(REQUEST)

    assert world.sessions.published == []


def test_a_session_with_an_id_of_its_callers_is_opened_once(world: World) -> None:
    opened = world.service.open_session(REQUEST, session_id=SESSION_ID).session
    again = world.service.open_session(REQUEST, session_id=SESSION_ID)

    assert opened.session_id == again.session.session_id == SESSION_ID
    assert not again.joined
    assert world.workflow.executions == {SESSION_ID: SESSION_ID}


@pytest.mark.parametrize("status", Status)
def test_a_repeat_with_the_same_id_finds_the_session_however_far_it_is(world: World, status: Status) -> None:
    world.with_session(status)

    again = world.service.open_session(REQUEST, session_id=SESSION_ID)

    assert (again.session.status, again.joined) == (status, False)
    assert len(world.sessions.all) == 1


def test_a_session_with_an_id_of_its_callers_joins_the_one_that_is_live(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    opened = world.service.open_session(REQUEST, session_id="f" * 32)

    assert (opened.session.session_id, opened.joined) == (SESSION_ID, True)
    assert len(world.sessions.all) == 1


def test_the_id_of_an_erased_session_opens_nothing(world: World) -> None:
    world.service.open_session(REQUEST, session_id=SESSION_ID)
    world.sessions.erase(SESSION_ID)
    world.logins.erase(world.login)

    with pytest.raises(SessionErased):
        world.service.open_session(REQUEST, session_id=SESSION_ID)
    assert world.sessions.all == []
    assert world.login.version == 0
