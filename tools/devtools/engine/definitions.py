"""Parses each state machine definition once; the interpreter would parse it again for every execution."""

import pickle
from functools import lru_cache
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import set_attribute


def install() -> None:
    """Give moto's executions a parser with a cache."""
    set_attribute(private_names.WORKER_PARSER, _CachingParser)


class _CachingParser:
    @staticmethod
    def parse(definition: str) -> tuple[Any, None]:
        # A copy for each execution, in case states keep state of their own; it costs a hundredth of the parsing.
        return pickle.loads(_parsed(definition)), None  # noqa: S301 - our own bytes, made below


@lru_cache(maxsize=256)
def _parsed(definition: str) -> bytes:
    return pickle.dumps(private_names.ASL_PARSE.load()(definition)[0])


@lru_cache(maxsize=256)
def refusal_of(definition: str) -> str | None:
    """Return why the interpreter cannot read a definition; None if it can."""
    try:
        _parsed(definition)
    # Any exception of the parser means an unreadable definition, and would end the thread that runs it.
    except Exception as problem:  # noqa: BLE001
        return f"{type(problem).__name__}: {problem}"
    return None
