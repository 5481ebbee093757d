"""Flinks on this machine: the banking API and Connect, with a bank kept in memory."""

from local.simulator.bank import Bank
from local.simulator.browser import SimulatedUser
from local.simulator.clock import VirtualClock
from local.simulator.journal import Journal, JournalEntry
from local.simulator.scenarios import SHIPPED, ScenarioProblem, load_scenarios
from local.simulator.server import PortTaken, Simulator, serve_forever
from local.simulator.settings import Settings
from local.simulator.users import (
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
