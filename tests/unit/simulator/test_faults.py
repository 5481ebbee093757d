"""Every call that a fault can name is affected by it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flinks_simulator.bank import Bank
from flinks_simulator.scenarios.fields import CALLS, CALLS_WITHOUT_LOGIN
from flinks_simulator.users import PASSWORD, Fault, FaultKind
from tests.unit.simulator.support import Customer

START = {"MostRecentCached": False, "Save": True}


class Caller:
    """Makes any call about one login that asks a question, after the calls that must precede it."""

    def __init__(self, client: FlaskClient, customer: Customer, bank: Bank) -> None:
        self.client = client
        self.customer = customer
        self.bank = bank
        self.login_id = bank.add_login("Greatday")
        self.request_id = bank.start_attempt(self.login_id).request_id

    def post(self, operation: str, **fields: object) -> TestResponse:
        return self.customer.post(operation, fields, self.bank.issue_token())

    def patch(self, operation: str, **fields: object) -> TestResponse:
        return self.client.patch(f"{self.customer.base}/{operation}", json=fields)

    def get(self, operation: str) -> TestResponse:
        return self.customer.get(f"{operation}/{self.request_id}")

    def read(self, operation: str) -> TestResponse:
        return self.post(operation, RequestId=self._opened())

    def read_later(self, operation: str) -> TestResponse:
        return self.customer.get(f"{operation}/{self._opened()}")

    def connect(self, step: str, path: str = "/v2/", **form: str) -> TestResponse:
        return self.client.post(path, query_string={"requestId": self.request_id}, data={"step": step, **form})

    def sign_in(self) -> TestResponse:
        other = self.bank.find_login(self.bank.add_login("no_mfa"))
        self.bank.plan_fault(Fault("connect_sign_in", FaultKind.THROTTLED), other.login_id)
        return self.connect("credentials", "/v2/Credential/14", username=other.username, password=PASSWORD)

    def _opened(self) -> str:
        return self.bank.open_cached(self.login_id)[0].request_id


Call = Callable[[Caller], TestResponse]

OF_A_LOGIN: dict[str, Call] = {
    "start": lambda it: it.post("AuthorizeAsync", LoginId=it.login_id, **START),
    "answer": lambda it: it.post("Authorize", RequestId=it.request_id, SecurityResponses={}),
    "status": lambda it: it.get("AuthorizeAsync"),
    "cached": lambda it: it.post("Authorize", LoginId=it.login_id, MostRecentCached=True),
    "summary": lambda it: it.read("GetAccountsSummary"),
    "summary_async": lambda it: it.read_later("GetAccountsSummaryAsync"),
    "detail": lambda it: it.read("GetAccountsDetail"),
    "detail_async": lambda it: it.read_later("GetAccountsDetailAsync"),
    "statements": lambda it: it.read("GetStatements"),
    "statements_async": lambda it: it.read_later("GetStatementsAsync"),
    "delete_card": lambda it: it.client.delete(f"{it.customer.base}/DeleteCard/{it.login_id}"),
    "scheduled_refresh": lambda it: it.patch("SetScheduledRefresh", LoginId=it.login_id, IsActivated=True),
    "mfa_questions": lambda it: it.customer.get(f"GetMFAQuestions/{it.login_id}"),
    "answer_mfa_questions": lambda it: it.patch("AnswerMFAQuestions", LoginId=it.login_id, Questions=[]),
    "connect_open": lambda it: it.client.get("/v2/", query_string={"requestId": it.request_id}),
    "connect_consent": lambda it: it.connect("consent", decision="accept"),
    "connect_sign_in": lambda it: it.sign_in(),
    "connect_answer": lambda it: it.connect("answer", answer="Atlantis"),
    "connect_accounts": lambda it: it.connect("accounts"),
    "connect_wait": lambda it: it.connect("wait"),
    "connect_bank": lambda it: it.client.get("/bank/sign-in", query_string={"requestId": it.request_id}),
    "connect_bank_decision": lambda it: it.client.post("/bank/sign-in", query_string={"requestId": it.request_id}),
}

OF_NOBODY: dict[str, Call] = {
    "token": lambda it: it.customer.mint_token(),
    "nightly_status": lambda it: it.customer.get("GetNightlyRefreshStatus"),
    "connect_open_credentials": lambda it: it.client.get("/v2/Credential/14"),
    "connect_institution": lambda it: it.connect("institution"),
}


@pytest.fixture
def caller(client: FlaskClient, customer: Customer, bank: Bank) -> Caller:
    return Caller(client, customer, bank)


def test_every_call_that_a_fault_can_name_is_tested_here() -> None:
    assert (*OF_A_LOGIN,) == CALLS
    assert (*OF_NOBODY,) == CALLS_WITHOUT_LOGIN


@pytest.mark.parametrize("call", OF_A_LOGIN)
def test_a_fault_of_a_login_affects_each_of_its_calls(caller: Caller, bank: Bank, call: str) -> None:
    bank.plan_fault(Fault(call, FaultKind.THROTTLED), caller.login_id)

    reply = OF_A_LOGIN[call](caller)

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "TOO_MANY_REQUESTS")
    assert [each.action for each in bank.journal] == [call]


@pytest.mark.parametrize("call", [*OF_A_LOGIN, *OF_NOBODY])
def test_a_fault_for_everyone_affects_every_call(caller: Caller, bank: Bank, call: str) -> None:
    bank.plan_fault(Fault(call, FaultKind.HTML_502))

    reply = (OF_A_LOGIN | OF_NOBODY)[call](caller)

    assert (reply.status_code, reply.mimetype) == (502, "text/html")


def test_a_fault_ends_after_its_times(caller: Caller, bank: Bank) -> None:
    bank.plan_fault(Fault("cached", FaultKind.THROTTLED, times=2, after=1), caller.login_id)

    statuses = [OF_A_LOGIN["cached"](caller).status_code for _ in range(4)]

    assert statuses == [200, 401, 401, 200]


def test_the_reply_of_a_call_without_json_keeps_its_names(caller: Caller, bank: Bank) -> None:
    bank.plan_fault(Fault("connect_open", FaultKind.OTHER_CASE), caller.login_id)

    assert "Your bank has a question" in OF_A_LOGIN["connect_open"](caller).text
