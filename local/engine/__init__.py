"""Runs the real SAM template on this machine: a loopback AWS engine, without Docker."""

from local.engine.deploy import Stack
from local.engine.errors import EngineError
from local.engine.launcher import Credentials, LocalEngine

__all__ = ["Credentials", "EngineError", "LocalEngine", "Stack"]
