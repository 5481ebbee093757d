"""The directory of institutions: from the simulator, in pages, and with entries that cannot be read."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.institution import Listing
from reconnect.model.outcomes import FlinksReply
from tests.fakes.clock import Clock
from tests.fakes.flinks_wire import Canned
from tests.unit.adapters.test_flinks_client import BANK_SETTINGS, World
from tests.unit.adapters.test_flinks_transport import a_client

A_WHILE = 15.0

_ROW: dict[str, Any] = {
    "Id": 14,
    "Localizations": [
        {"Language": "en", "Name": "Maple Bank", "Urls": [{"Type": "Home", "Url": "https://maple.test/en"}]},
        {"Language": "fr-CA", "Name": "Banque Erable", "Urls": [{"Type": "Login", "Url": "https://maple.test/fr"}]},
    ],
    "Status": "Enabled",
}


def _read(*rows: Any) -> Any:
    return a_client(Canned(json.dumps({"HttpStatusCode": 200, "Data": list(rows)}).encode())).get_institutions(A_WHILE)


def test_the_directory_is_read_with_our_api_key() -> None:
    world = World(Clock(), replace(BANK_SETTINGS, x_api_key="an-x-api-key"))

    found = world.client().get_institutions(A_WHILE)

    assert not isinstance(found, FlinksReply)
    assert {each.id: each.status for each in found} == {2: "Enabled", 14: "Enabled"}


def test_a_directory_that_wants_another_key_is_a_refusal() -> None:
    found = World(Clock(), replace(BANK_SETTINGS, x_api_key="another")).client().get_institutions(A_WHILE)

    assert isinstance(found, FlinksReply) and found.status == 401


def test_an_instance_without_a_directory_says_so_in_one_error() -> None:
    with pytest.raises(FlinksReplyUnreadable):
        World(Clock(), replace(BANK_SETTINGS, institutions="absent")).client().get_institutions(A_WHILE)


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


class _Pages(Canned):
    """Give the pages in order, then the last one again, and note the query of each request."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        super().__init__()
        self._pages = list(pages)
        self.queries: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.queries.append(urlsplit(request.url or "").query)
        page = self._pages.pop(0) if len(self._pages) > 1 else self._pages[0]
        return Canned(json.dumps({"HttpStatusCode": 200, **page}).encode()).send(request)


def _rows(*numbers: int) -> list[dict[str, Any]]:
    return [{**_ROW, "Id": number} for number in numbers]


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([{"Data": _rows(*range(1000))}, {"Data": _rows(1000)}], id="full pages without a count"),
        pytest.param(
            [{"Data": _rows(*range(500)), "Count": 1001}, {"Data": _rows(*range(500, 1001)), "Count": 1001}],
            id="pages shorter than asked for",
        ),
        pytest.param(
            [{"Data": _rows(*range(1000)), "Count": 1000}, {"Data": _rows(1000), "Count": 1}],
            id="a count that is the page's",
        ),
        pytest.param([{"Data": _rows(*range(1001))}], id="an instance that ignores the page asked for"),
    ],
)
def test_every_page_of_a_long_directory_is_read_however_it_is_paged(pages: list[dict[str, Any]]) -> None:
    found = a_client(_Pages(*pages)).get_institutions(A_WHILE)

    assert not isinstance(found, FlinksReply)
    assert [each.id for each in found] == [*range(1001)]


def test_a_directory_that_takes_too_long_is_not_half_a_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.0, 10.0, 15.0])
    monkeypatch.setattr("reconnect.adapters.flinks.client.time", SimpleNamespace(monotonic=lambda: next(times)))
    pages = _Pages(*({"Data": _rows(*range(page * 1000, page * 1000 + 1000))} for page in range(9)))

    with pytest.raises(FlinksUnavailable, match="2000 rows"):
        a_client(pages).get_institutions(A_WHILE)

    assert pages.queries == ["skip=0&take=1000", "skip=1000&take=1000"]
