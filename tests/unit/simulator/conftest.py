"""A fresh simulated Flinks for each test, whose clock the test controls."""

import pytest
from flask.testing import FlaskClient

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.settings import Settings
from tests.unit.simulator.support import Clock, Customer, open_browser


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock: Clock) -> Bank:
    return Bank(Settings(seed=7, drip_pause_seconds=0), clock)


@pytest.fixture
def client(bank: Bank) -> FlaskClient:
    return create_app(bank).test_client()


@pytest.fixture
def customer(client: FlaskClient, bank: Bank) -> Customer:
    return Customer(client, bank)


@pytest.fixture
def user(client: FlaskClient) -> SimulatedUser:
    return open_browser(client)


@pytest.fixture
def login_id(request: pytest.FixtureRequest, bank: Bank) -> str:
    return bank.add_login(request.param)
