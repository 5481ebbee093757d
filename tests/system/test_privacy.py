"""Nothing that an operator can look at contains secrets, ids of Flinks or what a bank knows of a person."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.credentials import Credentials

from devtools.engine import LocalEngine
from devtools.service import Service
from reconnect_cli.result_rows import Result
from reconnect_client.api import Api
from reconnect_client.results import fetch_result
from tests.system.canaries import search
from tests.system.support import a_login, a_user_at, execution_of, wait_for_end, wait_until
from tests.template.template import FUNCTIONS


def test_no_log_line_and_no_history_event_holds_an_id_or_a_token_of_flinks(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    waiting = wait_until(service, session_id, "AWAITING_USER")
    user = a_user_at(waiting)
    prompt = user.prompt
    user.answer_correctly()
    user.follow_redirect()
    wait_for_end(service, session_id)

    connect = parse_qs(urlsplit(waiting["connectUrl"]).query)
    link = service.api.read_result(session_id)["url"]
    result_id = urlsplit(link).path.rpartition("/")[2].partition(".")[0]
    rows = list(Result(fetch_result(service.api, session_id)).accounts())
    accounts = [*(row["account_id"] for row in rows), *(str(row["balance_current"]) for row in rows)]
    secrets = [login_id, prompt, *connect["requestId"], *connect["authorizeToken"], result_id, *accounts]
    written = "\n".join([*_log_lines(service), _history(service, session_id)])
    assert session_id in written
    assert [secret for secret in secrets if secret in written] == []


# One of each kind; `make figures-all` plays every scenario.
_SCENARIOS = ("Greatday", "html_502", "odd_rows", "credentials_gone")
_KINDS = {
    *("loginid", "requestid", "token", "prompt", "redirect state", "result link", "secret"),
    *("accountnumber", "name", "email", "phonenumber", "postalcode", "balance", "debit", "description", "id"),
}


@pytest.mark.timeout(400)
def test_at_debug_nothing_private_is_logged_counted_published_or_named(engine: LocalEngine) -> None:
    found = search(engine, *_SCENARIOS)

    assert found.leaks == {}
    assert found.kinds >= _KINDS
    assert found.searched > 100_000


def test_the_audit_log_names_whoever_signed_and_nobody_else(service: Service) -> None:
    backend, arn = _a_user(service)
    session_id = backend.open_session(loginId=a_login(service, "greatday_nomfa")).body["sessionId"]
    wait_for_end(service, session_id)
    claimed = {"x-caller": "somebody-else", "x-amzn-request-context": '{"authorizer": {"iam": {"userArn": "else"}}}'}
    backend.request("GET", f"/sessions/{session_id}/result", headers=claimed)
    unsigned = requests.get(f"{service.api.url}/sessions/{session_id}/result", headers=claimed, timeout=30)

    lines = [json.loads(line) for line in _log_lines(service) if session_id in line and '"audit"' in line]
    assert sorted((line["action"], line["caller"]) for line in lines) == [("result_read", arn), ("session_opened", arn)]
    assert unsigned.status_code == 403


def _a_user(service: Service) -> tuple[Api, str]:
    """An API that an IAM user signs for, whose only permission it is, and the user's ARN."""
    iam, name = service.engine.client("iam"), "backend"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="api", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    return Api(service.api.url, credentials, service.engine.credentials.region), arn


def _log_lines(service: Service) -> list[str]:
    return [line for name in FUNCTIONS for line in service.engine.function_logs(service.stack, name)]


def _history(service: Service, session_id: str) -> str:
    events = service.engine.client("stepfunctions").get_execution_history(
        executionArn=execution_of(service, session_id)["executionArn"], maxResults=1000
    )["events"]
    return json.dumps(events, default=str)
