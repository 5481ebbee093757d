"""Counts what a session would cost on AWS, from what it really does on the local engine."""

from local.meter.meter import Meter
from local.meter.prices import Cost, cost_of
from local.meter.usage import Usage

__all__ = ["Cost", "Meter", "Usage", "cost_of"]
