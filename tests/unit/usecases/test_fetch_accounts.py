"""The cached flow, and the proof that this session refreshed the data."""

import hashlib
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import (
    AccountsInvalid,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    IllegalTransition,
    ResultNotStored,
    SessionNotFound,
)
from reconnect.model.observations import Observation, add_poll, count_polls
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Comparison, Receipt, fingerprints, make_receipt
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Fetched, Step
from reconnect.rules.endings import Endings
from tests.fakes.builders import (
    DATA_REQUEST_ID,
    DOCUMENT,
    LOGIN_ID,
    SESSION_ID,
    a_cooldown,
    a_data_reply,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_account,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit import world as unit

SKEW = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
NOT_YET = a_reply(202, "OPERATION_PENDING")
ACCOUNTS = a_data_reply()
NO_ACCOUNTS = a_reply(200, accounts=(), document=b"{}")
# Incomplete data was polled as often as allowed.
POLLED = (Observation(NOW, "NO_ACCOUNTS", 6),)


class World(unit.World):
    """`fetch(...)` runs the step on the store's one session."""

    def fetch(self, flinks: FakeFlinks, fetches: int = 0, observations: tuple[Observation, ...] = ()) -> Step:
        self.flinks = flinks
        return self.service.fetch_accounts(SESSION_ID, fetches, observations)

    def fetch_until_settled(self, flinks: FakeFlinks) -> Step:
        """Repeat the step, as the workflow does, until there is nothing to wait for."""
        steps = (self.fetch(flinks, fetches) for fetches in itertools.count())
        return next(step for step in steps if step.outcome != Fetched.PENDING)

    def erased(self) -> None:
        self.sessions.erase(SESSION_ID)

    @property
    def receipt(self) -> Receipt:
        assert self.session.receipt
        return self.session.receipt


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    sessions.with_session(a_session(Status.AWAITING_USER))
    return World(clock=clock, sessions=sessions, counted=counted)


def test_fresh_accounts_are_read_and_kept_with_their_proof(world: World) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + SKEW), get_accounts_detail=ACCOUNTS)

    step = world.fetch(flinks)

    assert step == Step(Fetched.FRESH, "ACCOUNTS_FRESH")
    assert world.receipt == make_receipt((an_account(),), NOW + SKEW, None, world.receipt.result)
    assert causes(world.session)[-3:] == ["refreshed", "accounts_read", "ACCOUNTS_FRESH"]
    assert flinks.asked_about[:2] == [LOGIN_ID, DATA_REQUEST_ID]


def test_a_session_that_reads_no_longer_waits_for_the_user(world: World) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET))

    assert (world.session.connect_url, world.session.task_token) == (None, None)


@pytest.mark.parametrize(
    ("last_refresh", "found"),
    [
        (NOW, Fetched.FRESH),
        (NOW - SKEW, Fetched.FRESH),
        (NOW - SKEW - MOMENT, Fetched.NOT_FRESH),
        (NOW - timedelta(days=1), Fetched.NOT_FRESH),
    ],
)
def test_data_is_fresh_from_the_attempts_start_less_the_clock_skew(
    world: World, last_refresh: object, found: Fetched
) -> None:
    flinks = FakeFlinks(cached_authorize=a_reply(200, request_id=DATA_REQUEST_ID, last_refresh=last_refresh))

    assert world.fetch(flinks).outcome == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (a_reply(200, request_id=DATA_REQUEST_ID), Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait_seconds=10)),
        (
            a_reply(401, "QUESTION_NOT_FOUND", request_id=DATA_REQUEST_ID),
            Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait_seconds=10),
        ),
        (a_reply(401, "TOO_MANY_REQUESTS"), Step(Fetched.PENDING, "TOO_MANY_REQUESTS", wait_seconds=10)),
        (a_reply(401, "ACCESS_DENIED"), Step(Fetched.REFUSED, "ACCESS_DENIED")),
    ],
)
def test_replies_without_a_refresh_time_prove_nothing(world: World, reply: FlinksReply, found: Step) -> None:
    step = world.fetch(FakeFlinks(cached_authorize=reply))

    assert step == found
    assert (world.session.status, world.results.documents) == (Status.AWAITING_USER, {})


