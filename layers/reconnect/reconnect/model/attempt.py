"""An attempt: one live try at Flinks."""

from datetime import datetime
from enum import StrEnum

from reconnect.model.frozen import frozen


class Ask(StrEnum):
    """What the user is asked to do in Connect."""

    ANSWER = "answer"
    SIGN_IN = "sign_in"


@frozen
class Attempt:
    """One live try at Flinks.

    `request_id` is None until Flinks answers the start; `institution` and `institution_id` name the bank, once known;
    `asked` and `asked_at`: what the user is asked to do (answer the bank, or sign in again) and when, None if a sign-in
    is parked, so that nobody was asked; `is_refused`: the bank refused the credentials or the answer.
    `refreshed_before`: the login's LastRefresh before the start; `is_remembered`: Flinks did not report it then, so it
    is the one that our last session read. `is_over`: Flinks said so about this RequestId, or refused the start.
    """

    number: int
    started_at: datetime
    request_id: str | None = None
    institution: str | None = None
    institution_id: int | None = None
    asked: Ask | None = None
    asked_at: datetime | None = None
    is_refused: bool = False
    refreshed_before: datetime | None = None
    is_remembered: bool = False
    is_over: bool = False
