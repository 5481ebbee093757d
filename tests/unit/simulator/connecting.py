"""What the tests of Connect share: logins of any behaviour, and Connect URLs."""

from typing import Any
from urllib.parse import urlencode

from flinks_simulator.bank import Bank
from flinks_simulator.users import Behaviour

SITE = "http://connect.test"
BACK = "https://app.test/redirect/abc?kept=1"


def a_login(bank: Bank, **behaviour: Any) -> str:
    """Make a login with this behaviour, and return its LoginId."""
    login = bank.find_login(bank.add_login("greatday_nomfa"))
    login.behaviour = Behaviour(**behaviour)
    return login.login_id


def an_attempt(bank: Bank, **behaviour: Any) -> str:
    """Start a live attempt on a login with this behaviour, and return its RequestId."""
    return bank.start_attempt(a_login(bank, **behaviour)).request_id


def connect_url(path: str = "/v2/", **parameters: str) -> str:
    """Build a Connect URL."""
    return f"{SITE}{path}?{urlencode(parameters)}"
