"""Poll a pending attempt several times within one invocation."""

from dataclasses import replace
from datetime import timedelta

from reconnect.model.errors import SessionEnded, SessionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, add_poll
from reconnect.model.outcomes import Outcome
from reconnect.model.reasons import Reason
from reconnect.model.step import Polled
from reconnect.ports import Clock, CountBy, Pause
from reconnect.rules.pacing import MOST_POLLS, MOST_POLLS_IN_WINDOWS, Pacing
from reconnect.usecases.poll_authorize import PollAuthorize
from reconnect.usecases.request_budget import RequestBudget


@frozen(kw_only=True)
class PollInWindow:
    """Shared by the workflow's StartAuthorize and PollAuthorize states.

    A round through the workflow's wait loop costs as much as 22 s of a small function. So short waits are spent here,
    and the loop stays for the long ones.
    """

    poll: PollAuthorize
    clock: Clock
    pause: Pause
    pacing: Pacing
    requests: RequestBudget
    count: CountBy

    def __call__(
        self, session_id: str, polls: int, retries: int, observations: Observations = (), *, window: int
    ) -> Polled:
        """Poll once, and again while the attempt is pending and `window`, in seconds, lasts; 0: only once.

        `polls` and `retries`: see PollAuthorize. Each poll reads the session anew, so an end from outside is noticed.
        """
        polled = self._poll(session_id, polls, retries, observations, window)
        return self.go_on(session_id, polled, retries, window=window)

    def go_on(self, session_id: str, polled: Polled, retries: int, *, window: int) -> Polled:
        """Poll again while the attempt is pending and the window lasts, after what was `polled` before it."""
        ends_at = self.clock() + timedelta(seconds=window)
        while polled.step.outcome == Outcome.PENDING and window:
            if self.clock() + timedelta(seconds=polled.step.pause) > ends_at:
                break
            self.pause(polled.step.pause)
            try:
                polled = self._poll(session_id, polled.polls, retries, polled.observations, window)
            except (SessionEnded, SessionNotFound):
                # The next step meets it too, and ends the workflow; what was observed until now must reach it.
                break
        return polled

    def _poll(self, session_id: str, polls: int, retries: int, observations: Observations, window: int) -> Polled:
        step = self.poll(session_id, polls, retries)
        self.count("AuthorizePolled", outcome=step.outcome)
        polls = step.polls_after(polls)
        if step.outcome == Outcome.PENDING and window:
            # While others wait for their turn at Flinks, polls are as rare as without a window.
            rhythm = self.pacing.before_poll if self.requests.has_waiting() else self.pacing.in_window
            step = replace(step, wait_seconds=max(1, rhythm(polls)))
        most_polls = MOST_POLLS_IN_WINDOWS if window else MOST_POLLS
        seen = add_poll(observations, self.clock(), step.observed or step.code)
        if step.code == Reason.BANK_DOWN:
            # The wait may end in another execution.
            self.poll.record(session_id, seen)
        return Polled(step, polls, most_polls, seen)
