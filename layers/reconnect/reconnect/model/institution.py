"""Flinks' directory of institutions [D institutions]."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of the directory. `names` and `sites` are by language (`en`, `fr`); a site is an https address.

    `status` is Flinks' own word. `Enabled` is documented; any other is not.
    """

    id: int
    names: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
