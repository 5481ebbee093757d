"""Flinks on this machine: the banking API and Connect, with a bank kept in memory."""

from local.simulator.bank import Bank
from local.simulator.browser import SimulatedUser
from local.simulator.server import PortTaken, Simulator, serve_forever
from local.simulator.settings import Settings
from local.simulator.users import LOGINS, USERS

__all__ = [
    "LOGINS",
    "USERS",
    "Bank",
    "PortTaken",
    "Settings",
    "SimulatedUser",
    "Simulator",
    "serve_forever",
]
