"""Whose turn it is with a login, what blocks it, and what may be done with it now."""

from datetime import datetime

from reconnect.model.failures import Owner
from reconnect.model.login import Login
from reconnect.model.login_state import Action, LoginState, Turn
from reconnect.model.session import WAITING, Session, Status

_BANKS_TURN = frozenset({Status.AUTHORIZING, Status.FETCHING})


def state_of_login(login: Login, live: Session | None, last: Session | None, now: datetime) -> LoginState:
    """Judge a login by its `live` session, or else by its `last` one, which has released it.

    What keeps a session from being opened is the login's own wait, the one for which `POST /sessions` is refused.
    """
    if live is not None:
        return _state_while_live(live, now)
    if (pause := login.pause(now)) is not None:
        is_users = last is not None and last.failure is not None and last.failure.owner is Owner.USER
        return LoginState(Turn.USER if is_users else Turn.NOBODY, Action.WAIT, pause[1], pause[0])
    return LoginState(_turn_after(last), Action.OPEN)


def _state_while_live(session: Session, now: datetime) -> LoginState:
    if session.quarantined:
        return LoginState(Turn.CALLER, Action.CANCEL, "quarantine")
    if session.status in WAITING:
        pause = session.pause
        if session.status is Status.AWAITING_CLICK and pause is not None and pause[0] > now:
            return LoginState(Turn.NOBODY, Action.WAIT, pause[1], pause[0])
        return LoginState(Turn.USER, Action.REMIND)
    is_banks = session.bank_back_at is not None or (session.status in _BANKS_TURN and session.place is None)
    return LoginState(Turn.BANK if is_banks else Turn.US, Action.WAIT)


def _turn_after(last: Session | None) -> Turn:
    if last is None or last.status in {Status.CANCELLED, Status.EXPIRED}:
        return Turn.NOBODY if last is not None and last.is_corrected else Turn.CALLER
    if last.status.is_success or last.is_corrected:
        return Turn.NOBODY
    owner = last.failure.owner if last.failure else Owner.NOBODY
    return Turn.CALLER if owner is Owner.NOBODY else Turn(owner)
