"""The shipped scenarios of the wire: calls that fail on the way, and replies that arrive damaged."""

import json
import threading

import pytest
from werkzeug.test import TestResponse

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.users import Fault, FaultKind
from tests.unit.simulator.support import Customer, scenario


@scenario("sim_server_error")
def test_a_server_error_on_start_is_a_500(customer: Customer, login_id: str) -> None:
    for reply in (customer.start(login_id), customer.authorize(login_id, cached=False)):
        assert (reply.status_code, reply.get_json()["FlinksCode"]) == (500, "AGGREGATION_ERROR")


@scenario("sim_html")
def test_an_html_page_can_come_instead_of_json(customer: Customer, login_id: str) -> None:
    reply = customer.start(login_id)

    assert (reply.status_code, reply.mimetype) == (502, "text/html")


@scenario("html_502")
def test_an_html_page_can_come_only_once(customer: Customer, login_id: str) -> None:
    assert customer.start(login_id).status_code == 502
    request_id = customer.start(login_id).get_json()["RequestId"]
    assert customer.poll(request_id).status_code == 502

    assert customer.poll(request_id).status_code == 200


@scenario("sim_hangs")
def test_a_hanging_login_answers_only_when_the_simulator_stops(bank: Bank, login_id: str) -> None:
    stopping = threading.Event()
    customer = Customer(create_app(bank, stopping=stopping).test_client(), bank)
    replies: list[TestResponse] = []
    call = threading.Thread(target=lambda: replies.append(customer.start(login_id)))

    call.start()
    call.join(timeout=0.05)
    assert call.is_alive()
    stopping.set()
    call.join(timeout=5)

    assert [reply.status_code for reply in replies] == [503]


@scenario("sim_not_activated")
def test_without_activation_only_the_synchronous_authorize_works(customer: Customer, login_id: str) -> None:
    assert customer.start(login_id).get_json()["FlinksCode"] == "METHOD_NOT_AVAILABLE"
    assert customer.authorize(login_id, cached=False).status_code == 200


@scenario("throttled")
def test_throttling_is_a_401_and_temporary(customer: Customer, login_id: str) -> None:
    refused = [customer.start(login_id) for _ in range(2)]
    request_id = customer.start(login_id).get_json()["RequestId"]
    refused += [customer.poll(request_id) for _ in range(2)]

    assert {(each.status_code, each.get_json()["FlinksCode"]) for each in refused} == {(401, "TOO_MANY_REQUESTS")}
    assert customer.poll(request_id).status_code == 200


@scenario("unknown_code")
def test_the_verdict_can_be_an_unknown_code(customer: Customer, login_id: str) -> None:
    reply = customer.start_until_verdict(login_id)

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "CODE_OF_A_LATER_VERSION")


@scenario("access_denied")
def test_data_calls_can_be_denied_while_authorization_works(customer: Customer, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]

    for operation in ("GetAccountsSummary", "GetAccountsDetail"):
        reply = customer.post(operation, {"RequestId": request_id})
        assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "ACCESS_DENIED")


@scenario("connection_reset")
def test_a_connection_breaks_within_a_reply_after_the_attempt_started(customer: Customer, login_id: str) -> None:
    broken = customer.start(login_id)
    with pytest.raises(ConnectionResetError):
        _ = broken.data

    assert customer.start(login_id).get_json()["FlinksCode"] == "CONCURRENT_SESSION"


@scenario("empty_reply")
def test_a_reply_without_a_body_hides_an_attempt_that_started(customer: Customer, login_id: str) -> None:
    empty = customer.start(login_id)

    assert (empty.status_code, empty.data) == (202, b"")
    assert customer.start(login_id).get_json()["FlinksCode"] == "CONCURRENT_SESSION"


@scenario("slow_drip")
def test_a_dripping_reply_is_complete_in_the_end(customer: Customer, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]

    pieces = list(customer.post("GetAccountsSummary", {"RequestId": request_id}).iter_encoded())

    assert len(pieces) == 8
    assert json.loads(b"".join(pieces))["Accounts"]


@scenario("truncated_json")
def test_a_reply_can_be_cut_off_once(customer: Customer, login_id: str) -> None:
    request_id = customer.start(login_id).get_json()["RequestId"]

    with pytest.raises(json.JSONDecodeError):
        json.loads(customer.poll(request_id).data)

    assert customer.poll(request_id).status_code == 200


@scenario("accounts_twice")
def test_a_detail_reply_can_list_every_account_twice(customer: Customer, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]
    replies = [customer.post("GetAccountsDetail", {"RequestId": request_id})]
    while replies[-1].status_code == 202:
        assert "Accounts" not in replies[-1].get_json()
        replies.append(customer.get(f"GetAccountsDetailAsync/{request_id}"))

    ids = [account["Id"] for account in replies[-1].get_json()["Accounts"]]

    assert ids == ids[: len(ids) // 2] * 2
    assert len(set(ids)) == len(ids) // 2 > 1


@scenario("other_case")
def test_json_names_can_be_lower_case_at_every_depth(customer: Customer, login_id: str) -> None:
    request_id = customer.start(login_id).get_json()["requestId"]
    customer.poll(request_id)

    body = customer.poll(request_id).get_json()

    assert body["httpStatusCode"] == 200
    assert body["login"]["id"] == login_id
    assert "Login" not in body


def test_a_fault_for_everyone_affects_the_token_call(customer: Customer, bank: Bank) -> None:
    bank.plan_fault(Fault("token", FaultKind.THROTTLED, times=1, after=1))

    assert [customer.mint_token().status_code for _ in range(3)] == [200, 401, 200]


def test_a_fault_can_be_planned_for_one_login(customer: Customer, bank: Bank) -> None:
    hit, spared = bank.add_login("Greatday"), bank.add_login("Greatday")
    bank.plan_fault(Fault("start", FaultKind.SERVER_ERROR), login_id=hit)

    assert [customer.start(each).status_code for each in (hit, spared)] == [500, 202]


def test_a_call_meets_its_fault_once_even_if_identified_twice(customer: Customer, bank: Bank) -> None:
    bank.plan_fault(Fault("start", FaultKind.THROTTLED, times=1, after=1), login_id=bank.login_id("no_mfa"))

    assert customer.start_until_verdict(bank.login_id("no_mfa")).status_code == 200
    assert customer.start(bank.login_id("no_mfa")).get_json()["FlinksCode"] == "TOO_MANY_REQUESTS"
