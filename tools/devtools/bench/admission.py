"""Many sessions at once against a bank that takes few requests a second, in simulated time."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from devtools.bench.environments import Environments
from devtools.bench.simulated import Bank, SimulatedPorts, Time
from devtools.engine.template import read_template
from devtools.figures import Comparison, Figure
from devtools.service import TEMPLATE
from reconnect.model.outcomes import Outcome
from reconnect.model.reasons import Reason
from reconnect.model.session import Session, Status
from reconnect.model.step import Fetched, Polled, Step
from reconnect.rules.pacing import MOST_POLLS
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings

_SESSIONS = 1000
_RATES = (5, 10, 20, 50)
# That of the figures.
_RATE = 10
# As in the state machine.
_MOST_FETCHES = 52
# How often a throttled start was repeated before there was a budget.
_RETRIES_BEFORE = 3


@dataclass
class Crowd:
    """Sessions that are opened at the same moment, without a question.

    `admits`: they wait for their turn; otherwise each start that Flinks refuses spends one of three retries, as before
    there was a budget. `waits`: the seconds until each session's attempt began.
    """

    time: Time
    bank: Bank
    ports: SimulatedPorts
    settings: Settings
    admits: bool
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._environments = Environments(lambda: Service(self.ports, self.settings))

    def play(self, sessions: int) -> None:
        """Run them all to their ends."""
        now = self.time()
        for number in range(sessions):
            name = f"{number:032x}"
            self.ports.sessions.save(
                Session(
                    session_id=name,
                    login_id=name,
                    execution_name=name,
                    status=Status.STARTING,
                    created_at=now,
                    link_expires_at=now + timedelta(days=7),
                    due_at=now,
                )
            )
            self.time.begin(lambda name=name: self._run(name))  # type: ignore[misc]
        self.time.run()

    def count(self, status: Status) -> int:
        """How many ended so."""
        return sum(session.status is status for session in self.ports.sessions.all)

    def _run(self, session_id: str) -> None:
        """What the state machine does for a session without a question."""
        started = Polled(self._start(session_id), 0, MOST_POLLS, ())
        with self._environments.borrow() as service:
            polled = service.poll_in_window.go_on(session_id, started, 0, window=self.settings.start_window_seconds)
        while polled.step.outcome == Outcome.PENDING and polled.polls < polled.most_polls:
            self.time.sleep(polled.step.pause)
            with self._environments.borrow() as service:
                polled = service.poll_in_window(session_id, polled.polls, 0, window=self.settings.poll_window_seconds)
        step = polled.step
        reason = self._fetch(session_id) if step.outcome == Outcome.AUTHORIZED else step.code
        with self._environments.borrow() as service:
            service.finish_session(session_id, reason)

    def _start(self, session_id: str) -> Step:
        retries = 0
        while (step := self._step("start_authorize", session_id, 1, retries)).code == Reason.QUEUED:
            if self.admits:
                self.time.sleep(step.wait_seconds)
            elif retries == _RETRIES_BEFORE:
                return Step(Outcome.TRY_LATER, "TOO_MANY_REQUESTS")
            else:
                self.time.sleep(self.settings.pacing().before_retry(Outcome.TRY_LATER, retries, self.ports.jitter))
                retries += 1
        self.waits.append(self.time.seconds)
        return step

    def _fetch(self, session_id: str) -> str:
        fetches = 0
        while (step := self._step("fetch_accounts", session_id, fetches)).outcome == Fetched.PENDING:
            if (fetches := fetches + 1) == _MOST_FETCHES:
                break
            self.time.sleep(step.wait_seconds)
        return step.code

    def _step(self, use_case: str, *arguments: object) -> Step:
        with self._environments.borrow() as service:
            step: Step = getattr(service, use_case)(*arguments)
        return step


def measure() -> Iterator[str]:
    """1,000 sessions at once and few requests a second: failures, refusals and waits, in simulated time."""
    for rate in _RATES:
        yield f"{_SESSIONS:,} sessions at once, Flinks takes {rate} requests a second"
        for name, admits, known in (("without a budget", False, 0), ("learned", True, 0), ("known", True, rate)):
            crowd = play_crowd(_SESSIONS, rate, admits=admits, known=known)
            yield f"  {name:17} {_describe(crowd, rate)}"


def figures() -> Iterator[Figure]:
    """A thousand sessions at once where Flinks takes ten requests a second, and this rate is configured."""
    crowd = play_crowd(_SESSIONS, _RATE, admits=True, known=_RATE)
    name = f"{_SESSIONS} sessions at once and {_RATE} requests a second"
    yield Figure(f"FAILED of {name}", crowd.count(Status.FAILED), 0, Comparison.EXACTLY)
    yield Figure(f"share of requests refused, {name}", round(crowd.bank.refused / crowd.bank.asked, 4), 0.02)
    yield Figure(f"longest wait in fair shares, {name}", round(longest_wait_in_shares(crowd, _RATE), 3), 1.2)


def play_crowd(sessions: int, rate: float, *, admits: bool, known: int, seed: int = 1) -> Crowd:
    """Let so many sessions begin at once; `known`: the rate that is configured, 0 for none."""
    time, chance = Time(), random.Random(seed)  # noqa: S311
    bank = Bank(time, rate, chance)
    crowd = Crowd(time, bank, SimulatedPorts(time, bank, chance, has_budget=admits), _settings(known), admits)
    crowd.play(sessions)
    return crowd


def longest_wait_in_shares(crowd: Crowd, rate: float) -> float:
    """The longest wait, as a multiple of the time in which Flinks could have served all that it took."""
    return max(crowd.waits) / ((crowd.bank.asked - crowd.bank.refused) / rate)


def _describe(crowd: Crowd, rate: float) -> str:
    asked, refused = crowd.bank.asked, crowd.bank.refused
    ends = (
        f"{crowd.count(Status.FAILED):>3} FAILED, {crowd.count(Status.SUCCEEDED):>4} SUCCEEDED; "
        f"{refused / asked:5.1%} of {asked:>6,} requests refused"
    )
    if not crowd.admits:
        return ends
    return (
        f"{ends}; longest wait {max(crowd.waits):5,.0f} s, {longest_wait_in_shares(crowd, rate):.2f} of the fair share"
        f"; {crowd.ports.budgets.writes:>5,} writes for it"
    )


def _settings(known: int) -> Settings:
    """The template's defaults, with this rate."""
    parameters = read_template(TEMPLATE)["Parameters"]
    defaults = {name.lower(): str(each.get("Default", "x")) for name, each in parameters.items()}
    # Empty addresses stand for those that CloudFormation makes.
    defaults |= {name: "https://made.example" for name in defaults if name.endswith("baseurl")}
    environ = {name.upper(): defaults.get(name.replace("_", ""), "x") for name in Settings.__dataclass_fields__}
    return Settings.from_env({**environ, "FLINKS_REQUESTS_PER_SECOND": str(known)})
