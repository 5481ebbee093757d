"""Flinks Connect: the pages that an integrator shows to a user, and the events they post to their parent window."""

from flinks_simulator.connect.bank_site import bank_site
from flinks_simulator.connect.routes import connect

__all__ = ["bank_site", "connect"]
