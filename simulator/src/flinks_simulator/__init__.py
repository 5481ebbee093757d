"""Flinks, simulated on this machine: the banking API and Connect over an in-memory bank."""

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.clock import VirtualClock
from flinks_simulator.journal import Journal, JournalEntry
from flinks_simulator.scenarios import SHIPPED, ScenarioProblem, load_scenarios
from flinks_simulator.server import PortTaken, Simulator, serve_forever
from flinks_simulator.settings import Settings
from flinks_simulator.users import (
    LOGINS,
    USERS,
    Behaviour,
    Challenge,
    Fault,
    FaultKind,
    Redirect,
    Scenario,
    ready_login_id,
)

__all__ = [
    "LOGINS",
    "SHIPPED",
    "USERS",
    "Bank",
    "Behaviour",
    "Challenge",
    "Fault",
    "FaultKind",
    "Journal",
    "JournalEntry",
    "PortTaken",
    "Redirect",
    "Scenario",
    "ScenarioProblem",
    "Settings",
    "SimulatedUser",
    "Simulator",
    "VirtualClock",
    "load_scenarios",
    "ready_login_id",
    "serve_forever",
]