def test_a_throttled_read_keeps_the_known_age_of_the_data(world: World) -> None:
    yesterday = NOW - timedelta(days=1)
    world.fetch(FakeFlinks(cached_authorize=a_reply(200, last_refresh=yesterday)))

    world.fetch(FakeFlinks(cached_authorize=a_reply(401, "QUESTION_NOT_FOUND")))

    assert world.session.receipt is not None
    assert world.session.receipt.last_refresh == yesterday


def test_a_session_stores_the_age_of_the_data(world: World) -> None:
    yesterday = NOW - timedelta(days=1)

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(yesterday)))

    assert world.session.receipt == Receipt(fresh=False, last_refresh=yesterday)


def test_a_read_without_news_writes_nothing(world: World, sessions: FakeSessions) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW - timedelta(days=1)))
    world.fetch(flinks)

    world.fetch(flinks)

    assert len(sessions.saves) == 1


def test_data_in_preparation_is_polled_without_reopening_the_cached_flow(world: World) -> None:
    flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(),
        get_accounts_detail=NOT_YET,
        get_accounts_detail_async=[a_reply(202, "OPERATION_DISPATCHED"), ACCOUNTS],
    )

    steps = [world.fetch(flinks, fetches) for fetches in range(3)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.PENDING, Fetched.FRESH]
    assert steps[0].wait_seconds == 10
    assert (flinks.count("cached_authorize"), flinks.count("get_accounts_detail")) == (1, 1)
    assert world.session.receipt and world.session.receipt.last_refresh == NOW


@pytest.mark.parametrize(("fetches", "wait"), [(0, 10), (17, 10), (18, 50), (59, 50)])
def test_polls_slow_down_after_three_minutes(world: World, fetches: int, wait: int) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET)

    assert world.fetch(flinks, fetches).wait_seconds == wait


@pytest.mark.parametrize("code", ["RETRY_LATER", "TOO_MANY_REQUESTS", "CARD_IN_USE"])
def test_data_is_requested_again_while_flinks_is_busy(world: World, code: str) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_reply(401, code))

    assert world.fetch(flinks) == Step(Fetched.PENDING, code, wait_seconds=10)


def test_data_whose_request_id_expired_is_opened_anew(world: World) -> None:
    flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(),
        get_accounts_detail=[NOT_YET, ACCOUNTS],
        get_accounts_detail_async=a_reply(400, "SESSION_NONEXISTENT"),
    )

    steps = [world.fetch(flinks, fetches) for fetches in range(3)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.PENDING, Fetched.FRESH]
    assert flinks.count("cached_authorize") == 2


@pytest.mark.parametrize(
    "script",
    [
        {"get_accounts_detail": NOT_YET, "get_accounts_detail_async": a_reply(401, "SESSION_EXPIRED")},
        {"get_accounts_detail": a_reply(400, "SESSION_NONEXISTENT")},
    ],
)
def test_data_is_not_opened_a_third_time(world: World, script: dict[str, FlinksReply]) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), **script)

    step = world.fetch_until_settled(flinks)

    assert step == Step(Fetched.REFUSED, "DATA_GONE")
    assert flinks.count("cached_authorize") == 2
    assert causes(world.session).count("data_gone") == 1


def test_the_next_attempt_may_open_its_data_anew_again(world: World, sessions: FakeSessions) -> None:
    gone = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_reply(400, "SESSION_NONEXISTENT"))
    world.fetch(gone)
    later = NOW + timedelta(hours=1)
    sessions.save(replace(world.session, attempt=an_attempt(number=2, started_at=later)))

    step = world.fetch(
        FakeFlinks(cached_authorize=a_refreshed_reply(later), get_accounts_detail=a_reply(400, "SESSION_NONEXISTENT"))
    )

    assert step.outcome == Fetched.PENDING


def test_the_data_is_stored_to_the_byte_and_described(world: World) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=ACCOUNTS))

    result = world.receipt.result
    assert result
    assert world.results.documents == {(SESSION_ID, result.result_id): DOCUMENT}
    assert (result.size, result.sha256) == (len(DOCUMENT), hashlib.sha256(DOCUMENT).hexdigest())
    assert result.expires_at == NOW.replace(microsecond=0) + timedelta(days=30)


