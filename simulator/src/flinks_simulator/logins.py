"""The bank's logins: a ready-made one for each scenario, and those added later."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flinks_simulator.errors import BankError
from flinks_simulator.randomness import Randomness
from flinks_simulator.records import Login
from flinks_simulator.settings import Settings
from flinks_simulator.users import INSTITUTION_ID, Behaviour, PlannedFault, Scenario, ready_login_id

_AGE_OF_FIRST_REFRESH = timedelta(days=1)


class Logins:
    """Finds logins by LoginId, or by username and language."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario],
        settings: Settings,
        clock: Callable[[], datetime],
        randomness: Randomness,
    ) -> None:
        self._scenarios = scenarios
        self._settings = settings
        self._clock = clock
        self._random = randomness
        self._logins: dict[str, Login] = {}
        for name, scenario in scenarios.items():
            self._keep(ready_login_id(name), name, scenario.behaviour)

    def all(self) -> list[Login]:
        """List every login, ready-made ones first."""
        return list(self._logins.values())

    def find(self, login_id: str) -> Login:
        """Find one login by its LoginId."""
        if login_id not in self._logins:
            raise BankError("INVALID_LOGIN")
        return self._logins[login_id]

    def find_by_name(self, username: str, language: str | None = None) -> Login | None:
        """Find the latest login of a username, in one language or in any."""
        # After a login gets a new LoginId, its username belongs to the new one, which is later in this list.
        named = [each for each in self._logins.values() if each.username == username]
        return next((each for each in reversed(named) if language in {None, each.language}), None)

    def add(self, scenario: str, institution_id: int = INSTITUTION_ID) -> Login:
        """Add an independent login with a scenario's behaviour, at this bank."""
        # Connect's credentials form finds a login by its username, so each username stays unique.
        username = f"{scenario}.{len(self._logins)}"
        login = self._keep(self._random.new_id(), username, self._scenarios[scenario].behaviour)
        login.institution_id = institution_id
        return login

    def add_connection(self, username: str, behaviour: Behaviour) -> Login:
        """Add another LoginId for an existing username."""
        return self._keep(self._random.new_id(), username, behaviour)

    def remove(self, login: Login) -> None:
        """Forget a login."""
        del self._logins[login.login_id]

    def _keep(self, login_id: str, username: str, behaviour: Behaviour) -> Login:
        login = Login(
            login_id,
            username,
            behaviour,
            last_refresh=self._clock() - _AGE_OF_FIRST_REFRESH,
            # The same person has the same accounts, whatever the LoginId.
            data_seed=f"{self._settings.seed}/{username}",
            faults=[PlannedFault(each) for each in behaviour.faults],
        )
        self._logins[login_id] = login
        return login
