"""The login: which session holds it, and what is kept from one session to the next."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, datetime
from typing import Self

from reconnect.model.asking import last_asked_at
from reconnect.model.errors import AttemptOpen, CoolingDown, LockoutGuarded, TooSoon
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse
from reconnect.model.presence import Presence
from reconnect.model.session import Session
from reconnect.model.waits import Pause, WaitReason, ends_later

# As many sessions as the login's view shows.
_MOST_RECENT = 10

_REFUSALS: dict[WaitReason, type[TooSoon]] = {
    WaitReason.COOLDOWN: CoolingDown,
    WaitReason.LOCKOUT_GUARD: LockoutGuarded,
    WaitReason.OPEN_ATTEMPT: AttemptOpen,
}


@frozen(kw_only=True)
class Login:
    """Our record of one bank connection.

    `version` is what the store last wrote; 0 if it has no record or was erased. Versions are never reused, so a writer
    that read the login before its erasure cannot write it afterwards. `session_id`: the live session that holds it;
    `last_session_id`: the last one that did. `failures`: credentials and answers that the bank refused in a row.
    `next_allowed_at`: before it no session may begin, for `wait_reason`. `known_accounts`: the fingerprints of its
    account ids as of its last success; None before the first. `newest_days`: the day of the newest transaction of each
    account that has one. `last_refresh`: the newest LastRefresh that a session read.
    `link_use`: what the links of its sessions caused within a day. `recent`: the last
    sessions that held it, the newest first. `institution`: its bank, as far as it is known. `unattended_questions`: how
    many sessions in a row needed their absent user, since the last one that succeeded without anybody. `asked_at`: when
    its absent user was last asked; None if it has succeeded since. `succeeds_alone`: the last session that succeeded or
    needed the user did not need the user.
    """

    login_id: str
    version: int = 0
    session_id: str | None = None
    last_session_id: str | None = None
    failures: int = 0
    next_allowed_at: datetime | None = None
    wait_reason: WaitReason | None = None
    known_accounts: frozenset[str] | None = None
    newest_days: Mapping[str, date] = field(default_factory=dict)
    last_refresh: datetime | None = None
    link_use: LinkUse | None = None
    recent: tuple[str, ...] = ()
    institution: Institution | None = None
    unattended_questions: int = 0
    asked_at: datetime | None = None
    succeeds_alone: bool = False

    def hold(self, session_id: str) -> Self:
        """Return the login as held by a session."""
        return replace(self, session_id=session_id, recent=(session_id, *self.recent)[:_MOST_RECENT])

    def settle(self, session: Session) -> Self:
        """Release the login from an ended session and keep its results; a login held by another session is unchanged.

        Everything needed is in the session record, so anyone may settle it, at any time: the function that ended the
        session, or, if that one crashed, the next one that needs the login.
        """
        if self.session_id != session.session_id:
            return self
        last = session if session.status.is_success else self
        settled = replace(
            self,
            session_id=None,
            last_session_id=session.session_id,
            failures=session.failures,
            known_accounts=last.known_accounts,
            newest_days=last.newest_days,
            link_use=session.link_use,
            institution=session.institution or self.institution,
            unattended_questions=_questions(self.unattended_questions, session),
            asked_at=_asked_at(self.asked_at, session),
            succeeds_alone=_succeeds_alone(session, before=self.succeeds_alone),
            last_refresh=max(filter(None, (self.last_refresh, _date_read(session))), default=None),
        )
        return settled.wait(session.next_allowed_at, session.wait_reason)

    def release(self, holder: Session | None) -> Self:
        """Return the login without its holder, which has ended or, if None, is gone."""
        return self.settle(holder) if holder else replace(self, session_id=None)

    def as_found(self, holder: Session | None) -> tuple[Self, Session | None]:
        """Return the login as whoever opens its next session finds it, and its `holder` if that is still live."""
        live = None if holder is None or holder.status.is_terminal else holder
        return self if live else self.release(holder), live

    def wait(self, until: datetime | None, reason: WaitReason | None) -> Self:
        """Forbid attempts before `until`; an existing wait that ends later is kept, with its own reason."""
        if not ends_later(until, self.next_allowed_at):
            return self
        return replace(self, next_allowed_at=until, wait_reason=reason)

    def refuse_before(self, now: datetime) -> None:
        """Raise the subclass of TooSoon that says why no attempt may begin now, if there is a reason."""
        if (pause := self.pause(now)) is not None:
            raise _REFUSALS[pause[1]](pause[0])

    def pause(self, now: datetime) -> Pause | None:
        """Until when no session may begin, and why; None if one may begin now."""
        if self.next_allowed_at is None or self.next_allowed_at <= now:
            return None
        # Records of older versions have no reason.
        return self.next_allowed_at, self.wait_reason or WaitReason.OPEN_ATTEMPT

    def forget(self, now: datetime) -> Self:
        """Return what is kept after an erasure: only a pending wait, which keeps the bank from locking the account."""
        pause = self.next_allowed_at
        return type(self)(
            login_id=self.login_id,
            version=self.version,
            next_allowed_at=pause if pause and pause > now else None,
            wait_reason=self.wait_reason if pause and pause > now else None,
        )


def _questions(before: int, session: Session) -> int:
    """How often in a row the bank asked while nobody was there. Who answered later does not change that."""
    if session.first_asked_at is None:
        return 0 if session.status.is_success else before
    return before + 1 if session.presence is Presence.ABSENT else before


def _asked_at(before: datetime | None, session: Session) -> datetime | None:
    """When the absent user was last asked, whom no success has answered. Nothing limits asks of attended sessions."""
    if session.status.is_success:
        return None
    asked_at = last_asked_at(session) if session.presence is Presence.ABSENT else None
    return asked_at or before


def _succeeds_alone(session: Session, *, before: bool) -> bool:
    if session.first_asked_at is not None:
        return False
    return session.status.is_success or before


def _date_read(session: Session) -> datetime | None:
    """The LastRefresh that an ended session read, unless it is in the future: it would then beat correct ones."""
    receipt = session.receipt
    if receipt is None or receipt.last_refresh is None:
        return None
    return receipt.last_refresh if receipt.fresh or receipt.last_refresh <= session.timeline[-1].at else None