def test_accounts_are_compared_with_the_last_success_and_then_replace_it(world: World, sessions: FakeSessions) -> None:
    sessions.save(replace(world.session, known_accounts=fingerprints({"kept", "closed"})))
    read = a_data_reply(*(an_account(account_id=account_id) for account_id in ("kept", "opened", "opened-too")))

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=read))

    assert world.receipt.comparison == Comparison(matched=1, new=2, missing=1)
    assert world.session.known_accounts == fingerprints({"kept", "opened", "opened-too"})


def test_a_first_success_is_compared_with_nothing_and_remembered(world: World) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=ACCOUNTS))

    assert world.receipt.comparison is None
    assert world.session.known_accounts == fingerprints([str(an_account().account_id)])


def test_a_read_without_accounts_is_not_a_success_to_compare_with(world: World, sessions: FakeSessions) -> None:
    known = fingerprints({"kept"})
    sessions.save(replace(world.session, known_accounts=known))

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NO_ACCOUNTS), 0, POLLED)

    assert world.session.known_accounts == known


def test_accounts_not_requested_are_neither_missing_nor_forgotten(world: World, sessions: FakeSessions) -> None:
    known = fingerprints({"kept", "another"})
    sessions.save(replace(world.session, known_accounts=known, options=ReadOptions(accounts=("kept",))))
    read = a_data_reply(an_account(account_id="kept"))

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=read))

    assert world.receipt.comparison == Comparison(matched=1, new=0, missing=0)
    assert world.session.known_accounts == known


def test_data_that_cannot_be_stored_leaves_the_session_fetching(world: World) -> None:
    world.results.is_down = True

    with pytest.raises(ResultNotStored):
        world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=ACCOUNTS))

    assert (world.session.status, world.session.receipt) == (Status.FETCHING, Receipt(False, NOW))
    assert "accounts_read" not in causes(world.session)


def test_data_that_is_stored_on_a_repeat_is_fresh(world: World) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=ACCOUNTS)
    world.results.is_down = True
    with pytest.raises(ResultNotStored):
        world.fetch(flinks)
    world.results.is_down = False

    assert world.fetch(flinks) == Step(Fetched.FRESH, "ACCOUNTS_FRESH")


def test_a_login_without_accounts_stores_no_data(world: World) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NO_ACCOUNTS), 0, POLLED)

    assert (world.results.documents, world.receipt.result) == ({}, None)


@pytest.mark.parametrize(("before", "outcome"), [(0, Fetched.PENDING), (5, Fetched.PENDING), (6, Fetched.REFUSED)])
@pytest.mark.parametrize("pending", [0, 1, 30])
def test_inconsistent_accounts_are_polled_for_a_minute_then_refused(
    world: World, pending: int, before: int, outcome: Fetched
) -> None:
    """It does not matter how long the data was in preparation before."""
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=AccountsInvalid("an id twice"))
    observations = (Observation(NOW, "OPERATION_PENDING", pending), Observation(NOW, "ACCOUNTS_INVALID", before))

    step = world.fetch(flinks, 0, observations)

    assert (step.outcome, step.code) == (outcome, "ACCOUNTS_INVALID")
    assert world.counted.count("AccountsInvalid") == 1
    assert (world.results.documents, world.receipt.fresh) == ({}, False)


def test_a_session_reads_what_its_options_say(world: World, sessions: FakeSessions) -> None:
    options = ReadOptions(days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=("a",))
    sessions.save(replace(world.session, options=options))
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply())

    world.fetch(flinks)

    assert flinks.options == [options]


def test_transactions_not_requested_are_not_counted_as_zero(world: World, sessions: FakeSessions) -> None:
    sessions.save(replace(world.session, options=ReadOptions(summary_only=True)))
    bare = a_data_reply(an_account(transaction_count=0, first_date=None, last_date=None))

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=bare))

    assert (world.receipt.account_count, world.receipt.transaction_count) == (1, None)


@pytest.mark.parametrize("code", ["ACCESS_DENIED", "DISABLED_LOGIN", "BRAND_NEW"])
def test_data_that_flinks_refuses_ends_the_read_with_the_code(world: World, code: str) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_reply(401, code))

    assert world.fetch(flinks) == Step(Fetched.REFUSED, code)


UNREADABLE, UNAVAILABLE = FlinksReplyUnreadable("HTML"), FlinksUnavailable("ReadTimeout")


