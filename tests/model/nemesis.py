"""The nemesis (a fault injector, as in Jepsen): it kills functions at every moment of a scenario, one per run.

A scenario is played once undisturbed, then once more for each moment just before or just after an effect. After the
kill only the usual repeats follow: Step Functions' Retry, the caller's retry with the same key, the stream's next
delivery, the sweeper. The tests use the error names of AWS in turn; `python -m tests.model.nemesis` uses all of them
at each moment, and prints the endings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconnect.model.session import Session, Status
from tests.model.ledger import Plan
from tests.model.scheduling import EFFECTS
from tests.model.world import World

LOGIN = "aaaaaaaa-0000-4000-8000-00000000000a"
_TICK = 5
_TICKS = 400
# The error names of AWS for a function that died while it ran, or whose answer was lost.
DEATHS = (
    *("Lambda.Unknown", "Runtime.ExitError", "Lambda.ServiceException", "Sandbox.Timedout"),
    *("Lambda.ClientExecutionTimeoutException", "Runtime.OutOfMemory", "Lambda.SdkClientException"),
    *("States.Timeout", "Lambda.AWSLambdaException"),
)

ASKS = Plan("ask", works=3)


@dataclass(frozen=True)
class Scenario:
    """What the bank, the user and the caller do, and how it ends when nothing goes wrong."""

    name: str
    ends: str
    publishes: tuple[str, ...]
    plan: Plan = ASKS
    answers_attempt: int | None = 1
    comes_back: bool = True
    cancels: bool = False
    polls_renew: bool = False
    is_absent: bool = False


SCENARIOS = (
    Scenario("no MFA", "SUCCEEDED", ("SessionSucceeded",), plan=Plan("ok", works=3)),
    Scenario("MFA answered", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded")),
    Scenario("redirect lost", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded"), comes_back=False),
    Scenario("attempt dies, then click", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded"), answers_attempt=2),
    Scenario(
        "click on a question that is still open",
        "SUCCEEDED",
        ("ReconnectRequired", "SessionSucceeded"),
        answers_attempt=2,
        polls_renew=True,
    ),
    Scenario(
        "parked, then click",
        "SUCCEEDED",
        ("ReconnectRequired", "SessionSucceeded"),
        answers_attempt=2,
        is_absent=True,
    ),
    Scenario("cancelled", "CANCELLED", ("ReconnectRequired", "SessionCancelled"), answers_attempt=None, cancels=True),
    Scenario("refused", "FAILED DISABLED_LOGIN", ("SessionFailed",), plan=Plan("DISABLED_LOGIN", works=3)),
)


@dataclass(frozen=True, order=True)
class Moment:
    """When a function dies: at which call of which run. `before`: the effect that comes next; `after`: the last one;
    `is_start`: the run starts a live attempt.
    """

    run: int
    call: int
    function: str
    before: str | None
    after: str | None
    is_start: bool


@dataclass
class Result:
    """How a scenario ended, what was published and violated, and the moments at which a function can die."""

    ending: str
    published: tuple[str, ...]
    violations: list[str]
    moments: list[Moment] = field(default_factory=list)


def play(scenario: Scenario, death: Moment | None = None, name: str = DEATHS[0]) -> Result:
    """Play a scenario to its end, and kill the function at this moment under this error name."""
    # The longest backstop interval makes the fewest moments.
    # An absent user is not asked at night.
    waits = {"BACKSTOP_INTERVAL_SECONDS": "45", "UNATTENDED_INTERVAL_SECONDS": "45", "QUIET_HOURS": "0-0"}
    world = World(polls_renew=scenario.polls_renew, **waits)
    leave = world.installed()
    if death is not None:
        world.deaths[death.run] = (death.call, name)
    try:
        _act(world, scenario)
        moments = list(_moments(world))
        world.run_out()
        return Result(_ending(world), _published(world), world.checks.violations, moments)
    finally:
        world.scheduler.kill_all()
        leave()


def _act(world: World, scenario: Scenario) -> None:
    """Let caller, user and bank act as soon as they can, and again if their call failed."""
    world.bank.login(LOGIN).plans += [scenario.plan] * 3
    actors = _Actors(world, scenario)
    for _ in range(_TICKS):
        actors.take_turn()
        if world.sessions.all and not world.live() and not world.machine.running:
            break
    actors.take_turn()


class _Actors:
    def __init__(self, world: World, scenario: Scenario) -> None:
        self._world, self._scenario = world, scenario
        self._is_served = self._is_cancelled = False
        self._state: str | None = None

    def take_turn(self) -> None:
        if not self._is_served:
            body = {"loginId": LOGIN, "presence": "absent" if self._scenario.is_absent else None}
            run = self._world.endpoints.open(body, "the-caller's-key")
            self._world.settle()
            self._is_served = bool(run.reply) and run.reply["statusCode"] in {200, 202}
        for session in self._world.live(Status.AWAITING_USER):
            self._handle_question(session)
        for session in self._world.live(Status.AWAITING_CLICK):
            self._world.endpoints.page(session.session_id, "attempts")
        self._world.settle()
        self._world.endpoints.deliver()
        self._world.pass_time(_TICK)

    def _handle_question(self, session: Session) -> None:
        if self._scenario.cancels and not self._is_cancelled:
            run = self._world.endpoints.cancel(session.session_id)
            self._world.settle()
            self._is_cancelled = bool(run.reply)
        number = session.attempt.number if session.attempt else 0
        wanted = self._scenario.answers_attempt
        if wanted is not None and number >= wanted and self._world.bank.answer(LOGIN) and self._scenario.comes_back:
            self._world.endpoints.redirect(self._world.checks.states[session.session_id][-1], LOGIN)
            self._world.settle()


def _moments(world: World) -> Iterator[Moment]:
    for run in world.invocations:
        effects = _numbered(run.points)
        for number in range(len(run.points)):
            before, after = effects[number], effects[number - 1] if number else None
            if before or after:
                is_start = "flinks.start_authorize" in run.points
                yield Moment(run.number, number, run.function, before, after, is_start)


def _numbered(calls: list[str]) -> list[str | None]:
    """Return the effects among the calls of a run; a repeated call gets a number."""
    names: list[str | None] = []
    for number, call in enumerate(calls):
        nth = calls[: number + 1].count(call)
        names.append(None if call not in EFFECTS else call if nth == 1 else f"{call} ({nth})")
    return names


def _ending(world: World) -> str:
    ended = {f"{each.status} {each.failure.code if each.failure else ''}".strip() for each in world.sessions.all}
    return ", ".join(sorted(ended)) or "no session"


def _published(world: World) -> tuple[str, ...]:
    by_id = {event.event_id: event.detail_type for event in world.events.published}
    return tuple(sorted(by_id.values()))


Row = tuple[str, str]

# Where the scenario cannot end as usual: the attempt is recorded as begun without a RequestId, so a bank login may be
# running that cannot be polled, and another start could lock the account.
UNCERTAIN = "FAILED ATTEMPT_UNCERTAIN"
_UNCERTAIN_WHEN = {
    ("start_authorize", "sessions.save"): {"after"},
    ("start_authorize", "flinks.start_authorize"): {"before", "after"},
    ("start_authorize", "sessions.save (2)"): {"before"},
}


def expected(moment: Moment, undisturbed: str) -> str:
    """Return how a scenario ends if a function dies at this moment."""
    is_uncertain = any(when in _UNCERTAIN_WHEN.get(row, ()) for row, when in rows_of(moment))
    return UNCERTAIN if is_uncertain and moment.is_start else undisturbed


def rows_of(moment: Moment) -> Iterator[tuple[Row, str]]:
    """Yield the table rows of a moment, and whether it is before or after their effect."""
    if moment.before:
        yield (moment.function, moment.before), "before"
    if moment.after:
        yield (moment.function, moment.after), "after"


def table(scenario: Scenario) -> dict[Row, dict[str, set[str]]]:
    """Return, for each function and effect of a scenario, how it ends if the function dies before or after it."""
    rows: dict[Row, dict[str, set[str]]] = {}
    for moment in play(scenario).moments:
        endings = {play(scenario, moment, name).ending for name in DEATHS}
        for row, when in rows_of(moment):
            rows.setdefault(row, {"before": set(), "after": set()})[when] |= endings
    return rows


def _print() -> None:
    for scenario in SCENARIOS:
        print(f"\n{scenario.name}: {scenario.ends}")
        print(f"  {'function':<18} {'effect':<32} {'killed before it':<26} killed after it")
        for (function, effect), endings in table(scenario).items():
            before, after = (" / ".join(sorted(endings[when])) for when in ("before", "after"))
            print(f"  {function:<18} {effect:<32} {before:<26} {after}")


if __name__ == "__main__":
    _print()
