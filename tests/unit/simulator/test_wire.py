"""The calls of public third-party Flinks clients, sent and read exactly as each client does."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import ANSWERS, LOGINS
from tests.unit.simulator.support import Clock

NO_MFA = LOGINS["greatday_nomfa"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"

LOGIN_FIELDS = {"Username", "IsScheduledRefresh", "LastRefresh", "Type", "Id"}
ACCOUNT_FIELDS = {"Title", "AccountNumber", "Balance", "Category", "Type", "Currency", "Holder", "Id"}
DETAIL_FIELDS = ACCOUNT_FIELDS | {"Transactions", "TransitNumber", "InstitutionNumber", "OverdraftLimit"}
ROW_FIELDS = {"Date", "Code", "Description", "Debit", "Credit", "Balance", "Id"}


class Instance:
    """An instance without authorize tokens, since most public clients send none; paths are below BankingServices."""

    def __init__(self, client: FlaskClient, bank: Bank) -> None:
        self._client = client
        self._base = f"/v3/{bank.settings.customer_id}/BankingServices"
        self.bank = bank

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        # A client that sends no body may still name its content type.
        content = {"json": body} if body is not None else {"content_type": "application/json"}
        return self._client.open(f"{self._base}/{path}", method=method, headers=headers, **content)

    def read(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        reply = self.call(method, path, body, **headers)
        record: dict[str, Any] = reply.get_json()
        assert reply.is_json
        if "HttpStatusCode" in record:
            assert record["HttpStatusCode"] == reply.status_code
        return record

    def wait(self, method: str, path: str) -> dict[str, Any]:
        while (record := self.read(method, path))["HttpStatusCode"] == 202:
            assert record["FlinksCode"] == "OPERATION_PENDING"
        return record


@pytest.fixture
def flinks(clock: Clock) -> Instance:
    bank = Bank(Settings(seed=7, require_authorize_token=False, summary_pending=1), clock)
    return Instance(create_app(bank).test_client(), bank)


def test_node_flinks_reads_a_cached_login_and_posts_to_the_async_paths(flinks: Instance) -> None:
    options = {"LoginId": NO_MFA, "MostRecentCached": True, "Save": False}
    authorized = flinks.read("POST", "Authorize", options)
    request_id = authorized["RequestId"]
    assert authorized["Login"].keys() == LOGIN_FIELDS
    assert all(link.keys() == {"rel", "href", "example"} for link in authorized["Links"])

    for operation, fields in (("GetAccountsSummary", ACCOUNT_FIELDS), ("GetAccountsDetail", DETAIL_FIELDS)):
        body = {"RequestId": request_id, "MostRecentCached": True, "WithBalance": True}
        first = flinks.read("POST", operation, body)
        assert (first["HttpStatusCode"], first["RequestId"]) == (202, request_id)
        ready = flinks.wait("POST", f"{operation}Async/{request_id}")
        assert all(account.keys() >= fields for account in ready["Accounts"])
        assert (ready["Institution"], ready["RequestId"]) == ("FlinksCapital", request_id)

    statements = flinks.read("POST", "GetStatements", {"RequestId": request_id, "NumberOfStatements": "Months3"})
    assert [each.keys() for each in statements["StatementsByAccount"]] == [{"AccountNumber", "Statements"}] * 3


def test_node_flinks_recognizes_a_refusal_by_its_body(flinks: Instance) -> None:
    body = {"LoginId": UNKNOWN, "MostRecentCached": True, "Save": False}
    refusal = flinks.read("POST", "Authorize", body, Authorization="Bearer of-an-oauth-instance")

    assert {"HttpStatusCode": 401, "FlinksCode": "INVALID_LOGIN", "Links": []}.items() <= refusal.items()
    assert isinstance(refusal["Message"], str)


def test_python_flinks_connects_answers_reads_and_deletes(flinks: Instance) -> None:
    credentials = {"Institution": "FlinksCapital", "Username": "Greatday", "Password": "Everyday", "Save": True}
    asked = flinks.read("POST", "Authorize", {"MostRecentCached": False, "ScheduleRefresh": True, **credentials})
    assert asked["HttpStatusCode"] == 203
    prompt = asked["SecurityChallenges"][0]["Prompt"]
    answers = {prompt: [ANSWERS[prompt]]}
    body = {"MostRecentCached": False, "RequestId": asked["RequestId"], "SecurityResponses": answers}
    authorized = flinks.read("POST", "Authorize", body)
    login_id, request_id = authorized["Login"]["Id"], authorized["RequestId"]
    assert authorized["Login"]["IsScheduledRefresh"] is True

    summary = flinks.read("POST", "GetAccountsSummary", {"RequestId": request_id})
    assert summary["HttpStatusCode"] == 202
    options = {
        "RequestId": request_id,
        "WithAccountIdentity": False,
        "WithTransactions": True,
        "DaysOfTransactions": "Days365",
        "DateFrom": "2026-01-01",
        "RefreshDelta": [{"AccountId": UNKNOWN, "TransactionId": UNKNOWN}],
    }
    assert flinks.read("POST", "GetAccountsDetail", options)["FlinksCode"] == "OPERATION_PENDING"
    detail = flinks.wait("GET", f"GetAccountsDetailAsync/{request_id}")
    assert all(row.keys() == ROW_FIELDS for account in detail["Accounts"] for row in account["Transactions"])

    questions = flinks.read("GET", f"GetMFAQuestions/{login_id}")["Questions"]
    answered = [each | {"Answer": ANSWERS[each["Question"]]} for each in questions]
    flinks.read("PATCH", "AnswerMFAQuestions", {"LoginId": login_id, "Questions": answered})
    flinks.read("PATCH", "SetScheduledRefresh", {"LoginId": login_id, "IsActivated": False})
    assert flinks.call("DELETE", f"DeleteCard/{login_id}").status_code == 200
    assert flinks.read("DELETE", f"DeleteCard/{login_id}")["FlinksCode"] == "INVALID_LOGIN"


def test_the_ruby_gem_sends_a_body_with_every_get_and_reads_202_by_its_code(flinks: Instance) -> None:
    body = {
        "LoginId": NO_MFA,
        "MostRecentCached": False,
        "Save": True,
        "Language": "en",
        "DirectRefresh": True,
        "WithTransactions": True,
        "WithBalance": True,
    }
    request_id = flinks.read("POST", "Authorize", body)["RequestId"]

    asked = {"RequestId": request_id, "MostRecent": True, "GetMfaQuestionsAnswers": False}
    assert flinks.read("POST", "GetAccountsSummary", asked)["FlinksCode"] == "OPERATION_PENDING"
    assert flinks.read("GET", f"GetAccountsSummaryAsync/{request_id}", {})["Accounts"]


def test_a_laravel_service_finds_the_fields_it_stores(flinks: Instance) -> None:
    session = flinks.read("POST", "Authorize", {"LoginId": NO_MFA, "MostRecentCached": False, "Save": True})
    asked = {"requestId": session["RequestId"], "WithBalance": True}
    flinks.call("POST", "GetAccountsSummary", asked)
    summary = flinks.read("GET", f"GetAccountsSummaryAsync/{session['RequestId']}")
    flinks.call("POST", "GetAccountsDetail", asked | {"WithTransactions": True, "DaysOfTransactions": "Days90"})
    detail = flinks.wait("GET", f"GetAccountsDetailAsync/{session['RequestId']}")

    assert [each["Id"] for each in summary["Accounts"]] == [each["Id"] for each in detail["Accounts"]]
    assert all(each["AccountNumber"] and each["Currency"] and each["Title"] for each in detail["Accounts"])
    assert flinks.call("PATCH", "SetScheduledRefresh", {"loginId": NO_MFA, "isActivated": False}).status_code == 200


def test_a_csharp_service_repeats_the_credentials_with_its_answer(flinks: Instance) -> None:
    credentials = {"Institution": "FlinksCapital", "Username": "Greatday", "Password": "Everyday"}
    started = {**credentials, "Save": True, "MostRecentCached": False, "Tag": "of the service"}
    asked = flinks.read("POST", "Authorize", started)
    [challenge] = asked["SecurityChallenges"]
    answer = {challenge["Prompt"]: [ANSWERS[challenge["Prompt"]]]}

    body = {"RequestId": asked["RequestId"], **credentials, "SecurityResponses": answer}
    authorized = flinks.read("POST", "Authorize", body)

    assert (authorized["HttpStatusCode"], authorized["Tag"]) == (200, "of the service")


def test_a_browser_worker_mints_a_token_and_repeats_the_key_on_data_calls(flinks: Instance) -> None:
    secret = {"flinks-auth-key": flinks.bank.settings.secret}
    token = flinks.read("POST", "GenerateAuthorizeToken", {}, **secret)["Token"]
    body = {"LoginId": NO_MFA, "MostRecentCached": True}
    request_id = flinks.read("POST", "Authorize", body, **{"flinks-auth-key": token})["RequestId"]

    asked = {"RequestId": request_id, "WithAccountIdentity": True, "WithKYC": False, "WithTransactions": True}
    replies = [flinks.call("POST", "GetAccountsDetail", asked, **secret) for _ in range(3)]

    assert [each.status_code for each in replies] == [202, 202, 200]
    assert {each["Holder"] for each in replies[-1].get_json()["Accounts"]} == {None}


def test_a_typescript_sdk_reads_the_nightly_status_and_the_questions(flinks: Instance) -> None:
    secret = f"Bearer {flinks.bank.settings.api_secret}"

    status = flinks.read("GET", "GetNightlyRefreshStatus", Authorization=secret)
    questions = flinks.read("GET", f"GetMFAQuestions/{NO_MFA}")

    assert status == {"HttpStatusCode": 200, "IneligibleCards": []}
    assert questions == {"Message": "SUCCESS", "Questions": []}