@pytest.mark.parametrize(
    ("flinks", "code"),
    [
        (FakeFlinks(cached_authorize=a_refreshed_reply(request_id=None)), "FLINKS_UNREADABLE"),
        (FakeFlinks(cached_authorize=UNREADABLE), "FLINKS_UNREADABLE"),
        (FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=UNREADABLE), "FLINKS_UNREADABLE"),
        (FakeFlinks(cached_authorize=UNAVAILABLE), "FLINKS_UNAVAILABLE"),
        (FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=UNAVAILABLE), "FLINKS_UNAVAILABLE"),
    ],
)
def test_an_unclear_answer_is_counted_and_the_call_repeated(world: World, flinks: FakeFlinks, code: str) -> None:
    assert world.fetch(flinks) == Step(Fetched.PENDING, code, wait_seconds=10)
    assert world.counted == ["FlinksCallFailed"]


def test_a_read_that_lost_its_answer_resumes(world: World) -> None:
    flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(),
        get_accounts_detail=NOT_YET,
        get_accounts_detail_async=[FlinksUnavailable("timed out"), ACCOUNTS],
    )

    steps = [world.fetch(flinks, fetches) for fetches in range(3)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.PENDING, Fetched.FRESH]
    assert flinks.count("cached_authorize") == 1


def test_the_async_call_is_used_only_after_an_accepted_call(world: World) -> None:
    flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(), get_accounts_detail=[FlinksUnavailable("timed out"), ACCOUNTS]
    )

    steps = [world.fetch(flinks, fetches) for fetches in range(2)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.FRESH]
    assert flinks.count("get_accounts_detail_async") == 0


@pytest.mark.parametrize("reply", [a_reply(401, code) for code in ("TOO_MANY_REQUESTS", "RETRY_LATER", "CARD_IN_USE")])
def test_a_refused_data_request_keeps_no_request_id(world: World, reply: FlinksReply) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=reply))

    assert (world.session.status, world.session.data_request_id) == (Status.FETCHING, None)


def test_an_accepted_data_request_is_kept_for_the_async_call(world: World) -> None:
    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET))

    assert world.session.data_request_id == DATA_REQUEST_ID


@pytest.mark.parametrize(
    "cached",
    [
        a_reply(202, "OPERATION_PENDING"),
        a_reply(401, "TOO_MANY_REQUESTS"),
        a_reply(401, "RETRY_LATER"),
        a_reply(401, "QUESTION_NOT_FOUND"),
        a_refreshed_reply(NOW - timedelta(days=1)),
    ],
)
def test_data_that_was_proven_fresh_is_never_called_stale(
    world: World, sessions: FakeSessions, cached: FlinksReply
) -> None:
    proven = Receipt(fresh=False, last_refresh=NOW)
    sessions.with_session(a_session(Status.FETCHING, data_request_id=None, receipt=proven))

    step = world.fetch(FakeFlinks(cached_authorize=cached))

    assert (step.outcome, step.wait_seconds) == (Fetched.PENDING, 10)
    assert world.session.receipt == proven


@pytest.mark.parametrize("cached", [a_reply(202, "OPERATION_PENDING"), a_reply(202, "OPERATION_DISPATCHED")])
def test_a_cached_flow_that_is_still_running_gives_no_age(world: World, cached: FlinksReply) -> None:
    step = world.fetch(FakeFlinks(cached_authorize=cached))

    assert (step.outcome, world.session.receipt) == (Fetched.PENDING, None)


@pytest.mark.parametrize(("fetches", "wait"), [(0, 10), (18, 50)])
def test_old_data_is_polled_as_long_as_data_in_preparation(world: World, fetches: int, wait: int) -> None:
    step = world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(NOW - timedelta(days=1))), fetches)

    assert step == Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait_seconds=wait)


def test_a_redirect_during_a_read_loses_nothing(world: World, sessions: FakeSessions) -> None:
    class ComesBackMeanwhile(FakeFlinks):
        def _next(self, call: str) -> FlinksReply:
            sessions.save(world.session.note(at=NOW, actor=Actor.USER, cause=f"during_{call}"))
            return super()._next(call)

    flinks = ComesBackMeanwhile(
        cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET, get_accounts_detail_async=ACCOUNTS
    )

    steps = [world.fetch(flinks, fetches) for fetches in range(2)]

    assert [step.outcome for step in steps] == [Fetched.PENDING, Fetched.FRESH]
    assert (world.receipt.fresh, world.receipt.last_refresh, world.receipt.account_count) == (True, NOW, 1)
    assert set(causes(world.session)) >= {
        "during_cached_authorize",
        "during_get_accounts_detail",
        "during_get_accounts_detail_async",
        "refreshed",
        "accounts_read",
    }


