"""Authorize tokens: who gets one, how often it works, and how long."""

from datetime import timedelta

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import LOGINS
from tests.unit.simulator.support import Clock, Customer

START = {"LoginId": LOGINS["greatday_nomfa"], "MostRecentCached": False, "Save": True}


def test_the_secret_key_gets_a_token(customer: Customer) -> None:
    reply = customer.mint_token()

    assert reply.status_code == 200
    assert reply.get_json().keys() == {"HttpStatusCode", "Token"}


@pytest.mark.parametrize("secret", ["", "wrong", "sécret"])
def test_a_wrong_secret_is_denied(customer: Customer, secret: str) -> None:
    reply = customer.mint_token(secret)

    assert reply.status_code == 401
    assert reply.get_json()["FlinksCode"] == "ACCESS_DENIED"


@pytest.mark.parametrize("operation", ["AuthorizeAsync", "Authorize"])
def test_a_token_works_once(customer: Customer, operation: str) -> None:
    token = customer.mint_token().get_json()["Token"]

    first = customer.post(operation, START, token)
    second = customer.post(operation, START, token)

    assert first.status_code in {200, 202}
    assert (second.status_code, second.get_json()["FlinksCode"]) == (401, "ACCESS_DENIED")


@pytest.mark.parametrize("operation", ["AuthorizeAsync", "Authorize"])
def test_a_call_without_a_token_is_denied(customer: Customer, operation: str) -> None:
    assert customer.post(operation, START).get_json()["FlinksCode"] == "ACCESS_DENIED"


def test_the_secret_itself_is_not_a_token(customer: Customer, bank: Bank) -> None:
    reply = customer.post("AuthorizeAsync", START, bank.settings.secret)

    assert reply.get_json()["FlinksCode"] == "ACCESS_DENIED"


def test_a_token_still_works_just_before_fifteen_minutes(customer: Customer, clock: Clock) -> None:
    token = customer.mint_token().get_json()["Token"]
    clock.advance(minutes=14, seconds=59)

    assert customer.post("AuthorizeAsync", START, token).status_code == 202


def test_a_token_expires_after_fifteen_minutes(customer: Customer, clock: Clock) -> None:
    token = customer.mint_token().get_json()["Token"]
    clock.advance(minutes=15)

    assert customer.post("AuthorizeAsync", START, token).get_json()["FlinksCode"] == "ACCESS_DENIED"


def test_the_lifetime_of_a_token_is_a_setting(clock: Clock) -> None:
    bank = Bank(Settings(token_lifetime=timedelta(minutes=30)), clock)
    token = bank.issue_token()
    clock.advance(minutes=29, seconds=59)

    assert bank.spend_token(token)
