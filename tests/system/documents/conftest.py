"""Counts the generated requests and their findings for the summary of the run."""

import pytest

from tests.summary import REQUESTS, Figures, figures


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Figures:
    """The number of requests to the endpoints, and of wrong answers."""
    return figures(pytestconfig, REQUESTS)
