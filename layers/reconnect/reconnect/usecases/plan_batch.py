"""Say before any call at a bank whether a batch can keep its deadline, and which logins it would leave out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from reconnect.model.batch import Load, PlannedBatch, Skip
from reconnect.model.batch_request import BatchRequest
from reconnect.model.errors import RecordUnreadable
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.ports import InParallel, Logins, Sessions
from reconnect.rules.batch_plan import ASSUMED_ATTEMPT, SkipRule, by_reason, learn, plan_batch, time_at_bank
from reconnect.usecases.find_institution import Institutions

# As many items as DynamoDB reads in one request.
_AT_ONCE = 100
# Their mean decides for all logins of an institution, and each costs a read.
_SAMPLES = 20

_Record = TypeVar("_Record")
_Read = tuple[list[_Record], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBatch:
    """The use case behind `POST /batches/plan`. It changes nothing, and asks neither Flinks nor the workflow."""

    sessions: Sessions
    logins: Logins
    institutions: Institutions
    in_parallel: InParallel

    def __call__(self, request: BatchRequest) -> PlannedBatch:
        """Read each login once, the sessions that hold some of them, and some last sessions of each institution.

        A record that cannot be read leaves out its own login, and no other one.
        """
        positions = {login_id.casefold(): position for position, login_id in request.lines.login_ids.items()}
        logins, unreadable = self._read(self.logins.get_all, request.lines.login_ids.values())
        reasons = {positions[login_id.casefold()]: Skip.UNREADABLE for login_id in unreadable}
        held, damaged = self._read(self.sessions.get_all, (each.session_id for each in logins if each.session_id))
        holders = {session.session_id: session for session in held}
        skip = SkipRule(request.window.start_at, request.fresh_within, request.with_hopeless)
        left: dict[Institution | None, list[Login]] = {}
        ended: dict[Institution | None, list[str]] = {}
        for login in logins:
            position, holder = positions[login.login_id.casefold()], holders.get(login.session_id or "")
            if login.session_id in damaged:
                reasons[position] = Skip.UNREADABLE
                continue
            found, live = login.as_found(holder)
            bank = self._bank_of(found)
            ended.setdefault(bank, []).extend([found.last_session_id] if found.last_session_id else [])
            reason = skip(found, live, is_disabled=self.institutions.is_disabled(found.institution))
            if reason is None:
                left.setdefault(bank, []).append(found)
            else:
                reasons[position] = reason
        times = self._times({bank: ended[bank][:_SAMPLES] for bank in left})
        assumed = request.assumed or ASSUMED_ATTEMPT
        loads = [Load(bank, len(those), *learn(times[bank], assumed)) for bank, those in left.items()]
        return PlannedBatch(plan_batch(loads, request.window), by_reason(reasons))

    def _bank_of(self, login: Login) -> Institution | None:
        """The login's bank; in the directory's terms, so that logins that know only its id or its name are together."""
        listing = self.institutions(login.institution)
        return login.institution if listing is None else Institution(listing.id, listing.name_in("en"))

    def _times(self, session_ids: dict[Institution | None, list[str]]) -> dict[Institution | None, list[timedelta]]:
        """What some sessions took, by institution. Those that are gone, unreadable or live say nothing."""
        read, _ = self._read(self.sessions.get_all, (each for ids in session_ids.values() for each in ids))
        took = {session.session_id: time_at_bank(session) for session in read}
        return {
            bank: [time for each in ids if (time := took.get(each)) is not None] for bank, ids in session_ids.items()
        }

    def _read(self, read: Callable[[Sequence[str]], list[_Record]], names: Iterable[str]) -> _Read[_Record]:
        """Read many records, and return them with the names of those that are unreadable."""
        wanted = list(dict.fromkeys(names))
        parts = [wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)]
        answers = self.in_parallel(lambda part: _read_part(read, part), parts)
        return [each for found, _ in answers for each in found], frozenset[str]().union(*(bad for _, bad in answers))


def _read_part(read: Callable[[Sequence[str]], list[_Record]], names: Sequence[str]) -> _Read[_Record]:
    """Read records at once; if one of them is unreadable, halve until it is found."""
    try:
        return read(names), frozenset()
    except RecordUnreadable:
        if len(names) == 1:
            return [], frozenset(names)
    middle = len(names) // 2
    (first, bad), (second, also_bad) = _read_part(read, names[:middle]), _read_part(read, names[middle:])
    return [*first, *second], bad | also_bad
