"""What every run of the bank rests on: one lock, one clock, ids by seed, logins, tokens, planned faults."""

import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from flinks_simulator.clock import VirtualClock, utc_now
from flinks_simulator.errors import BankError
from flinks_simulator.journal import Journal
from flinks_simulator.records import Attempt, DataSession, Login
from flinks_simulator.scenarios import SHIPPED
from flinks_simulator.settings import Settings
from flinks_simulator.tokens import Tokens
from flinks_simulator.users import Behaviour, Fault, PlannedFault, Scenario, ready_login_id

_AGE_OF_FIRST_REFRESH = timedelta(days=1)


class BankState:
    """The state that a reset takes back to its beginning."""

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Callable[[], datetime] = utc_now,
        scenarios: Mapping[str, Scenario] = SHIPPED,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock if isinstance(clock, VirtualClock) else VirtualClock(clock)
        self.scenarios = dict(scenarios)
        self.journal = Journal()
        self.on_tick: list[Callable[[datetime], None]] = []
        self.on_reset: list[Callable[[], None]] = []
        self.clock.on_advance.append(self._tick)
        self._lock = threading.RLock()
        self._begin_run()

    def reset(self) -> None:
        """Go back to the beginning of the run: clock, ids, logins, journal, and whoever listens to `on_reset`."""
        with self._lock:
            self.clock.reset()
            self.journal.clear()
            self._begin_run()
            for forget in self.on_reset:
                forget()

    # Logins

    def login_id(self, name: str) -> str:
        """Name the LoginId of the ready-made login of this scenario."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        return ready_login_id(name)

    def logins(self) -> list[Login]:
        """List every login, ready-made ones first."""
        with self._lock:
            return list(self._logins.values())

    def add_login(self, name: str) -> str:
        """Make another, independent login that behaves as this scenario says, and return its LoginId."""
        if name not in self.scenarios:
            raise BankError("INVALID_USERNAME")
        with self._lock:
            # Connect's credentials form finds a login by its username, so each username stays unique.
            username = f"{name}.{len(self._logins)}"
            return self._keep_login(self._new_id(), username, self.scenarios[name].behaviour).login_id

    def find_login(self, login_id: str) -> Login:
        """Find one login by its LoginId."""
        with self._lock:
            if login_id not in self._logins:
                raise BankError("INVALID_LOGIN")
            return self._logins[login_id]

    # Faults

    def plan_fault(self, fault: Fault, login_id: str | None = None) -> None:
        """Let a call go wrong, counted from now: for one login, or for everyone, which reaches `token` too."""
        with self._lock:
            planned = self.find_login(login_id).faults if login_id else self._faults
            planned.append(PlannedFault(fault))

    def due_faults(self, action: str, login_id: str | None) -> list[Fault]:
        """Count a call, and tell what goes wrong with it; without a LoginId, among the faults for everyone."""
        with self._lock:
            planned = self.find_login(login_id).faults if login_id else self._faults
            return [each.fault for each in planned if each.is_due(action)]

    # Authorize tokens

    def issue_token(self) -> str:
        """Make an authorize token that can be spent once within its lifetime."""
        with self._lock:
            return self._tokens.keep(self._new_id())

    def spend_token(self, token: str) -> bool:
        """Use a token up; False when it is unknown, already spent or expired [D AUTHREF]."""
        with self._lock:
            return self._tokens.spend(token)

    # The parts behind them; each expects the lock to be held

    def _begin_run(self) -> None:
        self._random = random.Random(self.settings.seed)  # noqa: S311 - repeatable by seed; guards nothing real
        self._tokens = Tokens(self.clock, self.settings.token_lifetime)
        self._faults: list[PlannedFault] = []
        self._attempts: dict[str, Attempt] = {}
        self._data_sessions: dict[str, DataSession] = {}
        self._logins: dict[str, Login] = {}
        for name, scenario in self.scenarios.items():
            self._keep_login(ready_login_id(name), name, scenario.behaviour)

    def _tick(self, now: datetime) -> None:
        for run_due in self.on_tick:
            run_due(now)

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _keep_login(self, login_id: str, username: str, behaviour: Behaviour) -> Login:
        login = Login(
            login_id,
            username,
            behaviour,
            last_refresh=self.clock() - _AGE_OF_FIRST_REFRESH,
            # The same person has the same accounts, whatever the LoginId.
            data_seed=f"{self.settings.seed}/{username}",
            faults=[PlannedFault(each) for each in behaviour.faults],
        )
        self._logins[login_id] = login
        return login
