"""What is found of a login: whose turn it is, what blocks it, and what may be done with it now."""

from datetime import datetime
from enum import StrEnum

from reconnect.model.frozen import frozen
from reconnect.model.login import Login
from reconnect.model.session import Session


class Turn(StrEnum):
    """Who must act next: as a session's owner, and the caller, who may ask for fresh data."""

    USER = "user"
    BANK = "bank"
    US = "us"
    CALLER = "caller"
    NOBODY = "nobody"


class Action(StrEnum):
    """What the caller may do now: open a session, send the user the link again, end the session, or only wait."""

    OPEN = "open_session"
    REMIND = "remind"
    CANCEL = "cancel"
    WAIT = "wait"


@frozen
class LoginState:
    """`blocked_by`: a WaitReason, or `quarantine`; None if nothing blocks. `until`: its end; None if it has none."""

    turn: Turn
    may: Action
    blocked_by: str | None = None
    until: datetime | None = None


@frozen
class FoundLogin:
    """A login with its state and its last sessions, the newest first."""

    login: Login
    state: LoginState
    sessions: tuple[Session, ...]