@pytest.mark.parametrize("call", ["cached_authorize", "get_accounts_detail"])
def test_a_session_that_ends_during_a_read_stays_as_it_ended(world: World, sessions: FakeSessions, call: str) -> None:
    class CancelledMeanwhile(FakeFlinks):
        def _next(self, asked: str) -> FlinksReply:
            if asked == call:
                cancelled = Endings(cooldowns=a_cooldown())(world.session, "CANCELLED", Clock()())
                ended.append(sessions.save(cancelled))
            return super()._next(asked)

    ended: list[Session] = []
    world.fetch(CancelledMeanwhile(cached_authorize=a_refreshed_reply(), get_accounts_detail=ACCOUNTS))

    assert [world.session] == ended


def test_only_the_latest_attempt_counts_for_the_proof(world: World, sessions: FakeSessions) -> None:
    later = an_attempt(number=2, started_at=NOW + timedelta(hours=1), asked=Ask.ANSWER)
    sessions.with_session(a_session(Status.AWAITING_USER, attempt=later))

    step = world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(NOW)))

    assert step.outcome == Fetched.NOT_FRESH


def test_before_the_first_attempt_nothing_can_be_proven(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.STARTING))

    with pytest.raises(IllegalTransition):
        world.fetch(FakeFlinks())


ANOTHER_LOGIN = LOGIN_ID.replace("5", "6")
OURS_AND_ANOTHERS = a_data_reply(login_id=LOGIN_ID, other_login_ids=(ANOTHER_LOGIN,))


@pytest.mark.parametrize(
    "script",
    [
        {"cached_authorize": a_refreshed_reply(login_id=ANOTHER_LOGIN)},
        {"cached_authorize": a_refreshed_reply(), "get_accounts_detail": a_data_reply(login_id=ANOTHER_LOGIN)},
        {"cached_authorize": a_refreshed_reply(), "get_accounts_detail": OURS_AND_ANOTHERS},
    ],
    ids=["proof_of_another_login", "data_of_another_login", "data_of_two_logins"],
)
def test_an_answer_about_another_login_is_refused(world: World, script: dict[str, FlinksReply]) -> None:
    first = world.fetch(FakeFlinks(**script))
    last = world.fetch(FakeFlinks(**script), 0, (Observation(NOW, "ACCOUNTS_INVALID", 6),))

    assert (first.outcome, first.code) == (Fetched.PENDING, "ACCOUNTS_INVALID")
    assert (last.outcome, last.code) == (Fetched.REFUSED, "ACCOUNTS_INVALID")
    assert (world.results.documents, world.session.status.is_success) == ({}, False)


def test_the_login_is_the_same_in_either_letter_case(world: World) -> None:
    ours = a_data_reply(login_id=LOGIN_ID.upper())

    assert world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=ours)).outcome == "FRESH"


OLD = NOW - timedelta(days=3)


def test_data_older_than_its_proof_is_polled_and_then_stale(world: World) -> None:
    """Cached Authorize dates the login, and the data dates itself: the data that is delivered must be fresh."""
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_data_reply(last_refresh=OLD))

    first = world.fetch(flinks)
    second = world.fetch(flinks, 1, (Observation(NOW, "ACCOUNTS_STALE", 9), Observation(NOW, first.code, 1)))
    last = world.fetch(flinks, 6, (Observation(NOW, first.code, 6),))

    assert [first, second] == [Step(Fetched.PENDING, "DATA_OLDER", wait_seconds=10)] * 2
    assert flinks.count("cached_authorize") == 3, "the RequestId of old data is not polled again"
    assert last == Step(Fetched.REFUSED, "ACCOUNTS_STALE")
    assert (world.receipt.fresh, world.receipt.last_refresh, world.results.documents) == (False, OLD, {})


