"""Flinks Connect: the pages that an integrator shows to a user, and what they tell the page around them."""

from flinks_simulator.connect.routes import connect

__all__ = ["connect"]
