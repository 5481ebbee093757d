"""A plan says what opening the sessions would meet, asks no bank, and changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.attempt import Ask
from reconnect.model.batch import PlannedBatch, Skip, Window
from reconnect.model.batch_request import BatchRequest, Lines
from reconnect.model.contact_entries import Contact
from reconnect.model.errors import RecordUnreadable, TooSoon
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence
from reconnect.model.reasons import Reason
from reconnect.model.session import WAITING, Actor, Status, TimelineEntry
from reconnect.model.waits import WaitReason
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW
from tests.fakes.contacts import FakeContacts
from tests.fakes.sessions import FakeLogins
from tests.unit.world import World

A_BANK = Institution(14, "FlinksCapital")
WINDOW = Window(NOW, NOW + timedelta(hours=6), cap=2)
DAY = timedelta(days=1)
BLOCKS = [WaitReason.COOLDOWN, WaitReason.LOCKOUT_GUARD, WaitReason.OPEN_ATTEMPT]


class Untouched(FakeContacts):
    """A ledger that nobody may read."""

    def get(self, keys: Sequence[str]) -> list[Contact]:
        raise AssertionError(keys)


def names(count: int) -> list[str]:
    return [str(UUID(int=number)) for number in range(1, count + 1)]


def plan(world: World, *login_ids: str, **more: Any) -> PlannedBatch:
    return world.service.plan_batch(BatchRequest(Lines.of(enumerate(login_ids, 1)), WINDOW, **more))


def counts(planned: PlannedBatch) -> dict[Institution | None, int]:
    return {each.load.institution: each.load.logins for each in planned.plan.forecasts}


@given(
    status=st.sampled_from(Status),
    reason=st.sampled_from(BLOCKS),
    seconds=st.integers(-2, 2),
    is_settled=st.booleans(),
)
def test_a_login_is_left_out_if_and_only_if_no_session_could_be_opened_for_it(
    status: Status, reason: WaitReason, seconds: int, *, is_settled: bool
) -> None:
    world, until = World(), NOW + timedelta(seconds=seconds)
    waits = {"next_allowed_at": until, "wait_reason": reason} if status.is_terminal else {}
    session = world.with_session(status, **waits)
    if status.is_terminal:
        held = world.logins.save(world.login.hold(session.session_id))
        # Otherwise the function crashed that ended the session; whoever opens the next one settles it.
        _ = is_settled and world.logins.save(held.settle(session))

    planned = plan(world, LOGIN_ID)

    try:
        joined = world.service.open_session(OpenRequest(LOGIN_ID)).joined
    except TooSoon:
        assert planned.skipped == {Skip(reason.value): (1,)}
    else:
        live = {(Skip.NEEDS_USER if status in WAITING else Skip.LIVE): (1,)}
        assert planned.skipped == (live if joined else {})


@given(
    ages=st.lists(st.none() | st.integers(0, 48), min_size=1, max_size=8),
    banks=st.lists(st.sampled_from([A_BANK, None]), min_size=8, max_size=8),
)
def test_every_login_is_planned_at_its_bank_or_left_out_as_fresh_enough(
    ages: list[int | None], banks: list[Institution | None]
) -> None:
    world, login_ids = World(), names(len(ages))
    for login_id, age, bank in zip(login_ids, ages, banks, strict=False):
        refreshed = None if age is None else NOW - timedelta(hours=age)
        world.logins.save(Login(login_id=login_id, last_refresh=refreshed, institution=bank))

    planned = plan(world, *login_ids, fresh_within=DAY)

    fresh = tuple(at for at, age in enumerate(ages, 1) if age is not None and age <= 24)
    assert planned.skipped == ({Skip.FRESH: fresh} if fresh else {})
    left = [bank for at, bank in enumerate(banks[: len(ages)], 1) if at not in fresh]
    assert counts(planned) == {bank: left.count(bank) for bank in left}


@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=8), is_included=st.booleans())
def test_a_login_whose_last_five_tries_ended_in_a_question_is_left_out(counts: list[int], *, is_included: bool) -> None:
    world, login_ids = World(), names(len(counts))
    for login_id, count in zip(login_ids, counts, strict=True):
        world.logins.save(Login(login_id=login_id, unattended_questions=count))

    planned = plan(world, *login_ids, with_hopeless=is_included)

    hopeless = tuple(at for at, count in enumerate(counts, 1) if count >= 5 and not is_included)
    assert planned.skipped == ({Skip.HOPELESS: hopeless} if hopeless else {})


def test_five_nights_in_which_nobody_came_make_a_login_hopeless_without_a_write() -> None:
    world, parked = World(), TimelineEntry(NOW, Actor.SERVICE, "parked", Status.AWAITING_CLICK)
    a_week_later = BatchRequest(Lines.of([(1, LOGIN_ID)]), Window(NOW + 7 * DAY, NOW + 8 * DAY, cap=2))
    skipped = []
    for night in range(5):
        session_id = f"{night:032x}"
        world.with_session(
            Status.AWAITING_CLICK,
            session_id=session_id,
            presence=Presence.ABSENT,
            task_token=None,
            timeline=(parked,),
        )
        saves = world.logins.saves
        world.service.finish_session(session_id, Reason.USER_ABSENT)
        assert world.logins.saves == saves + 1
        skipped.append(world.service.plan_batch(a_week_later).skipped)

    assert skipped == [*[{}] * 4, {Skip.HOPELESS: (1,)}]


class Counted(FakeLogins):
    """Counts the requests that read logins."""

    requests = 0

    def get_all(self, login_ids: Sequence[str]) -> list[Login]:
        self.requests += 1
        return super().get_all(login_ids)


def asked_yesterday(world: World) -> None:
    """A session of yesterday's batch asked its absent user, and its link has ended without an answer."""
    world.clock.now = NOW - DAY
    world.with_session(
        Status.AUTHORIZING,
        presence=Presence.ABSENT,
        created_at=NOW - DAY,
        link_expires_at=NOW,
        execution_name=SESSION_ID,
    )
    world.logins.save(world.login.hold(SESSION_ID))
    world.service.build_connect_url.park(SESSION_ID, SESSION_ID, Ask.ANSWER)
    world.clock.now = NOW
    world.service.finish_session(SESSION_ID, Reason.USER_ABSENT)