@pytest.mark.parametrize("cached", [a_refreshed_reply(OLD), a_reply(203), a_reply(401, "QUESTION_NOT_FOUND")])
def test_a_login_found_stale_while_its_data_is_polled_ends_as_stale(
    world: World, sessions: FakeSessions, cached: FlinksReply
) -> None:
    sessions.with_session(a_session(Status.FETCHING, data_request_id=None, receipt=Receipt(False, NOW)))

    observations: tuple[Observation, ...] = ()
    while (
        step := world.fetch(FakeFlinks(cached_authorize=cached), len(observations), observations)
    ).outcome == Fetched.PENDING:
        observations = add_poll(observations, NOW, step.code)

    assert (step.code, count_polls(observations, "DATA_OLDER")) == ("ACCOUNTS_STALE", 6)
    assert world.receipt.last_refresh == (cached.last_refresh or NOW)


@pytest.mark.parametrize("fetches", [0, 3])
def test_reading_an_erased_login_deletes_what_was_stored_before(world: World, fetches: int) -> None:
    world.erased()
    world.results.keep(SESSION_ID, "left-behind", b"{}")

    with pytest.raises(SessionNotFound):
        world.fetch(FakeFlinks(), fetches)

    assert world.results.documents == {}


def test_the_receipt_has_the_age_of_the_delivered_data(world: World) -> None:
    later = NOW + timedelta(seconds=3)

    world.fetch(FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_data_reply(last_refresh=later)))

    assert world.receipt.last_refresh == later


ASKED_STILL = a_reply(401, "QUESTION_NOT_FOUND", request_id=DATA_REQUEST_ID)


def test_a_repeated_question_in_the_cached_flow_gives_the_datas_age(world: World) -> None:
    flinks = FakeFlinks(cached_authorize=ASKED_STILL, get_accounts_summary=a_data_reply(last_refresh=OLD))

    steps = [world.fetch(flinks) for _ in range(2)]

    assert [step.code for step in steps] == ["ACCOUNTS_STALE"] * 2
    assert (world.receipt.fresh, world.receipt.last_refresh) == (False, OLD)
    assert (flinks.count("get_accounts_detail"), flinks.asked_about[1]) == (0, DATA_REQUEST_ID)


def test_an_open_question_in_the_cached_flow_does_not_hide_fresh_data(world: World) -> None:
    flinks = FakeFlinks(cached_authorize=ASKED_STILL, get_accounts_summary=a_data_reply(last_refresh=NOW))

    assert world.fetch(flinks).outcome == Fetched.FRESH


@pytest.mark.parametrize("summary", [a_reply(202), a_reply(401, "UNAUTHORIZED"), FlinksUnavailable("timed out")])
def test_a_missing_age_does_not_delay_the_read(world: World, summary: FlinksReply | Exception) -> None:
    step = world.fetch(FakeFlinks(cached_authorize=ASKED_STILL, get_accounts_summary=summary))

    assert (step.outcome, step.code) == (Fetched.NOT_FRESH, "ACCOUNTS_STALE")


NO_TRANSACTION = a_reply(400, "NO_TRANSACTION")
BARE = a_data_reply(an_account(transaction_count=None, first_date=None, last_date=None))


@pytest.mark.parametrize(
    "script",
    [
        {"get_accounts_detail": [NO_TRANSACTION, BARE]},
        {"get_accounts_detail": [NOT_YET, BARE], "get_accounts_detail_async": NO_TRANSACTION},
        {"get_accounts_detail": [NO_TRANSACTION, NOT_YET], "get_accounts_detail_async": BARE},
    ],
    ids=["at_once", "after_a_while", "that_take_a_while_themselves"],
)
def test_accounts_refused_for_their_transactions_are_read_without_them(
    world: World, script: dict[str, FlinksReply]
) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), **script)

    step = world.fetch_until_settled(flinks)

    assert step.outcome == Fetched.FRESH
    assert [options.summary_only for options in flinks.options] == [False, True]
    assert (world.receipt.account_count, world.receipt.transaction_count) == (1, None)


@pytest.mark.parametrize("code", ["QUESTION_NOT_FOUND", "UNAUTHORIZED", "INVALID_PASSWORD"])
def test_a_data_call_that_asks_for_the_user_is_reopened_once(world: World, code: str) -> None:
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=a_reply(401, code))

    steps = [world.fetch(flinks, fetches) for fetches in range(2)]

    assert [(step.outcome, step.code) for step in steps] == [("PENDING", code), ("REFUSED", "DATA_GONE")]
