"""A login is erased: its sessions, what they read, and its own record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import (
    AttemptOpen,
    ErasureUnfinished,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    ReconnectError,
    RecordUnreadable,
    ResultNotErased,
    SecretsUnavailable,
    SessionChanged,
    SessionNotFound,
)
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.session import Session, Status
from reconnect.model.waits import WaitReason
from reconnect.usecases.erase_login import TIME_TO_DELETE, Erasure
from tests.fakes.builders import (
    DOCUMENT,
    LOGIN_ID,
    SESSION_ID,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_attempt,
)
from tests.fakes.clock import Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.unit.world import World

ANOTHER_LOGIN = "11111111-2222-4333-8444-555555555555"
REFRESHED = {"cached_authorize": a_refreshed_reply()}


def read(world: World, session_id: str = SESSION_ID, login_id: str = LOGIN_ID) -> None:
    """Add a session of this login that has read its data and whose attempt is over."""
    attempt = an_attempt(asked=Ask.ANSWER, asked_at=world.clock(), is_over=True)
    world.with_session(Status.AWAITING_USER, session_id=session_id, login_id=login_id, attempt=attempt)
    world.flinks = FakeFlinks(**REFRESHED)
    world.service.fetch_accounts(session_id, 0)
    world.service.close_session(session_id, "ACCOUNTS_FRESH")


def test_nothing_is_left_of_an_erased_login(world: World) -> None:
    read(world, "first")
    read(world, "second")
    world.clock.turn(minutes=1)

    erasure = world.service.erase_login(LOGIN_ID)

    assert erasure == Erasure(sessions=2, results=2, was_known=True)
    assert (world.sessions.all, world.results.documents, world.login) == ([], {}, Login(login_id=LOGIN_ID))


def test_results_without_a_record_are_erased_too(world: World) -> None:
    read(world)
    world.results.keep(SESSION_ID, "left-behind-by-a-reading-that-died", DOCUMENT)

    assert world.service.erase_login(LOGIN_ID).results == 2
    assert world.results.documents == {}


def test_another_logins_data_is_kept(world: World) -> None:
    read(world, "mine")
    read(world, "theirs", ANOTHER_LOGIN)

    world.service.erase_login(LOGIN_ID)

    assert [session_id for session_id, _ in world.results.documents] == ["theirs"]
    assert [session.session_id for session in world.sessions.all] == ["theirs"]


def test_a_live_session_is_cancelled_before_it_is_erased(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    assert world.service.erase_login(LOGIN_ID) == Erasure(sessions=1, results=0, was_known=True)
    assert world.sessions.event_types == ["SessionCancelled"]


def test_erasing_a_login_twice_is_harmless(world: World) -> None:
    read(world)
    world.service.erase_login(LOGIN_ID)

    assert world.service.erase_login(LOGIN_ID) == Erasure(sessions=0, results=0, was_known=False)


def test_data_that_cannot_be_deleted_is_found_by_the_next_erasure(world: World) -> None:
    read(world)
    world.results.is_down = True

    with pytest.raises(ResultNotErased):
        world.service.erase_login(LOGIN_ID)
    world.results.is_down = False

    assert world.service.erase_login(LOGIN_ID) == Erasure(sessions=1, results=1, was_known=True)
    assert world.results.documents == {}


@pytest.mark.parametrize(
    ("answer", "card"),
    [
        (FlinksUnavailable("down"), "FLINKS_UNAVAILABLE"),
        (FlinksReplyUnreadable("HTML"), "FLINKS_UNREADABLE"),
        (SecretsUnavailable("no key"), "FLINKS_UNAVAILABLE"),
        (a_reply(400, "CARD_IN_USE"), "CARD_IN_USE"),
        (a_reply(500), "HTTP_500"),
    ],
)
def test_a_card_that_flinks_kept_is_deleted_by_the_next_erasure(
    world: World, answer: FlinksReply | ReconnectError, card: str
) -> None:
    read(world)
    world.flinks = FakeFlinks(delete_card=[answer, a_reply(200)])

    assert world.service.erase_login(LOGIN_ID, with_card=True) == Erasure(
        sessions=1, results=1, was_known=True, card=card
    )
    assert world.service.erase_login(LOGIN_ID, with_card=True) == Erasure(
        sessions=0, results=0, was_known=False, card="DELETED"
    )


def test_the_card_at_flinks_is_deleted_only_on_request(world: World) -> None:
    assert world.service.erase_login(LOGIN_ID).card is None
    assert world.flinks.calls == []


def test_data_that_arrives_during_an_erasure_is_deleted(world: World) -> None:
    class ErasedMeanwhile(FakeFlinks):
        def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
            world.service.erase_login(LOGIN_ID)
            return super().get_accounts_detail(request_id, options)

    world.with_session(Status.AWAITING_USER)
    world.flinks = ErasedMeanwhile(**REFRESHED)

    with pytest.raises(SessionNotFound):
        world.service.fetch_accounts(SESSION_ID, 0)

    assert (world.sessions.all, world.results.documents) == ([], {})


@pytest.mark.parametrize("status", [Status.AUTHORIZING, Status.AWAITING_USER])
def test_an_erasure_does_not_shorten_the_wait_for_an_open_attempt(world: World, status: Status) -> None:
    world.with_session(status, known_accounts=frozenset({"an-account"}), failures=1)
    until = world.clock() + world.settings.cooldowns().attempt_lifetime

    world.service.erase_login(LOGIN_ID)

    remembered = Login(login_id=LOGIN_ID, next_allowed_at=until, wait_reason=WaitReason.OPEN_ATTEMPT)
    assert world.login == remembered, "nothing else is kept"
    with pytest.raises(AttemptOpen) as pause:
        world.service.open_session(OpenRequest(LOGIN_ID))
    assert pause.value.next_allowed_at == until
    world.clock.turn(minutes=8)
    assert world.service.open_session(OpenRequest(LOGIN_ID)).session.failures == 0


def test_an_erasure_does_not_lift_the_lockout_guard(world: World) -> None:
    until = world.clock() + timedelta(hours=1)
    guarded = Login(login_id=LOGIN_ID, next_allowed_at=until, wait_reason=WaitReason.LOCKOUT_GUARD)
    world.logins.save(replace(guarded, failures=3))

    for _ in range(2):
        world.service.erase_login(LOGIN_ID)

    assert world.login == guarded


def test_a_session_opened_during_the_erasure_is_erased_too(world: World) -> None:
    class TakenMeanwhile(FakeLogins):
        def erase(self, login: Login) -> None:
            if not opened:
                opened.append(world.service.open_session(OpenRequest(LOGIN_ID)).session)
            super().erase(login)

    opened: list[Session] = []
    world.logins = TakenMeanwhile()
    world.sessions = FakeSessions(world.logins)
    world.with_session(Status.STARTING)

    assert world.service.erase_login(LOGIN_ID).sessions == 2
    assert (world.sessions.all, world.login) == ([], Login(login_id=LOGIN_ID))
    assert world.sessions.event_types == ["SessionCancelled"] * 2


def test_a_login_that_is_reopened_each_time_is_not_erased(world: World) -> None:
    class TakenAlways(FakeLogins):
        def erase(self, login: Login) -> None:
            raise SessionChanged(f"login version {login.version} was overtaken")

    world.logins = TakenAlways()
    world.logins.save(Login(login_id=LOGIN_ID, failures=1))

    with pytest.raises(ErasureUnfinished):
        world.service.erase_login(LOGIN_ID)


class SlowResults(FakeResults):
    """A bucket that takes two seconds for each session, before and after the erasure of its record."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self.calls = clock, 0

    def erase(self, session_id: str) -> int:
        self._clock.turn(seconds=1)
        self.calls += 1
        return super().erase(session_id)


