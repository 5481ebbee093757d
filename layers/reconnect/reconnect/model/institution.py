"""The bank of a login, as Flinks names it, and Flinks' directory of all banks [D institutions]."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from reconnect.model.frozen import frozen

LONGEST_NAME = 80
MAX_ID = 2**31 - 1


@frozen
class Institution:
    """What a login's replies say about its bank; each part may be unknown."""

    id: int | None = None
    name: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self.id is not None or self.name is not None

    def or_else(self, other: "Institution | None") -> "Institution":
        """Return what is known here, and of the other what is not."""
        if other is None:
            return self
        return Institution(other.id if self.id is None else self.id, self.name or other.name)


@frozen
class Listing:
    """One entry of the directory. `names` and `sites` are by language (`en`, `fr`); a site is an https address.

    `status` is Flinks' own word. `Enabled` is documented; any other is not.
    """

    id: int
    names: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    status: str = ""

    def name_in(self, language: str | None) -> str | None:
        """Return the name in this language, or else in another one."""
        return _in(self.names, language)

    def site_in(self, language: str | None) -> str | None:
        """Return the bank's own address in this language, or else in another one."""
        return _in(self.sites, language)


@frozen
class Directory:
    """Flinks' directory as it was read at `read_at`, by the institutions' ids."""

    read_at: datetime
    listings: Mapping[int, Listing] = field(default_factory=dict)

    def find(self, institution: Institution | None) -> Listing | None:
        """Return the entry with this id; without an id, the only one with this name. None if there is none."""
        if institution is None:
            return None
        if institution.id is not None:
            return self.listings.get(institution.id)
        wanted = (institution.name or "").casefold()
        named = [each for each in self.listings.values() if wanted in {name.casefold() for name in each.names.values()}]
        return named[0] if len(named) == 1 else None


def _in(texts: Mapping[str, str], language: str | None) -> str | None:
    return texts.get(language or "en") or next(iter(texts.values()), None)