@pytest.mark.parametrize(
    ("days", "interval", "is_left_out"), [(0, 7, True), (4, 7, True), (5, 7, False), (0, 0, False), (0, 2, False)]
)
def test_who_was_asked_and_has_not_answered_is_left_out_until_they_may_be_asked(
    days: int, interval: int, *, is_left_out: bool
) -> None:
    world = World()
    world.logins = logins = Counted()
    world.set(contact_interval_days=interval)
    asked_yesterday(world)
    world.contacts = Untouched()
    begin = NOW + days * DAY + timedelta(hours=1)
    night = Window(begin, begin + timedelta(hours=6), cap=2)

    planned = world.service.plan_batch(BatchRequest(Lines.of([(1, LOGIN_ID)]), night))

    assert planned.skipped == ({Skip.ASKED_RECENTLY: (1,)} if is_left_out else {})
    assert logins.requests == 1


def test_a_login_that_succeeded_after_its_user_was_asked_is_planned() -> None:
    world = World()
    asked_yesterday(world)
    world.with_session(Status.SUCCEEDED, session_id="another")
    world.logins.save(world.login.hold("another"))

    tomorrow = BatchRequest(Lines.of([(1, LOGIN_ID)]), Window(NOW + DAY, NOW + 2 * DAY, cap=2))

    assert world.service.plan_batch(tomorrow).skipped == {}


def test_a_login_that_was_never_refreshed_is_planned_at_an_unknown_bank() -> None:
    planned = plan(World(), *names(5))

    assert (counts(planned), planned.skipped) == ({None: 5}, {})


def test_an_attempt_is_as_long_as_the_last_sessions_at_that_bank_were() -> None:
    world, login_ids = World(), names(6)
    for number, login_id in enumerate(login_ids):
        ended = TimelineEntry(NOW - DAY + timedelta(seconds=50), Actor.BANK, "fetched", Status.SUCCEEDED)
        session = a_session(
            Status.SUCCEEDED, session_id=f"{number:032x}", created_at=NOW - DAY, login_id=login_id, timeline=(ended,)
        )
        world.sessions.with_session(session)
        world.logins.save(replace(world.logins.get(login_id), last_session_id=session.session_id, institution=A_BANK))

    planned = plan(world, *login_ids, names(7)[-1]).plan

    found = {each.load.institution: each for each in planned.forecasts}
    assert (found[A_BANK].load.attempt, found[A_BANK].load.samples) == (timedelta(seconds=52.5), 6)
    assert (found[A_BANK].ends_at, found[None].load.samples) == (NOW + timedelta(seconds=157.5), 0)


def test_a_record_that_cannot_be_read_leaves_out_its_own_login_only() -> None:
    world, login_ids = World(), names(250)

    class Damaged(FakeLogins):
        def get_all(self, login_ids: Sequence[str]) -> list[Login]:
            if damaged & set(login_ids):
                raise RecordUnreadable("a login")
            return super().get_all(login_ids)

    damaged = {login_ids[0], login_ids[130], login_ids[131]}
    world.logins = Damaged()

    planned = plan(world, *login_ids)

    assert planned.skipped == {Skip.UNREADABLE: (1, 131, 132)}
    assert counts(planned) == {None: 247}


def test_a_plan_changes_nothing_and_asks_nobody() -> None:
    world = World()
    world.with_session(Status.SUCCEEDED)
    before, saves = world.session, world.logins.saves

    plan(world, LOGIN_ID, *names(3))

    assert (world.session, world.logins.saves) == (before, saves)
    assert world.flinks.calls == []
    assert world.workflow.executions == {}
