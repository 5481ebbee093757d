"""The simulator's scenarios against the deployed service: each one ends in the right status."""

import pytest

from devtools.service import Service
from tests.system.support import a_login, a_user_at, wait_for_end, wait_until


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("dispatched", "SUCCEEDED", None),
        ("other_case", "SUCCEEDED", None),
        # The slow reply exceeds its timeout; the next read uses the Async form, which arrives complete.
        ("slow_drip", "SUCCEEDED", None),
        ("throttled", "SUCCEEDED", None),
        ("truncated_json", "SUCCEEDED", None),
        ("connection_reset", "FAILED", "ATTEMPT_UNCERTAIN"),
        ("empty_reply", "FAILED", "ATTEMPT_UNCERTAIN"),
        ("html_502", "FAILED", "ATTEMPT_UNCERTAIN"),
        ("concurrent_session", "FAILED", "CONCURRENT_SESSION"),
        # The code is unknown, but the data was refreshed, and the data decides.
        ("unknown_code", "SUCCEEDED", None),
        ("access_denied", "FAILED", "ACCESS_DENIED"),
        ("many_transactions", "SUCCEEDED", None),
        ("accounts_twice", "SUCCEEDED", None),
        ("odd_rows", "SUCCEEDED", None),
        ("one_bad_row", "SUCCEEDED", None),
        ("institution_object", "SUCCEEDED", None),
        ("cached_without_login", "SUCCEEDED", None),
        ("transactions_late", "SUCCEEDED", None),
        ("transactions_never", "SUCCEEDED", None),
        ("accounts_late", "SUCCEEDED", None),
        ("accounts_never", "STALE", "NO_ACCOUNTS"),
        ("stuck_data", "SUCCEEDED", None),
        ("expires_while_authorizing", "FAILED", "BANK_TOO_SLOW"),
        ("expires_while_processing", "FAILED", "BANK_TOO_SLOW"),
    ],
)
def test_a_scenario_without_a_user_ends_in_the_right_status(
    service: Service, scenario: str, status: str, code: str | None
) -> None:
    session_id = service.api.open_session(loginId=a_login(service, scenario)).body["sessionId"]

    ended = wait_for_end(service, session_id)

    assert (ended["status"], ended["failureCode"]) == (status, code)


@pytest.mark.parametrize(
    ("scenario", "complete", "missing", "warnings"),
    [
        (
            "odd_rows",
            True,
            {},
            {"account_unreadable": 1, "account_without_id": 1, "amount_unreadable": 1, "date_unreadable": 2},
        ),
        ("accounts_twice", True, {}, {"account_repeated": 3}),
        ("transactions_late", True, {}, {}),
        ("transactions_never", False, {"no_transactions": 3}, {}),
    ],
)
def test_a_success_reports_missing_data_and_warnings(
    service: Service, scenario: str, complete: bool, missing: dict[str, int], warnings: dict[str, int]
) -> None:
    session_id = service.api.open_session(loginId=a_login(service, scenario)).body["sessionId"]

    receipt = wait_for_end(service, session_id)["receipt"]

    assert {name: receipt[name] for name in ("fresh", "complete", "missing", "warnings")} == {
        "fresh": True,
        "complete": complete,
        "missing": missing,
        "warnings": warnings,
    }
    assert service.api.read_result(session_id)["bytes"] == receipt["result"]["bytes"]


@pytest.mark.parametrize("scenario", ["slow_mfa", "mfa_choices", "redirect_lost", "redirect_twice"])
def test_one_answer_is_enough_however_the_browser_comes_back(service: Service, scenario: str) -> None:
    login_id = a_login(service, scenario)
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    if user.answer_correctly():
        user.follow_redirect()
    ended = wait_for_end(service, session_id)

    assert ended["status"] == "SUCCEEDED"
    assert service.simulator.journal.count("start", login_id=login_id) == 1


def test_a_redirect_with_a_foreign_login_is_recorded_and_changes_nothing(service: Service) -> None:
    login_id = a_login(service, "redirect_forged")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    user.answer_correctly()
    user.follow_redirect()
    ended = wait_for_end(service, session_id)

    # The user did answer, so the backstop poll finds fresh data for the right login.
    assert ended["status"] == "SUCCEEDED"
    assert "login_changed" in [entry["cause"] for entry in ended["timeline"]]


def test_a_login_without_credentials_at_flinks_is_signed_in_again(service: Service) -> None:
    login_id = a_login(service, "credentials_gone")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]

    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
    user.sign_in(service.simulator.bank.find_login(login_id).username)
    user.follow_redirect()

    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def test_after_too_many_wrong_answers_the_user_may_start_again(service: Service) -> None:
    session_id = service.api.open_session(loginId=a_login(service, "wrong_answers_end_it")).body["sessionId"]
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    user.answer("Atlantis")
    user.answer("Atlantis")
    waiting = wait_until(service, session_id, "AWAITING_CLICK")

    assert waiting["nextStep"]["owner"] == "user"
