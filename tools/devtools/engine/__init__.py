"""Runs the real SAM template on this machine, on a loopback AWS engine without Docker."""

from devtools.engine.deploy import Stack
from devtools.engine.errors import EngineError
from devtools.engine.launcher import Credentials, LocalEngine

__all__ = ["Credentials", "EngineError", "LocalEngine", "Stack"]
