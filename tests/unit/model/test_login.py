"""The login: held by one session, and settled after that session has ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.contact_entries import AskState, Hold, HoldReason
from reconnect.model.login import Login
from reconnect.model.presence import Presence
from reconnect.model.receipts import Receipt
from reconnect.model.session import TERMINAL, Actor, Session, Status, TimelineEntry
from reconnect.model.waits import WaitReason
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_receipt, a_session
from tests.fakes.clock import NOW

LATER = NOW + timedelta(hours=1)
FREE = Login(login_id=LOGIN_ID, version=7, failures=1, next_allowed_at=NOW)
ENDED = a_session(Status.EXPIRED, failures=2, next_allowed_at=LATER, wait_reason=WaitReason.LOCKOUT_GUARD)


def test_a_held_login_keeps_what_it_knew() -> None:
    held = FREE.hold(SESSION_ID)

    known = Login(login_id=LOGIN_ID, version=7, failures=1, next_allowed_at=NOW)
    assert held == replace(known, session_id=SESSION_ID, recent=(SESSION_ID,))


def test_a_login_names_the_last_ten_sessions_that_held_it() -> None:
    login = FREE
    for number in range(12):
        login = login.hold(f"session-{number}")

    assert login.recent == tuple(f"session-{number}" for number in range(11, 1, -1))


def test_an_ended_session_frees_and_updates_its_login() -> None:
    settled = FREE.hold(SESSION_ID).settle(ENDED)

    assert settled == Login(
        login_id=LOGIN_ID,
        version=7,
        last_session_id=SESSION_ID,
        failures=2,
        next_allowed_at=LATER,
        wait_reason=WaitReason.LOCKOUT_GUARD,
        recent=(SESSION_ID,),
    )


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_login_keeps_the_accounts_of_its_last_success(status: Status) -> None:
    before, read = frozenset({"kept", "closed"}), frozenset({"kept", "opened"})
    held = replace(FREE, known_accounts=before).hold(SESSION_ID)

    settled = held.settle(a_session(status, known_accounts=read))

    assert settled.known_accounts == (read if status in {Status.SUCCEEDED, Status.REPAIRED} else before)


PARKED = (TimelineEntry(NOW, Actor.SERVICE, "parked", Status.AWAITING_CLICK),)
ENDINGS = st.builds(
    lambda status, presence, timeline: a_session(status, presence=presence, timeline=timeline),
    st.sampled_from(sorted(TERMINAL)),
    st.sampled_from([Presence.ABSENT, Presence.ATTENDED, None]),
    st.sampled_from([PARKED, ()]),
)


@given(sessions=st.lists(ENDINGS, max_size=12))
def test_a_login_counts_the_questions_to_nobody_since_a_success_without_one(sessions: list[Session]) -> None:
    login = FREE
    for session in sessions:
        login = login.hold(SESSION_ID).settle(session)

    needed_nobody = [
        at
        for at, each in enumerate(sessions, 1)
        if each.status in {Status.SUCCEEDED, Status.REPAIRED} and not each.timeline
    ]
    since = sessions[max(needed_nobody, default=0) :]
    asked_nobody = [each for each in since if each.timeline and each.presence is Presence.ABSENT]
    assert login.unattended_questions == len(asked_nobody)


def test_a_crash_between_end_and_release_counts_a_question_once() -> None:
    asked = a_session(Status.EXPIRED, presence=Presence.ABSENT, timeline=PARKED)
    settled = FREE.hold(SESSION_ID).settle(asked)

    assert settled.settle(asked).unattended_questions == 1


def an_ending(number: int, status: Status, presence: Presence, question: str | None) -> Session:
    """A session that ended after its user was `asked`, or would have been if the ask had not been `held` back."""
    at = NOW + timedelta(days=number)
    live = a_session(Status.AUTHORIZING, presence=presence, timeline=())
    if question:
        live = live.move(Status.AWAITING_CLICK, at=at, actor=Actor.SERVICE, cause="parked")
    if question == "held":
        live = replace(live, asking=AskState(Hold(LATER, HoldReason.ASKED_RECENTLY)))
    return live.end(status, at=at + timedelta(hours=9), cause="ended", failure=None, event_type="SessionEnded")


SUCCESSES = {Status.SUCCEEDED, Status.REPAIRED}
TOLD = st.lists(
    st.tuples(
        st.sampled_from(sorted(TERMINAL)),
        st.sampled_from([Presence.ABSENT, Presence.ATTENDED]),
        st.sampled_from([None, "asked", "held"]),
    ),
    max_size=8,
)


@given(told=TOLD)
def test_a_login_knows_when_its_absent_user_was_asked_until_it_succeeds(
    told: list[tuple[Status, Presence, str | None]],
) -> None:
    login = FREE
    for number, each in enumerate(told):
        login = login.hold(SESSION_ID).settle(an_ending(number, *each))

    begin = max((at for at, (status, _, _) in enumerate(told, 1) if status in SUCCESSES), default=0)
    asked = [at for at, each in enumerate(told) if at >= begin and each[1:] == (Presence.ABSENT, "asked")]
    assert login.asked_at == (NOW + timedelta(days=asked[-1]) if asked else None)


@given(told=TOLD)
def test_a_login_succeeds_alone_if_its_last_session_that_tells_needed_nobody(
    told: list[tuple[Status, Presence, str | None]],
) -> None:
    login = FREE
    for number, each in enumerate(told):
        login = login.hold(SESSION_ID).settle(an_ending(number, *each))

    telling = [question is None for status, _, question in told if question or status in SUCCESSES]
    assert login.succeeds_alone == (bool(telling) and telling[-1])


TIMES = st.none() | st.datetimes(NOW.replace(tzinfo=None), LATER.replace(tzinfo=None), timezones=st.just(UTC))
WAITS = st.tuples(TIMES, st.sampled_from(WaitReason)).map(lambda wait: wait if wait[0] else (None, None))


@given(known=WAITS, left=WAITS, is_session=st.booleans())
def test_the_later_of_two_waits_is_kept_with_its_reason(known: Any, left: Any, is_session: bool) -> None:
    until, reason = known
    if is_session:
        live = a_session(Status.AUTHORIZING, next_allowed_at=until, wait_reason=reason)
        waiting: Session | Login = live.wait(*left) if left[0] else live
    else:
        held = replace(FREE, next_allowed_at=until, wait_reason=reason).hold(SESSION_ID)
        waiting = held.settle(a_session(Status.CANCELLED, next_allowed_at=left[0], wait_reason=left[1]))

    expected = max([known, left], key=lambda wait: wait[0] or NOW - timedelta(days=1))
    assert (waiting.next_allowed_at, waiting.wait_reason) == expected


@pytest.mark.parametrize(
    ("status", "receipt", "newest"),
    [
        (Status.SUCCEEDED, a_receipt(last_refresh=LATER), LATER),
        (Status.STALE, Receipt(fresh=False, last_refresh=NOW), NOW),
        (Status.STALE, Receipt(fresh=False, last_refresh=NOW - timedelta(days=9)), NOW - timedelta(days=1)),
        (Status.STALE, Receipt(fresh=False, last_refresh=LATER), NOW - timedelta(days=1)),
        (Status.STALE, Receipt(fresh=False, last_refresh=None), NOW - timedelta(days=1)),
        (Status.CANCELLED, None, NOW - timedelta(days=1)),
    ],
    ids=["fresh", "newer", "older", "in_the_future", "undated", "nothing_read"],
)
def test_a_login_remembers_the_newest_plausible_refresh_date(
    status: Status, receipt: Receipt | None, newest: datetime
) -> None:
    held = replace(FREE, last_refresh=NOW - timedelta(days=1)).hold(SESSION_ID)

    assert held.settle(a_session(status, receipt=receipt)).last_refresh == newest


def test_an_erased_login_keeps_only_its_wait_while_it_lasts() -> None:
    known = replace(FREE, last_refresh=NOW, last_session_id=SESSION_ID, wait_reason=WaitReason.OPEN_ATTEMPT)

    left = replace(known, next_allowed_at=LATER).forget(NOW)

    assert left == Login(login_id=LOGIN_ID, version=7, next_allowed_at=LATER, wait_reason=WaitReason.OPEN_ATTEMPT)
    assert known.forget(NOW) == Login(login_id=LOGIN_ID, version=7)


def test_a_login_is_settled_once() -> None:
    settled = FREE.hold(SESSION_ID).settle(ENDED)

    assert settled.settle(ENDED) is settled


def test_settling_does_not_change_a_login_of_another_session() -> None:
    held = FREE.hold("another-session")

    assert held.settle(ENDED) is held
