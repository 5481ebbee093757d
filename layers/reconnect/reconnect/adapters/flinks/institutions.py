"""Parse the directory of institutions [D institutions]. An entry that cannot be read is left out, and fails nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from reconnect.adapters.flinks.fields import field, text, whole_number
from reconnect.model.frozen import frozen
from reconnect.model.institution import LONGEST_NAME, MAX_ID, Listing
from reconnect.model.languages import LANGUAGES

_LONGEST_SITE = 300
_LONGEST_STATUS = 40
# Only what an address needs: it becomes a link on the user's page. Compiled at first use: few functions read the
# directory.
_SITE = r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?"
# The Type that leads to the sign-in, if there are several addresses. The names of the types are not documented [U].
_PREFERRED = "login"


@frozen
class Page:
    """What can be read of a page; how many rows it has; how many Flinks says that there are, 0 if it does not say."""

    listings: tuple[Listing, ...]
    rows: int
    count: int


def read_page(body: object) -> Page:
    """Return one page; it is empty if the body is none."""
    reply = body if isinstance(body, Mapping) else {}
    rows = field(reply, "Data")
    rows = rows if isinstance(rows, list) else []
    listings = tuple(listing for row in rows if (listing := _read_row(row)) is not None)
    return Page(listings, len(rows), whole_number(reply, "Count") or 0)


def _read_row(row: object) -> Listing | None:
    """Return the entry; None without an id and a name."""
    if not isinstance(row, Mapping):
        return None
    number, localizations = whole_number(row, "Id"), list(_localizations(row))
    names = {language: name for language, localization in localizations if (name := _name(localization))}
    if number is None or not 0 <= number <= MAX_ID or not names:
        return None
    sites = {language: site for language, localization in localizations if (site := _site(localization))}
    return Listing(number, names, sites, (text(row, "Status") or "").strip()[:_LONGEST_STATUS])


def _localizations(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The localizations in our languages, whether Flinks writes `fr`, `FR` or `fr-CA`."""
    found = field(row, "Localizations")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, Mapping) and (language := (text(each, "Language") or "")[:2].lower()) in LANGUAGES:
            yield language, each


def _name(localization: Mapping[str, Any]) -> str:
    # JSON may hold half of a surrogate pair, which cannot be stored.
    return (text(localization, "Name") or "").encode(errors="replace").decode().strip()[:LONGEST_NAME]


def _site(localization: Mapping[str, Any]) -> str | None:
    urls = field(localization, "Urls")
    found = [each for each in urls if isinstance(each, Mapping)] if isinstance(urls, list) else []
    found.sort(key=lambda each: (text(each, "Type") or "").lower() != _PREFERRED)
    return next((url for each in found if _is_site(url := text(each, "Url") or "")), None)


def _is_site(url: str) -> bool:
    if len(url) > _LONGEST_SITE or not re.fullmatch(_SITE, url):
        return False
    try:
        return "." in (urlsplit(url).hostname or "")
    except ValueError:
        return False