def test_a_long_erasure_continues_where_the_last_call_stopped(world: World) -> None:
    world.results = SlowResults(world.clock)
    for number in range(7):
        world.with_session(Status.SUCCEEDED, session_id=f"session-{number}")
    world.logins.save(Login(login_id=LOGIN_ID, failures=1))
    one_call = timedelta(seconds=2) * 3
    assert one_call >= TIME_TO_DELETE > one_call - timedelta(seconds=2)

    for left in (4, 1):
        with pytest.raises(ErasureUnfinished):
            world.service.erase_login(LOGIN_ID)
        assert len(world.sessions.all) == left

    assert world.service.erase_login(LOGIN_ID) == Erasure(sessions=1, results=0, was_known=True)
    assert world.results.calls == 2 * 7, "nothing is erased twice"


class ReadLate(FakeSessions):
    """A store in which a late read stores data just before its record is erased."""

    def __init__(self, world: World) -> None:
        super().__init__(world.logins)
        self._results = world.results

    def erase(self, session_id: str) -> bool:
        self._results.keep(session_id, "read-late", b"{}")
        return super().erase(session_id)


def test_data_of_a_late_read_during_an_erasure_is_deleted_too(world: World) -> None:
    world.sessions = ReadLate(world)
    world.sessions.with_session(a_session(Status.EXPIRED))

    erasure = world.service.erase_login(LOGIN_ID)

    assert (erasure.sessions, erasure.results, world.results.documents) == (1, 1, {})


def test_an_unreadable_live_session_is_erased(world: World) -> None:
    class Broken(FakeSessions):
        def get(self, session_id: str) -> Session:
            raise RecordUnreadable(session_id)

    world.sessions = Broken(world.logins)
    world.sessions.with_session(a_session(Status.AUTHORIZING))
    assert world.login.session_id

    assert world.service.erase_login(LOGIN_ID).sessions == 1
    assert world.sessions.all == []
    assert not world.login.session_id


def test_an_erased_session_is_found_by_no_name_any_more(world: World) -> None:
    world.service.open_session(OpenRequest(LOGIN_ID, user_ref="user-4711", correlation_id="order-1"))
    [session] = world.sessions.all

    world.service.erase_login(LOGIN_ID)

    assert len(session.found_by) == 2
    assert [world.references.find(seal) for seal in session.found_by] == [[], []]


def test_ended_sessions_are_deleted_without_being_ended_again(world: World) -> None:
    for number in range(3):
        world.sessions.with_session(a_session(Status.SUCCEEDED, session_id=f"session-{number}"))

    assert world.service.erase_login(LOGIN_ID).sessions == 3
    assert world.sessions.saves == []
