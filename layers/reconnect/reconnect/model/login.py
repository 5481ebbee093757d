"""The login: which session holds it, and what is remembered of it from one session to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Self

from reconnect.model.errors import AttemptOpen, CoolingDown, LockoutGuarded, TooSoon
from reconnect.model.session import Session
from reconnect.model.waits import WaitReason, ends_later

_REFUSALS: dict[WaitReason, type[TooSoon]] = {
    WaitReason.COOLDOWN: CoolingDown,
    WaitReason.LOCKOUT_GUARD: LockoutGuarded,
    WaitReason.OPEN_ATTEMPT: AttemptOpen,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One bank connection as we remember it.

    `version` is what the store last wrote; 0: nothing, or it was erased since. No version comes twice, so whoever read
    the login before it was erased cannot write it afterwards. `session_id`: the live session that holds it;
    `last_session_id`: the last one that did. `failures`: credentials and answers that the bank refused in a row.
    `next_allowed_at`: before it no session may begin, for `wait_reason`. `known_accounts`: the fingerprints of its
    account ids as of its last success; None before the first. `newest_days`: of those that had transactions, the day of
    the newest. `last_refresh`: the newest that a session read.
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

    def hold(self, session_id: str) -> Self:
        """Give it to a session."""
        return replace(self, session_id=session_id)

    def settle(self, session: Session) -> Self:
        """Free it from a session that has ended, and remember how. A login that another session holds stays as it is.

        All that is remembered stands in the session's record, so it does not matter who settles, or when: the one
        who ended the session, or, if that one died just then, the next who wants the login.
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
            last_refresh=max(filter(None, (self.last_refresh, _date_read(session))), default=None),
        )
        return settled.wait(session.next_allowed_at, session.wait_reason)

    def wait(self, until: datetime | None, reason: WaitReason | None) -> Self:
        """Let nothing begin before `until`; a wait that ends later stays as it is, with its own reason."""
        if not ends_later(until, self.next_allowed_at):
            return self
        return replace(self, next_allowed_at=until, wait_reason=reason)

    def refuse_before(self, now: datetime) -> None:
        """Raise the subclass of TooSoon that tells why nothing may begin now."""
        if self.next_allowed_at is not None and self.next_allowed_at > now:
            # A record that an older version wrote does not say why.
            raise _REFUSALS[self.wait_reason or WaitReason.OPEN_ATTEMPT](self.next_allowed_at)

    def forget(self, now: datetime) -> Self:
        """What may stay of it when it is erased: until when it must be left alone, if the bank is not to lock it."""
        pause = self.next_allowed_at
        return type(self)(
            login_id=self.login_id,
            version=self.version,
            next_allowed_at=pause if pause and pause > now else None,
            wait_reason=self.wait_reason if pause and pause > now else None,
        )


def _date_read(session: Session) -> datetime | None:
    """The LastRefresh that an ended session read; one in the future is a wrong clock's, and would outlast the truth."""
    receipt = session.receipt
    if receipt is None or receipt.last_refresh is None:
        return None
    return receipt.last_refresh if receipt.fresh or receipt.last_refresh <= session.timeline[-1].at else None
