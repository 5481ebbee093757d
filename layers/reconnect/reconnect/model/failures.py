"""Why a session ended without fresh data, and who must act next."""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who must act next. `NOBODY` means: wait."""

    USER = "user"
    BANK = "bank"
    US = "us"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session ended without fresh data: a FlinksCode or a code of ours, who must act, what we tell them."""

    code: str
    owner: Owner
    sentence: str
