"""A thousand sessions at once against a bank that takes few requests a second, in simulated time."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from devtools.bench.simulated import Bank, Budgets, SimulatedPorts, Time, borrowed
from devtools.engine.template import read_template
from devtools.service import TEMPLATE
from reconnect.model.outcomes import Outcome
from reconnect.model.reasons import Reason
from reconnect.model.session import Session, Status
from reconnect.model.step import Fetched, Step
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings

_SESSIONS = 1000
_RATES = (5, 10, 20, 50)
# As in the state machine.
_MOST_POLLS, _MOST_FETCHES = 40, 52
# How often a throttled start was repeated before there was a budget.
_RETRIES_BEFORE = 3


@dataclass
class Crowd:
    """Sessions that begin at the same moment. `admits`: whether they wait for their turn, or Flinks refuses them."""

    bank: Bank
    time: Time
    ports: SimulatedPorts
    settings: Settings
    admits: bool
    begun: list[float] = field(default_factory=list)
    environments: list[Service] = field(default_factory=list)

    def play(self, sessions: int) -> None:
        """Run them all to their ends."""
        for number in range(sessions):
            self._open(f"{number:032x}")
        self.time.run()

    def count(self, status: Status) -> int:
        """How many ended so."""
        return sum(session.status is status for session in self.ports.sessions.all)

    def _open(self, session_id: str) -> None:
        now = self.time()
        self.ports.sessions.save(
            Session(
                session_id=session_id,
                login_id=session_id,
                execution_name=session_id,
                status=Status.STARTING,
                created_at=now,
                link_expires_at=now + timedelta(days=7),
                due_at=now,
            )
        )
        self.time.begin(lambda: self._run(session_id))

    def _run(self, session_id: str) -> None:
        """What the state machine does for a session without a question."""
        step = self._start(session_id)
        polls = 0
        while step.outcome == Outcome.PENDING and polls < _MOST_POLLS:
            self.time.sleep(step.wait_seconds)
            with self._environment() as service:
                step = service.poll_authorize(session_id, polls, 0)
            polls += 1
        reason = self._fetch(session_id) if step.outcome == Outcome.AUTHORIZED else step.code
        with self._environment() as service:
            service.finish_session.close(session_id, reason)

    def _start(self, session_id: str) -> Step:
        retries = 0
        while True:
            with self._environment() as service:
                step: Step = service.start_authorize(session_id, 1, retries)
            if step.code != Reason.QUEUED:
                self.begun.append(self.time.seconds)
                return step
            if self.admits:
                self.time.sleep(step.wait_seconds)
            elif retries == _RETRIES_BEFORE:
                return replace(step, code="TOO_MANY_REQUESTS")
            else:
                self.time.sleep(self.settings.pacing().before_retry(Outcome.TRY_LATER, retries, self.ports.jitter))
                retries += 1

    def _fetch(self, session_id: str) -> str:
        for fetches in range(_MOST_FETCHES):
            with self._environment() as service:
                step = service.fetch_accounts(session_id, fetches)
            if step.outcome != Fetched.PENDING:
                break
            self.time.sleep(step.wait_seconds)
        return step.code

    def _environment(self):
        return borrowed(self.environments, lambda: Service(self.ports, self.settings))


def measure() -> Iterator[str]:
    """1,000 sessions at once against 5 to 50 requests a second: ends, refused requests, waits; in simulated time."""
    for rate in _RATES:
        for name, admits, known in (("before", False, 0), ("learned", True, 0), ("configured", True, rate)):
            yield _report(rate, name, _crowd(rate, admits=admits, known=known))


def _crowd(rate: int, *, admits: bool, known: int) -> Crowd:
    time, chance = Time(), random.Random(1)
    bank = Bank(time, rate, chance)
    ports = SimulatedPorts(time, bank, Budgets(is_kept=admits), chance)
    crowd = Crowd(bank, time, ports, _settings(known), admits)
    crowd.play(_SESSIONS)
    return crowd


def _report(rate: int, name: str, crowd: Crowd) -> str:
    each = (crowd.bank.asked - crowd.bank.refused) / _SESSIONS
    waits = sorted(crowd.begun)
    fair = _SESSIONS * each / rate
    over = max(wait - (place + 1) * each / rate for place, wait in enumerate(waits))
    return (
        f"{rate:>3} requests/s, {name:10}: {crowd.count(Status.FAILED):>4} FAILED, "
        f"{crowd.count(Status.SUCCEEDED)} SUCCEEDED; {crowd.bank.refused / crowd.bank.asked:6.1%} of "
        f"{crowd.bank.asked:>6,} requests refused; longest wait {waits[-1]:6.0f} s, {waits[-1] / fair:.2f} of its share; "
        f"largest excess {over:.0f} s; all ended after {crowd.time.seconds:.0f} s; {each:.1f} req each; {crowd.ports.budgets.writes} writes"
    )


def _settings(known: int) -> Settings:
    """The template's defaults, with the rate that Flinks is known to take."""
    defaults = {
        name: str(parameter.get("Default", "x")) for name, parameter in read_template(TEMPLATE)["Parameters"].items()
    }
    by_field = {name.lower(): value for name, value in defaults.items()}
    environ = {field.upper(): by_field.get(field.replace("_", ""), "x") for field in Settings.__dataclass_fields__}
    return Settings.from_env({**environ, "FLINKS_REQUESTS_PER_SECOND": str(int(known))})
