"""How often a person may be asked, as it is kept: by the person and by the login, and in the session itself."""

import hashlib
from datetime import datetime
from enum import StrEnum

from reconnect.model.frozen import frozen


class HoldReason(StrEnum):
    """Why an absent user is not asked now."""

    QUIET_HOURS = "quiet_hours"
    ASKED_RECENTLY = "asked_recently"
    SNOOZED = "snoozed"


@frozen
class Hold:
    """The first event of a session is held back until then, as far as is known now."""

    until: datetime
    reason: HoldReason


@frozen
class AskState:
    """What a session knows of asking its user. `hold`: its first event is not out; `remind_at`: the user chose it."""

    hold: Hold | None = None
    remind_at: datetime | None = None


NOT_HELD = AskState()
"""Nothing is held back, and the user has chosen nothing."""


@frozen
class Contact:
    """The entry of one key in the ledger of contacts: nobody else may ask before `not_before`.

    `ask`: the name of the ask that wrote it; None if the person chose the time on the page.
    """

    not_before: datetime
    ask: str | None = None


def login_contact_key(login_id: str) -> str:
    """The key of a login in the ledger: a digest, because the entry may outlive the login's erasure."""
    return "login-" + hashlib.sha256(login_id.casefold().encode()).hexdigest()[:32]


def user_contact_key(seal: str) -> str:
    """The key of a caller's user in the ledger; `seal`: their sealed `userRef`."""
    return "user-" + seal
