"""The login: which session holds it, and what is remembered of it from one session to the next."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from reconnect.domain.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One bank connection as we remember it.

    `version` is what the store last wrote; 0: nothing, or it was erased since. No version comes twice, so whoever read
    the login before it was erased cannot write it afterwards. `session_id`: the live session that holds it. `failures`:
    credentials and answers that the bank refused in a row. `next_allowed_at`: before it no session may begin.
    `known_accounts`: the fingerprints of its account ids as of its last success; None before the first.
    """

    login_id: str
    version: int = 0
    session_id: str | None = None
    failures: int = 0
    next_allowed_at: datetime | None = None
    known_accounts: frozenset[str] | None = None

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
        known = session.known_accounts if session.status.is_success else self.known_accounts
        return replace(
            self,
            session_id=None,
            failures=session.failures,
            next_allowed_at=session.next_allowed_at,
            known_accounts=known,
        )

    def forget(self, now: datetime) -> Self:
        """What may stay of it when it is erased: until when it must be left alone, if the bank is not to lock it."""
        pause = self.next_allowed_at
        return type(self)(
            login_id=self.login_id,
            version=self.version,
            next_allowed_at=pause if pause and pause > now else None,
        )
