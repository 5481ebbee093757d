"""Why a session ended without fresh data, and who must act next."""

from enum import StrEnum

from reconnect.model.frozen import frozen


class Owner(StrEnum):
    """Who must act next. `NOBODY` means wait, or done."""

    USER = "user"
    BANK = "bank"
    US = "us"
    NOBODY = "nobody"


@frozen
class Failure:
    """Why a session ended without fresh data: a FlinksCode or a code of ours, who must act, a sentence key."""

    code: str
    owner: Owner
    sentence: str
