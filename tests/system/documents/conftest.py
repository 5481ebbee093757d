"""Counts for the end of the run what the generated requests found."""

import pytest

from tests.summary import REQUESTS, Figures, figures


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Figures:
    """What was sent to the endpoints, and what was wrong with the answers."""
    return figures(pytestconfig, REQUESTS)
