"""The contract of every store of logins: one writer wins, and a LoginId has no letter case."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta

import pytest

from reconnect.model.errors import SessionChanged
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse
from reconnect.model.login import Login
from reconnect.model.waits import WaitReason
from reconnect.ports import Logins
from tests.contract.at_once import at_once
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW, Clock

NEW = Login(login_id=LOGIN_ID)
EVERYTHING = Login(
    login_id=LOGIN_ID,
    session_id="one",
    last_session_id="the-one-before",
    institution=Institution(14, "FlinksCapital"),
    failures=2,
    next_allowed_at=NOW + timedelta(hours=1),
    wait_reason=WaitReason.OPEN_ATTEMPT,
    known_accounts=frozenset({"an-account", "another"}),
    last_refresh=NOW - timedelta(days=1),
    newest_days={"another": date(2026, 3, 1)},
    recent=("one", "the-one-before"),
    link_use=LinkUse(NOW, attempts=2, loads=3, paused_until=NOW + timedelta(days=1)),
    unattended_questions=4,
    asked_at=NOW - timedelta(days=3),
    succeeds_alone=True,
)


@pytest.mark.parametrize("login_id", [LOGIN_ID, "", " ", "unknown", "é"])
def test_a_login_that_was_never_written_is_new(logins: Logins, login_id: str) -> None:
    assert logins.get(login_id) == Login(login_id=login_id)


def test_a_login_with_every_field_set_comes_back_as_it_was(logins: Logins) -> None:
    assert all(getattr(EVERYTHING, field.name) for field in fields(Login) if field.name != "version")

    saved = logins.save(EVERYTHING)

    assert logins.get(LOGIN_ID) == saved == replace(EVERYTHING, version=saved.version)


def test_what_a_write_removes_is_removed(logins: Logins) -> None:
    first = logins.save(EVERYTHING)

    second = logins.save(replace(NEW, version=first.version))

    assert logins.get(LOGIN_ID) == replace(NEW, version=second.version)


def test_logins_that_are_read_together_are_as_each_one_alone(logins: Logins) -> None:
    logins.save(EVERYTHING)
    logins.save(Login(login_id="another").hold("two"))
    login_ids = ["another", "unknown", LOGIN_ID.upper()]

    assert logins.get_all(login_ids) == [logins.get(login_id) for login_id in login_ids]
    assert logins.get_all([]) == []


def test_two_logins_are_stored_separately(logins: Logins) -> None:
    logins.save(NEW.hold("one"))
    logins.save(Login(login_id="another").hold("two"))

    assert (logins.get(LOGIN_ID).session_id, logins.get("another").session_id) == ("one", "two")


@pytest.mark.parametrize("spelled", [LOGIN_ID.upper(), LOGIN_ID.title()])
def test_a_login_written_in_another_letter_case_is_the_same_login(logins: Logins, spelled: str) -> None:
    logins.save(NEW.hold("one"))

    assert logins.get(spelled).session_id == "one"
    with pytest.raises(SessionChanged):
        logins.save(Login(login_id=spelled).hold("two"))


def test_a_login_is_read_and_written_in_either_letter_case(logins: Logins) -> None:
    logins.save(NEW.hold("one"))

    logins.save(replace(logins.get(LOGIN_ID.upper()), session_id=None))

    assert logins.get(LOGIN_ID).session_id is None


def test_each_write_of_a_login_has_a_later_version(logins: Logins) -> None:
    first = logins.save(NEW.hold("one"))
    second = logins.save(first.hold("two"))

    assert 0 < first.version < second.version
    assert logins.get(LOGIN_ID) == second


@pytest.mark.parametrize("is_new", [False, True])
def test_a_login_changed_by_another_writer_is_not_written(logins: Logins, is_new: bool) -> None:
    first = logins.save(NEW.hold("first"))
    newest = logins.save(first.hold("second"))

    with pytest.raises(SessionChanged):
        logins.save((NEW if is_new else first).hold("third"))

    assert logins.get(LOGIN_ID) == newest


def test_a_version_that_was_never_written_is_not_overwritten(logins: Logins) -> None:
    with pytest.raises(SessionChanged):
        logins.save(replace(NEW, version=1).hold("one"))


@pytest.mark.parametrize("written", [0, 1])
def test_one_of_many_callers_takes_a_login(logins: Logins, written: int) -> None:
    login = logins.save(NEW) if written else NEW

    def take(number: int) -> str | None:
        try:
            return logins.save(login.hold(f"session-{number}")).session_id
        except SessionChanged:
            return None

    [winner] = [session_id for session_id in at_once(take) if session_id]
    assert logins.get(LOGIN_ID).session_id == winner


@pytest.mark.parametrize("spelled", [LOGIN_ID, LOGIN_ID.upper()])
def test_an_erased_login_is_new_again(logins: Logins, spelled: str) -> None:
    logins.save(replace(EVERYTHING, next_allowed_at=None))

    logins.erase(replace(logins.get(spelled), next_allowed_at=None))
    logins.erase(logins.get(spelled))

    assert logins.get(LOGIN_ID) == NEW
    assert logins.save(NEW.hold("two")) == logins.get(LOGIN_ID)


def test_an_erased_login_keeps_only_its_wait_and_the_reason(logins: Logins) -> None:
    logins.erase(logins.save(EVERYTHING))

    assert logins.get(LOGIN_ID) == replace(
        NEW, next_allowed_at=EVERYTHING.next_allowed_at, wait_reason=EVERYTHING.wait_reason
    )


def test_a_login_with_only_a_wait_is_written_and_erased_like_a_new_one(logins: Logins) -> None:
    logins.erase(logins.save(EVERYTHING))
    paused = logins.get(LOGIN_ID)

    logins.erase(paused)

    assert logins.get(LOGIN_ID) == paused
    held = logins.save(paused.hold("two"))
    assert logins.get(LOGIN_ID) == held
    with pytest.raises(SessionChanged):
        logins.save(paused.hold("three"))


@pytest.mark.parametrize("pause", [None, NOW + timedelta(minutes=8)])
def test_a_login_changed_by_another_writer_is_not_erased(logins: Logins, pause: datetime | None) -> None:
    read = logins.save(EVERYTHING)
    newest = logins.save(read.hold("another"))

    with pytest.raises(SessionChanged):
        logins.erase(replace(read, next_allowed_at=pause))

    assert logins.get(LOGIN_ID) == newest


def test_a_login_read_before_its_erasure_cannot_be_written_or_erased(logins: Logins, clock: Clock) -> None:
    read_before = logins.save(NEW.hold("one"))
    logins.erase(read_before)
    clock.turn(milliseconds=1)
    taken_since = logins.save(NEW.hold("two"))

    with pytest.raises(SessionChanged):
        logins.save(read_before.hold("three"))
    with pytest.raises(SessionChanged):
        logins.erase(read_before)

    assert logins.get(LOGIN_ID) == taken_since


def test_a_login_is_erased_or_taken_but_not_both(logins: Logins) -> None:
    read = logins.save(NEW)

    def act(number: int) -> str:
        try:
            logins.erase(read) if number % 2 else logins.save(read.hold(f"session-{number}"))
        except SessionChanged:
            return ""
        return "" if number % 2 else f"session-{number}"

    winners = [session_id for session_id in at_once(act) if session_id]

    assert logins.get(LOGIN_ID).session_id == (winners[0] if winners else None)
    assert len(winners) <= 1
