"""The nemesis: a story is played once undisturbed, then once more for every moment at which a function can die in it.

Just before and just after each effect the running function is killed; then only the platform's and the callers' own
repeats come: Step Functions' Retry, the same request with the same key, the stream's next delivery, the sweeper.
The tests call each death by one of AWS' names, in turn. `python -m tests.model.nemesis` calls each by all of them, and
prints how each of these ends.
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
# What AWS may say of a function that died in the middle of something, or whose answer was lost.
DEATHS = (
    *("Lambda.Unknown", "Runtime.ExitError", "Lambda.ServiceException", "Sandbox.Timedout"),
    *("Lambda.ClientExecutionTimeoutException", "Runtime.OutOfMemory", "Lambda.SdkClientException"),
    *("States.Timeout", "Lambda.AWSLambdaException"),
)

ASKS = Plan("ask", works=3)


@dataclass(frozen=True)
class Story:
    """What the bank, the user and the caller do, and how that ends when nothing goes wrong."""

    name: str
    ends: str
    announces: tuple[str, ...]
    plan: Plan = ASKS
    answers_attempt: int | None = 1
    comes_back: bool = True
    cancels: bool = False
    looks_renew: bool = False


STORIES = (
    Story("no MFA", "SUCCEEDED", ("SessionSucceeded",), plan=Plan("ok", works=3)),
    Story("MFA answered", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded")),
    Story("redirect lost", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded"), comes_back=False),
    Story("attempt dies, then click", "SUCCEEDED", ("ReconnectRequired", "SessionSucceeded"), answers_attempt=2),
    Story(
        "click on a question that still stands",
        "SUCCEEDED",
        ("ReconnectRequired", "SessionSucceeded"),
        answers_attempt=2,
        looks_renew=True,
    ),
    Story("cancelled", "CANCELLED", ("ReconnectRequired", "SessionCancelled"), answers_attempt=None, cancels=True),
    Story("refused", "FAILED DISABLED_LOGIN", ("SessionFailed",), plan=Plan("DISABLED_LOGIN", works=3)),
)


@dataclass(frozen=True, order=True)
class Moment:
    """When a function dies: at which call of which run. `before` and `after` name the effects on either side;
    `is_start`: a live attempt is begun in that run.
    """

    run: int
    call: int
    function: str
    before: str | None
    after: str | None
    is_start: bool


@dataclass
class Told:
    """How a story went: its end, what was announced, what was violated, and the moments at which a function can die."""

    ending: str
    published: tuple[str, ...]
    violations: list[str]
    moments: list[Moment] = field(default_factory=list)


def play(story: Story, death: Moment | None = None, name: str = DEATHS[0]) -> Told:
    """Play a story to its very end, and kill the function at this moment; AWS calls that by this name."""
    # The longest backstop makes the fewest moments.
    world = World(looks_renew=story.looks_renew, BACKSTOP_INTERVAL_SECONDS="45", UNATTENDED_INTERVAL_SECONDS="45")
    leave = world.installed()
    if death is not None:
        world.deaths[death.run] = (death.call, name)
    try:
        _act(world, story)
        moments = list(_moments(world))
        world.run_out()
        return Told(_ending(world), _announced(world), world.checks.violations, moments)
    finally:
        world.scheduler.bury()
        leave()


def _act(world: World, story: Story) -> None:
    """Caller, user and bank do their part as soon as they can, and again if they were not heard."""
    world.bank.login(LOGIN).plans += [story.plan] * 3
    actors = _Actors(world, story)
    for _ in range(_TICKS):
        actors.take_turn()
        if world.sessions.all and not world.live() and not world.machine.running:
            break
    actors.take_turn()


class _Actors:
    def __init__(self, world: World, story: Story) -> None:
        self._world, self._story = world, story
        self._is_served = self._is_cancelled = False
        self._state: str | None = None

    def take_turn(self) -> None:
        if not self._is_served:
            run = self._world.endpoints.open({"loginId": LOGIN}, "the-caller's-key")
            self._world.settle()
            self._is_served = bool(run.reply) and run.reply["statusCode"] in {200, 202}
        for session in self._world.live(Status.AWAITING_USER):
            self._look_at_question(session)
        for session in self._world.live(Status.AWAITING_CLICK):
            self._world.endpoints.page(session.session_id, "attempts")
        self._world.settle()
        self._world.endpoints.deliver()
        self._world.pass_time(_TICK)

    def _look_at_question(self, session: Session) -> None:
        if self._story.cancels and not self._is_cancelled:
            run = self._world.endpoints.cancel(session.session_id)
            self._world.settle()
            self._is_cancelled = bool(run.reply)
        number = session.attempt.number if session.attempt else 0
        wanted = self._story.answers_attempt
        if wanted is not None and number >= wanted and self._world.bank.answer(LOGIN) and self._story.comes_back:
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
    """The effects among the calls of a run; a second one of its kind is told apart from the first."""
    told: list[str | None] = []
    for number, call in enumerate(calls):
        nth = calls[: number + 1].count(call)
        told.append(None if call not in EFFECTS else call if nth == 1 else f"{call} ({nth})")
    return told


def _ending(world: World) -> str:
    ended = {f"{each.status} {each.failure.code if each.failure else ''}".strip() for each in world.sessions.all}
    return ", ".join(sorted(ended)) or "no session"


def _announced(world: World) -> tuple[str, ...]:
    by_id = {event.event_id: event.detail_type for event in world.events.published}
    return tuple(sorted(by_id.values()))


Row = tuple[str, str]

# Where the truth forbids the story's own ending: the attempt is written down as begun, and no RequestId of it is known,
# so a bank login may be running that nobody can ask about; another start could lock the account.
UNCERTAIN = "FAILED ATTEMPT_UNCERTAIN"
_UNCERTAIN_WHEN = {
    ("start_authorize", "sessions.save"): {"after"},
    ("start_authorize", "flinks.start_authorize"): {"before", "after"},
    ("start_authorize", "sessions.save (2)"): {"before"},
}


def expected(moment: Moment, undisturbed: str) -> str:
    """How a story ends if death comes at this moment."""
    is_uncertain = any(when in _UNCERTAIN_WHEN.get(row, ()) for row, when in rows_of(moment))
    return UNCERTAIN if is_uncertain and moment.is_start else undisturbed


def rows_of(moment: Moment) -> Iterator[tuple[Row, str]]:
    """The rows of the table that a moment belongs to, and on which side of their effect it is."""
    if moment.before:
        yield (moment.function, moment.before), "before"
    if moment.after:
        yield (moment.function, moment.after), "after"


def table(story: Story) -> dict[Row, dict[str, set[str]]]:
    """For each function and effect of a story: how it ends if death comes before, and if it comes after."""
    rows: dict[Row, dict[str, set[str]]] = {}
    for moment in play(story).moments:
        endings = {play(story, moment, name).ending for name in DEATHS}
        for row, when in rows_of(moment):
            rows.setdefault(row, {"before": set(), "after": set()})[when] |= endings
    return rows


def _print() -> None:
    for story in STORIES:
        print(f"\n{story.name}: {story.ends}")
        print(f"  {'function':<18} {'effect':<32} {'killed before it':<26} killed after it")
        for (function, effect), endings in table(story).items():
            before, after = (" / ".join(sorted(endings[when])) for when in ("before", "after"))
            print(f"  {function:<18} {effect:<32} {before:<26} {after}")


if __name__ == "__main__":
    _print()
