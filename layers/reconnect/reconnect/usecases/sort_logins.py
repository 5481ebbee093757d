"""Sort out which logins a batch would refresh, at which institution, and why it leaves out the others."""

from collections.abc import Iterable

from reconnect.model.batch import Skip
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.ports import InParallel, Logins, Sessions
from reconnect.rules.batch_plan import SkipRule
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.read_many import read_many


@frozen
class SortedLogin:
    """A login as whoever opens its next session finds it, its bank, and why it is left out; None if it is not."""

    login: Login
    bank: Institution | None
    reason: Skip | None


@frozen(kw_only=True)
class SortLogins:
    """Reads each login once, and the sessions that hold some of them; changes nothing."""

    sessions: Sessions
    logins: Logins
    institutions: Institutions
    in_parallel: InParallel

    def __call__(self, login_ids: Iterable[str], skip: SkipRule) -> list[SortedLogin]:
        """Sort them, each of which is named once. An unreadable record leaves out its own login, and no other one."""
        logins, unreadable = read_many(self.in_parallel, self.logins.get_all, login_ids)
        holders = (each.session_id for each in logins if each.session_id)
        held, damaged = read_many(self.in_parallel, self.sessions.get_all, holders)
        found = {session.session_id: session for session in held}
        result = [SortedLogin(Login(login_id=login_id), None, Skip.UNREADABLE) for login_id in unreadable]
        for login in logins:
            if login.session_id in damaged:
                result.append(SortedLogin(login, None, Skip.UNREADABLE))
                continue
            current, live = login.as_found(found.get(login.session_id or ""))
            reason = skip(current, live, is_disabled=self.institutions.is_disabled(current.institution))
            result.append(SortedLogin(current, self.institutions.named(current.institution), reason))
        return result
