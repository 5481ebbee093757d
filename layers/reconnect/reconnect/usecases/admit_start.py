"""A live attempt begins when the budget of requests to Flinks has room for all that it will send."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from reconnect.model.budget import Place
from reconnect.model.causes import Cause
from reconnect.model.errors import FlinksThrottled, SessionEnded
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import FlinksReply, Outcome, classify
from reconnect.model.reasons import Reason
from reconnect.model.session import Actor, Session
from reconnect.model.step import Step
from reconnect.ports import Clock, Count, Jitter, Sessions
from reconnect.usecases.request_budget import RequestBudget
from reconnect.usecases.session_updates import update_session

# What an attempt sends, with a little to spare: 2 requests for the stored date, 2 for the start, 5 or 6 polls, 3 or 4
# for the data, 1 to see that the attempt is over. All are taken at once, because those that follow a start cannot wait.
REQUESTS = 14

# Shorter waits are not worth three transitions of the workflow.
_NO_WAIT = timedelta(seconds=1)
# Seconds. A session that waits looks again after this at the latest, because its turn may come sooner.
_LONGEST_WAIT = 300
# A session whose turn it was, and which Flinks refused, waits at least so long, spread by up to as much again.
_REFUSED_WAIT = timedelta(seconds=5)
# For executions of an older definition, which takes a wait for one more retry of a busy bank.
_AS_OFTEN_AS_NEEDED = 1000


_Answer = TypeVar("_Answer", FlinksReply, str | FlinksReply)


def heard(answer: _Answer) -> _Answer:
    """Return an answer of Flinks; raise FlinksThrottled for one that says nothing of what was asked."""
    if isinstance(answer, FlinksReply) and classify(answer).says_nothing:
        raise FlinksThrottled("too many requests")
    return answer


@frozen
class AdmitStart:
    """Part of StartAuthorize: its first step, and the one after a refusal. Waiting spends no retry and no attempt."""

    sessions: Sessions
    budget: RequestBudget
    clock: Clock
    jitter: Jitter
    count: Count

    def __call__(self, session: Session) -> Step | None:
        """Return None if the session's attempt may begin now, or else the step that waits for its turn.

        The place that the session waits for is in its record, so this may run any number of times.
        """
        place = session.place
        place = self.budget.expected(place) if place else self._take(session)
        if place is None or place.at - self.clock() <= _NO_WAIT:
            return None
        return self._wait(session.session_id, place)

    def again(self, session: Session) -> Step:
        """Return the step that waits because Flinks refused a request; a session whose turn it was keeps its place."""
        soon = max(self.clock() + _REFUSED_WAIT, self.budget.after(REQUESTS)) + _REFUSED_WAIT * self.jitter()
        place = session.place or self._take(session) or Place(0.0, soon)
        refused = replace(place, at=max(place.at, soon), refusals=place.refusals + 1)
        return self._wait(session.session_id, refused)

    def _take(self, session: Session) -> Place | None:
        return self.budget.take(REQUESTS, is_attended=session.is_attended)

    def _wait(self, session_id: str, place: Place) -> Step:
        def keep(now: Session) -> Session:
            if now.status.is_terminal:
                raise SessionEnded(now.status)
            if now.place is not None and abs(now.place.at - place.at) < _NO_WAIT:
                return now
            noted = now if now.place else now.note(at=self.clock(), actor=Actor.SERVICE, cause=Cause.QUEUED)
            return replace(noted, place=place)

        update_session(self.sessions, session_id, keep)
        self.count("AttemptQueued")
        seconds = math.ceil((place.at - self.clock()).total_seconds())
        wait = max(1, min(seconds, _LONGEST_WAIT))
        return Step(Outcome.TRY_LATER, Reason.QUEUED, wait, _AS_OFTEN_AS_NEEDED)
