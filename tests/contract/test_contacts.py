"""The contract of the ledger of contacts: of all who want to ask a person, one may, until its time is over."""

from datetime import time, timedelta
from typing import Any

import pytest

from reconnect.model.contact_entries import Contact, Hold
from reconnect.model.errors import RecordUnreadable
from reconnect.model.presence import Presence
from reconnect.ports import Contacts
from reconnect.rules.contact import ContactPolicy
from reconnect.rules.reminders import Reminders
from reconnect.usecases.ask_users import AskUsers
from tests.contract.at_once import at_once
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW

WEEK = timedelta(days=7)
KEY = "user-a-seal"
FIRST = Contact(NOW + WEEK, "one/first")
OTHER = Contact(NOW + WEEK + timedelta(hours=1), "another/first")


@pytest.fixture
def contacts(store: Store) -> Contacts:
    return store.contacts


def test_a_person_who_was_never_asked_has_no_entry(contacts: Contacts) -> None:
    assert contacts.get([KEY, "login-a"]) == []


def test_an_ask_forbids_every_other_one_until_its_time_is_over(contacts: Contacts) -> None:
    assert contacts.claim(KEY, FIRST, NOW) is None

    assert contacts.claim(KEY, OTHER, NOW + WEEK - timedelta(microseconds=1)) == FIRST
    assert contacts.get([KEY]) == [FIRST]
    assert contacts.claim(KEY, OTHER, NOW + WEEK) is None
    assert contacts.get([KEY]) == [OTHER]


def test_a_repeat_of_an_ask_is_the_same_ask(contacts: Contacts) -> None:
    contacts.claim(KEY, FIRST, NOW)
    later = Contact(NOW + 2 * WEEK, FIRST.ask)

    assert contacts.claim(KEY, later, NOW + timedelta(days=1)) is None
    assert contacts.get([KEY]) == [later]


def test_the_entries_of_several_keys_are_apart(contacts: Contacts) -> None:
    contacts.claim(KEY, FIRST, NOW)

    assert contacts.claim("login-a", OTHER, NOW) is None
    assert {each.ask for each in contacts.get(["login-a", KEY, "login-b"])} == {FIRST.ask, OTHER.ask}


def test_of_many_who_ask_at_once_one_may(contacts: Contacts) -> None:
    asked = at_once(lambda number: contacts.claim(KEY, Contact(NOW + WEEK, f"{number}/first"), NOW))

    assert asked.count(None) == 1
    assert {each for each in asked if each} == {*contacts.get([KEY])}


def test_of_one_persons_sessions_at_once_one_asks(store: Store) -> None:
    policy = ContactPolicy(WEEK, Reminders((), time(), time(), "UTC"))
    ask = AskUsers(contacts=store.contacts, policy=policy)

    def ask_for(number: int) -> Hold | None:
        name = f"session-{number}"
        given: dict[str, Any] = {"presence": Presence.ABSENT, "users": frozenset({"a-seal"})}
        return ask(a_session(session_id=name, login_id=f"login {number}", **given), NOW)

    assert at_once(ask_for).count(None) == 1


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_persons_own_choice_forbids_every_ask_before_it(contacts: Contacts, is_asked: bool) -> None:
    if is_asked:
        contacts.claim(KEY, FIRST, NOW)
    chosen = Contact(NOW + 2 * WEEK)

    contacts.postpone(KEY, chosen)

    assert contacts.claim(KEY, FIRST, NOW + WEEK) == contacts.claim(KEY, OTHER, NOW + WEEK) == chosen


def test_a_choice_never_shortens_what_is_forbidden(contacts: Contacts) -> None:
    contacts.claim(KEY, FIRST, NOW)

    contacts.postpone(KEY, Contact(NOW + timedelta(days=1)))

    assert contacts.get([KEY]) == [FIRST]


def test_a_page_that_led_the_person_forbids_every_ask_as_one_would(contacts: Contacts) -> None:
    contacts.claim(KEY, FIRST, NOW)
    led = Contact(NOW + 2 * WEEK, "another/led")

    contacts.postpone(KEY, led)
    contacts.postpone("login-a", led)

    assert contacts.get([KEY]) == contacts.get(["login-a"]) == [led]
    assert contacts.claim(KEY, FIRST, NOW + WEEK) == led


@pytest.mark.engine
def test_an_entry_is_removed_once_it_forbids_nothing(dynamodb: InDynamoDb) -> None:
    dynamodb.contacts.claim(KEY, FIRST, NOW)

    expires_at = int(dynamodb.items()[f"CONTACT#{KEY}"]["expires_at"]["N"])
    assert 0 < expires_at - FIRST.not_before.timestamp() <= 1


@pytest.mark.engine
def test_an_entry_of_a_newer_format_is_reported_and_left_as_it_is(dynamodb: InDynamoDb) -> None:
    dynamodb.contacts.claim(KEY, FIRST, NOW)
    newer = {**dynamodb.items()[f"CONTACT#{KEY}"], "fmt": {"N": "99"}}
    dynamodb.put(newer)

    with pytest.raises(RecordUnreadable):
        dynamodb.contacts.get([KEY])
    with pytest.raises(RecordUnreadable):
        dynamodb.contacts.claim(KEY, OTHER, NOW + 2 * WEEK)
    dynamodb.contacts.postpone(KEY, Contact(NOW + 3 * WEEK))
    assert dynamodb.items()[f"CONTACT#{KEY}"] == newer
