"""The login: held by one session, and settled by whoever finds that session ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.domain.login import Login
from reconnect.domain.session import TERMINAL, Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW

LATER = NOW + timedelta(hours=1)
FREE = Login(login_id=LOGIN_ID, version=7, failures=1, next_allowed_at=NOW)
ENDED = a_session(Status.EXPIRED, failures=2, next_allowed_at=LATER)


def test_a_login_that_is_held_remembers_what_it_knew() -> None:
    held = FREE.hold(SESSION_ID)

    assert held == Login(login_id=LOGIN_ID, version=7, session_id=SESSION_ID, failures=1, next_allowed_at=NOW)


def test_a_session_that_has_ended_leaves_its_login_free_and_wiser() -> None:
    settled = FREE.hold(SESSION_ID).settle(ENDED)

    assert settled == Login(login_id=LOGIN_ID, version=7, session_id=None, failures=2, next_allowed_at=LATER)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_login_knows_the_accounts_of_its_last_success_whatever_came_after(status: Status) -> None:
    before, read = frozenset({"kept", "closed"}), frozenset({"kept", "opened"})
    held = replace(FREE, known_accounts=before).hold(SESSION_ID)

    settled = held.settle(a_session(status, known_accounts=read))

    assert settled.known_accounts == (read if status in {Status.SUCCEEDED, Status.REPAIRED} else before)


def test_a_session_without_a_pause_takes_the_old_pause_back() -> None:
    assert FREE.hold(SESSION_ID).settle(a_session(Status.CANCELLED)).next_allowed_at is None


def test_a_login_is_settled_once() -> None:
    settled = FREE.hold(SESSION_ID).settle(ENDED)

    assert settled.settle(ENDED) is settled


def test_a_login_that_another_session_holds_is_left_alone() -> None:
    held = FREE.hold("another-session")

    assert held.settle(ENDED) is held
