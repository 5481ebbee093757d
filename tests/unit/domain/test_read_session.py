"""What a caller and another workflow may know of a session."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from reconnect.domain.errors import SessionNotFound
from reconnect.domain.read_session import ReadSession, next_step, show, summarize
from reconnect.domain.session import TERMINAL, Actor, Ask, Failure, Owner, Receipt, Status
from tests.fakes.builders import (
    CONNECT_URL,
    DATA_REQUEST_ID,
    LINK,
    LOGIN_ID,
    REQUEST_ID,
    SESSION_ID,
    TASK_TOKEN,
    a_session,
    an_account,
    an_attempt,
)
from tests.fakes.clock import NOW
from tests.fakes.sessions import FakeSessions

RECEIPT = Receipt(fresh=True, last_refresh=NOW, accounts=(an_account(), an_account(balance=None)))
EVERYTHING = a_session(
    Status.AWAITING_USER,
    language="fr",
    correlation_ids=frozenset({"order-1"}),
    data_request_id=DATA_REQUEST_ID,
    connect_url="https://connect.test/page",
    receipt=RECEIPT,
)


def test_a_session_is_read_by_its_id(sessions: FakeSessions) -> None:
    sessions.holding(a_session())

    assert ReadSession(sessions)(SESSION_ID).session_id == SESSION_ID


def test_a_session_that_does_not_exist_is_not_found(sessions: FakeSessions) -> None:
    with pytest.raises(SessionNotFound):
        ReadSession(sessions)("nobody")


@pytest.mark.parametrize("view", [show, summarize])
def test_no_view_of_a_session_tells_an_id_of_flinks_or_a_token(view: object) -> None:
    told = json.dumps(view(EVERYTHING))  # type: ignore[operator]

    assert not any(secret in told for secret in (LOGIN_ID, REQUEST_ID, DATA_REQUEST_ID, TASK_TOKEN))


def test_a_caller_sees_where_the_session_stands_and_where_the_user_must_go() -> None:
    shown = show(a_session(Status.AWAITING_USER, correlation_ids=frozenset({"order-2", "order-1"})))

    assert shown["status"] == "AWAITING_USER"
    assert shown["correlationIds"] == ["order-1", "order-2"]
    assert shown["connectUrl"] == CONNECT_URL
    assert shown["linkExpiresAt"] == "2026-03-21T09:26:53.589793Z"
    assert shown["timeline"] == [
        {
            "at": "2026-03-14T09:26:53.589793Z",
            "seconds": 0.0,
            "actor": "caller",
            "cause": "session_opened",
            "status": "STARTING",
        }
    ]


def test_each_entry_of_the_story_says_how_long_it_took() -> None:
    session = a_session(Status.AUTHORIZING)
    later = session.note(at=NOW + timedelta(seconds=2.5), actor=Actor.BANK, cause="challenge_shown")

    assert [entry["seconds"] for entry in show(later)["timeline"]] == [0.0, 2.5]


def test_a_caller_sees_our_durable_link_as_long_as_the_session_lives() -> None:
    assert show(a_session(Status.AUTHORIZING))["link"] == LINK


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_session_shows_no_link(status: Status) -> None:
    assert show(a_session(status))["link"] is None


def test_a_caller_sees_the_receipt_with_each_account() -> None:
    receipt = show(EVERYTHING)["receipt"]

    assert (receipt["fresh"], receipt["lastRefresh"]) == (True, "2026-03-14T09:26:53.589793Z")
    assert [account["balance"] for account in receipt["accounts"]] == ["1234.50", None]
    assert receipt["accounts"][0]["transactionCount"] == 3


def test_a_receipt_over_data_that_was_never_refreshed_says_so() -> None:
    assert show(a_session(receipt=Receipt(fresh=False, last_refresh=None)))["receipt"]["lastRefresh"] is None


@pytest.mark.parametrize("amount", ["0.1", "-12.34", "99999999999.99", "0", "0.10"])
def test_a_balance_is_shown_as_the_bank_wrote_it(amount: str) -> None:
    receipt = Receipt(fresh=True, last_refresh=NOW, accounts=(an_account(balance=Decimal(amount)),))

    shown = json.dumps(show(a_session(receipt=receipt)), default=str)

    assert json.loads(shown)["receipt"]["accounts"][0]["balance"] == amount


@pytest.mark.parametrize(("amount", "digits"), [("1E+3", "1000"), ("0E-8", "0.00000000"), ("12E-9", "0.000000012")])
def test_a_balance_is_shown_in_digits_and_never_as_a_power_of_ten(amount: str, digits: str) -> None:
    receipt = Receipt(fresh=True, last_refresh=NOW, accounts=(an_account(balance=Decimal(amount)),))

    assert show(a_session(receipt=receipt))["receipt"]["accounts"][0]["balance"] == digits


def test_another_workflow_learns_the_end_and_no_balance() -> None:
    ended = a_session(Status.SUCCEEDED, receipt=RECEIPT)

    assert summarize(ended) == {
        "sessionId": SESSION_ID,
        "status": "SUCCEEDED",
        "failureCode": None,
        "lastRefresh": "2026-03-14T09:26:53.589793Z",
        "accountCount": 2,
    }


def test_another_workflow_learns_why_a_session_failed() -> None:
    failure = Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank")

    summary = summarize(a_session(Status.FAILED, failure=failure))

    assert (summary["failureCode"], summary["accountCount"], summary["lastRefresh"]) == ("DISABLED_LOGIN", 0, None)


@pytest.mark.parametrize(
    ("status", "owner"),
    [
        (Status.STARTING, "nobody"),
        (Status.AUTHORIZING, "nobody"),
        (Status.AWAITING_USER, "user"),
        (Status.AWAITING_CLICK, "user"),
        (Status.FETCHING, "nobody"),
        (Status.SUCCEEDED, "nobody"),
        (Status.CANCELLED, "nobody"),
        (Status.REPAIRED, "nobody"),
    ],
)
def test_every_status_says_who_must_act_in_both_languages(status: Status, owner: str) -> None:
    english = next_step(a_session(status, language="en"))
    french = next_step(a_session(status, language="fr"))

    assert english["owner"] == french["owner"] == owner
    assert english["sentence"] != french["sentence"]


def test_a_session_without_a_language_speaks_english() -> None:
    assert next_step(a_session()) == next_step(a_session(language="en"))


def test_a_user_who_must_sign_in_is_told_so_and_not_to_answer() -> None:
    signing_in = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW + timedelta(seconds=1))

    answering = next_step(a_session(Status.AWAITING_USER))
    told = next_step(a_session(Status.AWAITING_USER, attempt=signing_in))

    assert "Sign in again" in told["sentence"]
    assert told != answering


@pytest.mark.parametrize("status", [Status.AWAITING_CLICK, Status.FETCHING])
def test_a_user_who_was_told_to_sign_in_is_not_told_so_for_ever(status: Status) -> None:
    signing_in = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW)

    assert next_step(a_session(status, attempt=signing_in)) == next_step(a_session(status))


def test_a_failure_says_what_to_do_about_it() -> None:
    failed = a_session(Status.FAILED, failure=Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank"))

    assert next_step(failed)["owner"] == "user"
    assert "Contact the bank" in next_step(failed)["sentence"]


def test_a_caller_sees_when_the_next_attempt_may_begin_and_whether_another_login_came_back() -> None:
    plain = show(a_session(Status.FAILED))
    told = show(a_session(Status.FAILED, next_allowed_at=NOW + timedelta(minutes=8), quarantined=True))

    assert (plain["nextAllowedAt"], plain["quarantined"]) == (None, False)
    assert (told["nextAllowedAt"], told["quarantined"]) == ("2026-03-14T09:34:53.589793Z", True)
