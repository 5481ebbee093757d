"""The contract of the store of Flinks' directory: the newest copy stays, and one caller an hour asks Flinks."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from reconnect.model.errors import DirectoryTooLarge, RecordUnreadable
from reconnect.model.institution import Directory, Listing
from reconnect.ports import Directories
from tests.contract.at_once import at_once
from tests.contract.stores import InDynamoDb
from tests.fakes.clock import NOW

MAPLE = Listing(
    14,
    {"en": "Maple Bank", "fr": "Banque Érable"},
    {"en": "https://maple.test/en", "fr": "https://maple.test/fr"},
    "Enabled",
)
DIRECTORY = Directory(NOW, {14: MAPLE, 2: Listing(2, {"en": "Other"})})
HOUR = timedelta(hours=1)


def test_there_is_no_directory_until_one_is_written(directories: Directories) -> None:
    assert directories.get() is None
    assert directories.may_ask(NOW, HOUR)
    assert directories.get() is None


def test_a_directory_is_read_as_it_was_written(directories: Directories) -> None:
    directories.save(DIRECTORY)

    assert directories.get() == DIRECTORY


def test_a_newer_directory_is_never_overwritten(directories: Directories) -> None:
    directories.save(DIRECTORY)

    directories.save(Directory(NOW - HOUR, {}))
    assert directories.get() == DIRECTORY

    directories.save(replace(DIRECTORY, read_at=NOW + HOUR))
    assert directories.get() == replace(DIRECTORY, read_at=NOW + HOUR)


def test_flinks_is_asked_once_within_the_pause(directories: Directories) -> None:
    asked = [directories.may_ask(NOW + timedelta(minutes=minutes), HOUR) for minutes in (0, 1, 59, 60, 61)]

    assert asked == [True, False, False, True, False]


def test_of_many_sweepers_at_once_one_asks(directories: Directories) -> None:
    assert sum(at_once(lambda _: directories.may_ask(NOW, HOUR))) == 1


@pytest.mark.engine
def test_2000_institutions_fit_and_one_too_many_is_said_not_dropped(dynamodb: InDynamoDb) -> None:
    many = Directory(NOW, {number: _unlike_others(number) for number in range(2_000)})
    dynamodb.directories.save(many)

    with pytest.raises(DirectoryTooLarge):
        dynamodb.directories.save(Directory(NOW + HOUR, {number: _unlike_others(number) for number in range(20_000)}))

    assert dynamodb.directories.get() == many


@pytest.mark.engine
@pytest.mark.parametrize("damage", [{"read_at": {"S": "never"}}, {"listings": {"B": b"junk"}}, {"fmt": {"N": "99"}}])
def test_a_directory_that_cannot_be_read_is_an_error(dynamodb: InDynamoDb, damage: dict[str, object]) -> None:
    dynamodb.directories.save(DIRECTORY)
    dynamodb.put({**dynamodb.items()["DIRECTORY"], **damage})

    with pytest.raises(RecordUnreadable):
        dynamodb.directories.get()


def _unlike_others(number: int) -> Listing:
    """A long entry that compresses badly."""
    odd = {language: sha256(f"{number}{language}".encode()).hexdigest() for language in ("en", "fr")}
    names = {language: f"{text[:16]} Credit Union" for language, text in odd.items()}
    sites = {language: f"https://{text[16:32]}.test/" for language, text in odd.items()}
    return Listing(number, names, sites, "Enabled")
