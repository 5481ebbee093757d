"""Say before any call at a bank whether a batch can keep its deadline, and which logins it would leave out."""

from datetime import timedelta

from reconnect.model.batch import Load, PlannedBatch, Skip
from reconnect.model.batch_request import BatchRequest
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.ports import InParallel, Sessions
from reconnect.rules.batch_plan import ASSUMED_ATTEMPT, SkipRule, by_reason, learn, plan_batch, time_at_bank
from reconnect.usecases.read_many import read_many
from reconnect.usecases.sort_logins import SortLogins

# Their mean decides for all logins of an institution, and each costs a read.
_SAMPLES = 20


@frozen(kw_only=True)
class PlanBatch:
    """The use case behind `POST /batches/plan`. It changes nothing, and asks neither Flinks nor the workflow.

    `tick`: the time between two ticks of a batch that runs. `ask_interval`: how long after an ask no other one may go
    out; zero if there is no such limit.
    """

    sort: SortLogins
    sessions: Sessions
    in_parallel: InParallel
    tick: timedelta
    ask_interval: timedelta

    def __call__(self, request: BatchRequest) -> PlannedBatch:
        """Read each login once, the sessions that hold some of them, and some last sessions of each institution.

        A record that cannot be read leaves out its own login, and no other one.
        """
        positions = {login_id.casefold(): position for position, login_id in request.lines.login_ids.items()}
        skip = SkipRule(request.window.start_at, request.fresh_within, request.with_hopeless, self.ask_interval)
        reasons: dict[int, Skip] = {}
        left: dict[Institution | None, int] = {}
        ended: dict[Institution | None, list[str]] = {}
        for each in self.sort(request.lines.login_ids.values(), skip):
            if each.login.last_session_id:
                ended.setdefault(each.bank, []).append(each.login.last_session_id)
            if each.reason is None:
                left[each.bank] = left.get(each.bank, 0) + 1
            else:
                reasons[positions[each.login.login_id.casefold()]] = each.reason
        times = self._times({bank: ended.get(bank, [])[:_SAMPLES] for bank in left})
        assumed = request.assumed or ASSUMED_ATTEMPT
        loads = [Load(bank, logins, *learn(times[bank], assumed, self.tick)) for bank, logins in left.items()]
        return PlannedBatch(plan_batch(loads, request.window), by_reason(reasons))

    def _times(self, session_ids: dict[Institution | None, list[str]]) -> dict[Institution | None, list[timedelta]]:
        """What some sessions took, by institution. Those that are gone, unreadable or live say nothing."""
        wanted = (each for ids in session_ids.values() for each in ids)
        read, _ = read_many(self.in_parallel, self.sessions.get_all, wanted)
        took = {session.session_id: time_at_bank(session) for session in read}
        return {
            bank: [time for each in ids if (time := took.get(each)) is not None] for bank, ids in session_ids.items()
        }
