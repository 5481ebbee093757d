"""A login is forgotten: its sessions, what they read, what was remembered of it."""

import pytest

from reconnect.domain.erase_login import Erasure
from reconnect.domain.errors import FlinksUnavailable, ResultNotErased, SessionNotFound
from reconnect.domain.login import Login
from reconnect.domain.options import USUAL_OPTIONS, ReadOptions
from reconnect.domain.outcomes import FlinksReply
from reconnect.domain.session import Status
from tests.fakes.builders import DOCUMENT, LOGIN_ID, SESSION_ID, a_refreshed_reply, a_reply
from tests.fakes.flinks import FakeFlinks
from tests.unit.domain.world import World

ANOTHER_LOGIN = "11111111-2222-4333-8444-555555555555"
REFRESHED = {"cached_authorize": a_refreshed_reply()}


def read(world: World, session_id: str = SESSION_ID, login_id: str = LOGIN_ID) -> None:
    """A session of this login has read its data."""
    world.holding(Status.AWAITING_USER, session_id=session_id, login_id=login_id)
    world.flinks = FakeFlinks(**REFRESHED)
    world.fetch(session_id, 0)
    world.close(session_id, "ACCOUNTS_FRESH")


def test_nothing_is_left_of_an_erased_login(world: World) -> None:
    read(world, "first")
    read(world, "second")

    erasure = world.erase(LOGIN_ID)

    assert erasure == Erasure(sessions=2, results=2, was_known=True)
    assert (world.sessions.all, world.results.documents, world.login) == ([], {}, Login(login_id=LOGIN_ID))


def test_what_no_record_leads_to_any_more_is_erased_too(world: World) -> None:
    read(world)
    world.results.keep(SESSION_ID, "left-behind-by-a-reading-that-died", DOCUMENT)

    assert world.erase(LOGIN_ID).results == 2
    assert world.results.documents == {}


def test_another_logins_data_stays(world: World) -> None:
    read(world, "mine")
    read(world, "theirs", ANOTHER_LOGIN)

    world.erase(LOGIN_ID)

    assert [session_id for session_id, _ in world.results.documents] == ["theirs"]
    assert [session.session_id for session in world.sessions.all] == ["theirs"]


def test_a_session_at_work_is_cancelled_before_it_is_erased(world: World) -> None:
    world.holding(Status.AWAITING_USER)

    assert world.erase(LOGIN_ID) == Erasure(sessions=1, results=0, was_known=True)
    assert world.sessions.announcements == ["SessionCancelled"]


def test_twice_is_harmless(world: World) -> None:
    read(world)
    world.erase(LOGIN_ID)

    assert world.erase(LOGIN_ID) == Erasure(sessions=0, results=0, was_known=False)


def test_data_that_cannot_be_deleted_now_can_still_be_found_by_the_next_call(world: World) -> None:
    read(world)
    world.results.is_down = True

    with pytest.raises(ResultNotErased):
        world.erase(LOGIN_ID)
    world.results.is_down = False

    assert world.erase(LOGIN_ID) == Erasure(sessions=1, results=1, was_known=True)
    assert world.results.documents == {}


def test_a_flinks_that_does_not_answer_is_told_of_and_can_be_asked_again(world: World) -> None:
    world.flinks = FakeFlinks(delete_card=[FlinksUnavailable("down"), a_reply(200)])

    with pytest.raises(FlinksUnavailable):
        world.erase(LOGIN_ID, with_card=True)

    assert world.erase(LOGIN_ID, with_card=True).card == "DELETED"


def test_flinks_is_asked_to_forget_only_if_the_caller_wants_it(world: World) -> None:
    assert world.erase(LOGIN_ID).card is None
    assert world.flinks.calls == []


def test_data_that_arrives_while_its_login_is_erased_does_not_stay(world: World) -> None:
    class ErasedMeanwhile(FakeFlinks):
        def get_accounts_detail(self, request_id: str, options: ReadOptions = USUAL_OPTIONS) -> FlinksReply:
            world.erase(LOGIN_ID)
            return super().get_accounts_detail(request_id, options)

    world.holding(Status.AWAITING_USER)
    world.flinks = ErasedMeanwhile(**REFRESHED)

    with pytest.raises(SessionNotFound):
        world.fetch(SESSION_ID, 0)

    assert (world.sessions.all, world.results.documents) == ([], {})
