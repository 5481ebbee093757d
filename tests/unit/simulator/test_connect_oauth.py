"""An OAuth bank in Connect: its own sign-in, and the ways back from it."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.records import Stage
from flinks_simulator.users import Challenge
from tests.unit.simulator.connecting import BACK, an_attempt, connect_url
from tests.unit.simulator.support import Customer, scenario


@pytest.fixture
def request_id(bank: Bank) -> str:
    return an_attempt(bank, asks=True, challenge=Challenge.OAUTH)


def decide(client: FlaskClient, decision: str, **parameters: str) -> TestResponse:
    """Decide at the bank; `parameters` are those of Connect."""
    query = urlencode({**parameters, "connect": "/v2/"})
    return client.post(f"/bank/sign-in?{query}", data={"decision": decision})


def test_connect_offers_the_banks_own_sign_in_and_asks_nothing_itself(user: SimulatedUser, request_id: str) -> None:
    assert user.open(connect_url(requestId=request_id)) == "oauth"
    assert user.prompt == ""


def test_an_approval_in_the_window_answers_the_bank(
    bank: Bank, client: FlaskClient, user: SimulatedUser, request_id: str
) -> None:
    done = decide(client, "approve", requestId=request_id)

    assert '{"isApproved": true}' in done.text
    assert bank.settle_attempt(request_id).stage is Stage.AUTHORIZED
    user.open(connect_url(requestId=request_id))
    assert user.steps[-1] == "REDIRECT"


def test_a_full_page_comes_back_with_the_login(bank: Bank, client: FlaskClient, request_id: str) -> None:
    back = decide(client, "approve", requestId=request_id, redirectUrl=BACK, oauthWindowRedirect="true")

    login_id = bank.settle_attempt(request_id).login.login_id
    assert (back.status_code, back.headers["Location"]) == (303, f"{BACK}&loginId={login_id}&institution=FlinksCapital")


@pytest.mark.parametrize("full_page", ["true", "false"])
def test_a_refusal_comes_back_with_an_error_and_can_be_tried_again(
    bank: Bank, client: FlaskClient, request_id: str, full_page: str
) -> None:
    back = decide(client, "refuse", requestId=request_id, redirectUrl=BACK, oauthWindowRedirect=full_page)

    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query.keys() == {"kept", "state", "error", "error_description"}
    assert query["error"] == ["access_denied"]
    assert bank.settle_attempt(request_id).stage is Stage.ASKING


def test_a_refusal_without_an_address_goes_back_through_the_window(client: FlaskClient, request_id: str) -> None:
    assert '{"isApproved": false}' in decide(client, "refuse", requestId=request_id).text


def test_the_bank_takes_no_decision_that_it_did_not_ask_for(bank: Bank, client: FlaskClient) -> None:
    other = an_attempt(bank, asks=True)

    assert decide(client, "approve", requestId=other).status_code == 404
    assert decide(client, "approve", requestId="unknown").status_code == 404


@scenario("oauth")
def test_the_oauth_bank_waits_for_its_own_sign_in(
    customer: Customer, client: FlaskClient, user: SimulatedUser, login_id: str
) -> None:
    request_id = customer.start_until_asked(login_id)

    assert user.open(customer.connect_url(request_id)) == "oauth"
    decide(client, "approve", requestId=request_id)
    assert customer.poll(request_id).status_code == 200


@scenario("oauth_blocked")
def test_the_window_of_an_oauth_bank_can_be_blocked(
    customer: Customer, user: SimulatedUser, client: FlaskClient, login_id: str
) -> None:
    url = customer.connect_url(customer.start_until_asked(login_id))

    assert user.open(url) == "oauth"
    assert '"isBlocked": true' in client.get(url).text
