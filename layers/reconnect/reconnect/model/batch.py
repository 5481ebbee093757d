"""A batch: many logins that are to be refreshed by a deadline, at most so many at once at each institution."""

from datetime import datetime, timedelta
from enum import StrEnum

from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution


class Skip(StrEnum):
    """Why a login would not be refreshed by a batch. The three waits are called as in `WaitReason`.

    Hopeless: the last tries without a user all ended in a question. Asked recently: its user was asked, has not
    answered, and may not be asked again before the next night.
    """

    FRESH = "fresh"
    LIVE = "live_session"
    NEEDS_USER = "needs_user"
    COOLDOWN = "cooldown"
    LOCKOUT_GUARD = "lockout_guard"
    OPEN_ATTEMPT = "open_attempt"
    HOPELESS = "hopeless"
    ASKED_RECENTLY = "asked_recently"
    DISABLED = "institution_disabled"
    UNREADABLE = "record_unreadable"


@frozen
class Window:
    """From when until when a batch may work, and the most live attempts at one institution."""

    start_at: datetime
    deadline: datetime
    cap: int


@frozen
class Load:
    """The logins of a batch at one institution; None are those whose institution is not known yet.

    `attempt`: how long one of them keeps a place at the bank, on average of `samples` sessions; without any, an
    assumption.
    """

    institution: Institution | None
    logins: int
    attempt: timedelta
    samples: int = 0


@frozen
class Forecast:
    """What a load comes to in a window.

    `late`: by how much the deadline is missed, and `missed`: how many logins would not have ended by then; both zero if
    it is kept. The remedies if it is missed, with a tenth of the time in reserve: `cap_needed`, None if no cap is
    enough, or `start_needed`.
    """

    load: Load
    ends_at: datetime
    late: timedelta
    missed: int
    cap_needed: int | None
    start_needed: datetime | None

    @property
    def is_feasible(self) -> bool:
        """Whether all of the load ends by the deadline."""
        return not self.late


@frozen
class Plan:
    """The forecasts of a batch, the latest end first. `starts_per_second`: of sessions, while every place is taken."""

    window: Window
    forecasts: tuple[Forecast, ...]
    starts_per_second: float

    @property
    def ends_at(self) -> datetime:
        """When the last institution is done; the start, if there is nothing to do."""
        return max((each.ends_at for each in self.forecasts), default=self.window.start_at)

    @property
    def is_feasible(self) -> bool:
        """Whether the deadline is kept at every institution."""
        return all(each.is_feasible for each in self.forecasts)


@frozen
class PlannedBatch:
    """A plan, and the positions of the logins that it leaves out, by reason."""

    plan: Plan
    skipped: dict[Skip, tuple[int, ...]]
