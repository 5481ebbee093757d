"""How a system test waits for what happens behind the endpoints."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.system.engine.fixtures import Eventually


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """`eventually(check)` returns the first true value of `check()`, or fails after its deadline."""

    def wait(check: Callable[[], Any], within: float = 20) -> Any:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if found := check():
                return found
            time.sleep(0.02)
        raise AssertionError(f"{check} returned nothing true in {within} seconds")

    return wait
