"""Why a session ended without fresh data, and who must act next."""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who must act next. `NOBODY` means wait, or done."""

    USER = "user"
    BANK = "bank"
    US = "us"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session ended without fresh data: a FlinksCode or a code of ours, who must act, a sentence key."""

    code: str
    owner: Owner
    sentence: str
