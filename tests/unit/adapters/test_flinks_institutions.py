"""The directory of institutions: from the simulator, in pages, and with entries that cannot be read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reconnect.model.errors import FlinksReplyUnreadable
from reconnect.model.institution import Listing
from reconnect.model.outcomes import FlinksReply
from tests.fakes.clock import Clock
from tests.fakes.flinks_wire import Canned
from tests.unit.adapters.test_flinks_client import BANK_SETTINGS, World
from tests.unit.adapters.test_flinks_transport import a_client

_ROW: dict[str, Any] = {
    "Id": 14,
    "Localizations": [
        {"Language": "en", "Name": "Maple Bank", "Urls": [{"Type": "Home", "Url": "https://maple.test/en"}]},
        {"Language": "fr-CA", "Name": "Banque Erable", "Urls": [{"Type": "Login", "Url": "https://maple.test/fr"}]},
    ],
    "Status": "Enabled",
}


def _read(*rows: Any) -> Any:
    return a_client(Canned(json.dumps({"HttpStatusCode": 200, "Data": list(rows)}).encode())).get_institutions()


def test_the_directory_is_read_with_our_api_key() -> None:
    world = World(Clock(), replace(BANK_SETTINGS, x_api_key="an-x-api-key"))

    found = world.client().get_institutions()

    assert not isinstance(found, FlinksReply)
    assert {each.id: each.status for each in found} == {2: "Enabled", 14: "Enabled"}


def test_a_directory_that_wants_another_key_is_a_refusal() -> None:
    found = World(Clock(), replace(BANK_SETTINGS, x_api_key="another")).client().get_institutions()

    assert isinstance(found, FlinksReply) and found.status == 401


def test_an_instance_without_a_directory_says_so_in_one_error() -> None:
    with pytest.raises(FlinksReplyUnreadable):
        World(Clock(), replace(BANK_SETTINGS, institutions="absent")).client().get_institutions()


def test_an_entry_has_its_names_and_its_site_in_both_languages() -> None:
    names = {"en": "Maple Bank", "fr": "Banque Erable"}
    sites = {"en": "https://maple.test/en", "fr": "https://maple.test/fr"}

    assert _read(_ROW) == (Listing(14, names, sites, "Enabled"),)


@pytest.mark.parametrize("odd", [None, 7, [], {}, {"Id": "14"}, {**_ROW, "Id": True}, {**_ROW, "Localizations": None}])
def test_an_entry_that_cannot_be_read_is_left_out_alone(odd: Any) -> None:
    assert [each.id for each in _read(odd, _ROW)] == [14]


@pytest.mark.parametrize(
    "url",
    ["http://maple.test", "javascript:alert(1)", "https://u:p@maple.test", 'https://maple.test/"x', "https://maple"],
)
def test_only_a_plain_https_address_is_a_site(url: str) -> None:
    localization = {"Language": "en", "Name": "Maple Bank", "Urls": [{"Type": "Login", "Url": url}]}

    (listing,) = _read({**_ROW, "Localizations": [localization]})

    assert listing.sites == {}
