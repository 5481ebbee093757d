"""The data of a session from Flinks through function, bucket and link, with the same bytes at the end."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from devtools.service import Service
from reconnect_cli.following import Snapshot
from reconnect_cli.result_rows import Result
from reconnect_client.results import fetch_result
from tests.system.support import a_login, open_session, problem_of, wait_for_end

YEAR = {"daysOfTransactions": "Days365"}


def test_more_than_20_000_transactions_are_delivered_to_the_last_byte(service: Service) -> None:
    session_id = open_session(service, "many_transactions", options=YEAR)

    receipt = wait_for_end(service, session_id)["receipt"]
    document = fetch_result(service.api, session_id)

    rows = list(Result(document).transactions())
    assert len(rows) == receipt["transactions"]["count"] > 20_000
    assert {str(min(row["date"] for row in rows)), str(max(row["date"] for row in rows))} == {
        receipt["transactions"]["from"],
        receipt["transactions"]["to"],
    }
    assert len(document) == receipt["result"]["bytes"] > 3_000_000


def test_a_link_gives_access_to_its_own_result_only_and_needs_its_signature(service: Service) -> None:
    one, other = open_session(service, "greatday_nomfa"), open_session(service, "greatday_nomfa")
    for session_id in (one, other):
        wait_for_end(service, session_id)
    mine, theirs = (urlsplit(service.api.read_result(session_id)["url"]) for session_id in (one, other))

    assert requests.get(mine.geturl(), timeout=30).status_code == 200
    assert parse_qs(mine.query)["X-Amz-Expires"] == ["300"]
    for changed in (mine._replace(path=theirs.path), mine._replace(query="")):
        assert requests.get(changed.geturl(), timeout=30).status_code == 403


def test_a_session_reads_only_what_its_options_request(service: Service) -> None:
    default = _accounts(service, {})
    identified = _accounts(service, {"withIdentity": True})
    summary = _accounts(service, {"summaryOnly": True})

    assert all(account["Transactions"] for account in default)
    assert not any(account["AccountNumber"] or account["Holder"] for account in default)
    assert all(account["AccountNumber"] and account["Holder"]["Name"] for account in identified)
    assert not any(account["Transactions"] or account["AccountNumber"] or account["Holder"] for account in summary)


def test_a_session_can_be_limited_to_some_accounts(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    wanted = json.loads(_read(service, login_id, {}))["Accounts"][1]["Id"]

    kept = json.loads(_read(service, login_id, {"accounts": [wanted]}))["Accounts"]

    assert [account["Id"] for account in kept] == [wanted]


def test_a_receipt_counts_the_accounts_known_from_the_last_time(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    wanted = json.loads(_read(service, login_id, {}))["Accounts"][1]["Id"]

    narrowed = _receipt(service, login_id, {"accounts": [wanted]})
    whole = _receipt(service, login_id, {})

    assert narrowed["accounts"] == {"count": 1, "matched": 1, "new": 0, "missing": 0}
    assert whole["accounts"] == {"count": 3, "matched": 3, "new": 0, "missing": 0}


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"daysOfTransactions": "Days360", "colour": "red"}, {"options.daysOfTransactions", "options.colour"}),
        ({"summaryOnly": True, "accounts": ["x"]}, {"options.accounts"}),
    ],
)
def test_invalid_options_are_named_in_the_problem_details(
    service: Service, options: dict[str, object], fields: set[str]
) -> None:
    problem = problem_of(lambda: open_session(service, "greatday_nomfa", options=options))

    assert (problem.status, set(problem.body["errors"])) == (400, fields)


def _accounts(service: Service, options: dict[str, object]) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = json.loads(_read(service, a_login(service, "greatday_nomfa"), options))["Accounts"]
    return accounts


def _read(service: Service, login_id: str, options: dict[str, object]) -> bytes:
    return fetch_result(service.api, _ended(service, login_id, options)["sessionId"])


def _receipt(service: Service, login_id: str, options: dict[str, object]) -> dict[str, Any]:
    receipt: dict[str, Any] = _ended(service, login_id, options)["receipt"]
    return receipt


def _ended(service: Service, login_id: str, options: dict[str, object]) -> Snapshot:
    session_id = service.api.open_session(loginId=login_id, options=options).body["sessionId"]
    session = wait_for_end(service, session_id)
    assert session["status"] == "SUCCEEDED"
    return session
