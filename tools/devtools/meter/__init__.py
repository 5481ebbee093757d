"""Computes what a session would cost on AWS, from what it does on the local engine."""

from devtools.meter.meter import Meter
from devtools.meter.prices import Cost, cost_of
from devtools.meter.usage import Usage

__all__ = ["Cost", "Meter", "Usage", "cost_of"]
