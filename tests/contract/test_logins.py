"""What every memory of logins does: one writer wins, and a LoginId is the same in either letter case."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from reconnect.domain.errors import SessionChanged
from reconnect.domain.login import Login
from reconnect.domain.ports import Logins
from tests.contract.at_once import at_once
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW

NEW = Login(login_id=LOGIN_ID)
EVERYTHING = Login(
    login_id=LOGIN_ID,
    session_id="one",
    failures=2,
    next_allowed_at=NOW + timedelta(hours=1),
    known_accounts=frozenset({"an-account", "another"}),
)


@pytest.mark.parametrize("login_id", [LOGIN_ID, "", " ", "nobody", "é"])
def test_a_login_that_was_never_written_is_new(logins: Logins, login_id: str) -> None:
    assert logins.get(login_id) == Login(login_id=login_id)


def test_a_login_with_every_field_set_comes_back_as_it_was(logins: Logins) -> None:
    assert all(getattr(EVERYTHING, field.name) for field in fields(Login) if field.name != "version")

    saved = logins.save(EVERYTHING)

    assert logins.get(LOGIN_ID) == saved == replace(EVERYTHING, version=1)


def test_what_is_forgotten_is_gone(logins: Logins) -> None:
    logins.save(EVERYTHING)

    logins.save(replace(NEW, version=1))

    assert logins.get(LOGIN_ID) == replace(NEW, version=2)


def test_two_logins_are_remembered_apart(logins: Logins) -> None:
    logins.save(NEW.hold("one"))
    logins.save(Login(login_id="another").hold("two"))

    assert (logins.get(LOGIN_ID).session_id, logins.get("another").session_id) == ("one", "two")


@pytest.mark.parametrize("spelled", [LOGIN_ID.upper(), LOGIN_ID.title()])
def test_a_login_written_in_other_letters_is_the_same_login(logins: Logins, spelled: str) -> None:
    logins.save(NEW.hold("one"))

    assert logins.get(spelled).session_id == "one"
    with pytest.raises(SessionChanged):
        logins.save(Login(login_id=spelled).hold("two"))


def test_a_login_may_be_read_and_written_in_other_letters(logins: Logins) -> None:
    logins.save(NEW.hold("one"))

    logins.save(replace(logins.get(LOGIN_ID.upper()), session_id=None))

    assert logins.get(LOGIN_ID).session_id is None


def test_each_write_of_a_login_is_the_next_version(logins: Logins) -> None:
    first = logins.save(NEW.hold("one"))
    second = logins.save(first.hold("two"))

    assert (first.version, second.version) == (1, 2)
    assert logins.get(LOGIN_ID) == second


@pytest.mark.parametrize("standing", [NEW, replace(NEW, version=1)])
def test_a_login_that_somebody_else_has_written_since_is_not_written(logins: Logins, standing: Login) -> None:
    logins.save(NEW.hold("first"))
    newest = logins.save(replace(NEW, version=1).hold("second"))

    with pytest.raises(SessionChanged):
        logins.save(standing.hold("third"))

    assert logins.get(LOGIN_ID) == newest


def test_a_version_that_nobody_wrote_is_not_written_over(logins: Logins) -> None:
    with pytest.raises(SessionChanged):
        logins.save(replace(NEW, version=1).hold("one"))


@pytest.mark.parametrize("written", [0, 1])
def test_of_many_who_take_a_login_at_once_exactly_one_does(logins: Logins, written: int) -> None:
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
    logins.save(EVERYTHING)

    logins.erase(spelled)
    logins.erase(spelled)

    assert logins.get(LOGIN_ID) == NEW
    assert logins.save(NEW.hold("two")).version == 1
