"""The budget of requests to Flinks that all functions share, and the place of a session that waits for its part."""

from datetime import datetime

from reconnect.model.frozen import frozen


@frozen(kw_only=True)
class Budget:
    """A clock that counts requests instead of seconds, and who took which of them.

    `version` numbers the changes of the clock. The clock stood at `done` requests at the time `since`;
    `rules.admission` says how fast it goes. `queued`: requests that were taken in turn. `ahead`: requests that people
    took ahead of all that wait; `people`: where the clock must stand before the next person may do so. `refused_at`:
    when Flinks last refused a request as one too many, at `refused_rate` requests a second; None if it never did.
    """

    version: int = 0
    since: datetime
    done: float
    queued: float = 0.0
    ahead: float = 0.0
    people: float = 0.0
    refused_at: datetime | None = None
    refused_rate: float = 0.0


@frozen
class Place:
    """A session's place: it is its turn once the clock has reached `number`, which is expected `at` this time.

    `is_ahead`: it does not wait for those who are served in turn, because a person is at the page. `refusals`: how
    often Flinks refused a request although it was its turn.
    """

    number: float
    at: datetime
    is_ahead: bool = False
    refusals: int = 0
