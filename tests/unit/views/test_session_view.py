"""What callers and other workflows see of a session."""

import hashlib
import json
from datetime import timedelta

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.budget import Place
from reconnect.model.errors import SessionNotFound
from reconnect.model.failures import Failure, Owner
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Receipt
from reconnect.model.session import TERMINAL, Actor, Status
from reconnect.views.sentences import sentence
from reconnect.views.session_view import next_step, show, summarize
from tests.fakes.builders import (
    CONNECT_URL,
    DATA_REQUEST_ID,
    DOCUMENT,
    LINK,
    LOGIN_ID,
    REQUEST_ID,
    RESULT_ID,
    SESSION_ID,
    TASK_TOKEN,
    a_receipt,
    a_session,
    an_attempt,
)
from tests.fakes.clock import NOW
from tests.fakes.sessions import FakeSessions
from tests.unit.world import World

RECEIPT = a_receipt(account_count=2)
EVERYTHING = a_session(
    Status.AWAITING_USER,
    language="fr",
    correlation_ids=frozenset({"order-1"}),
    data_request_id=DATA_REQUEST_ID,
    connect_url="https://connect.test/page",
    receipt=RECEIPT,
    attempt=an_attempt(refreshed_before=NOW - timedelta(days=1)),
)


def test_a_session_is_read_by_its_id(sessions: FakeSessions) -> None:
    sessions.with_session(a_session())

    assert World(sessions=sessions).service.read_session(SESSION_ID).session_id == SESSION_ID


def test_a_session_that_does_not_exist_is_not_found(sessions: FakeSessions) -> None:
    with pytest.raises(SessionNotFound):
        World(sessions=sessions).service.read_session("unknown")


@pytest.mark.parametrize("view", [show, summarize])
def test_no_view_of_a_session_has_an_id_of_flinks_or_a_token(view: object) -> None:
    shown = json.dumps(view(EVERYTHING))  # type: ignore[operator]

    assert not any(secret in shown for secret in (LOGIN_ID, REQUEST_ID, DATA_REQUEST_ID, TASK_TOKEN))


def test_a_caller_sees_the_status_and_the_users_link() -> None:
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
            "looks": 0,
            "by": None,
        }
    ]


def test_each_timeline_entry_has_its_duration() -> None:
    session = a_session(Status.AUTHORIZING)
    later = session.note(at=NOW + timedelta(seconds=2.5), actor=Actor.BANK, cause="challenge_shown")

    assert [entry["seconds"] for entry in show(later)["timeline"]] == [0.0, 2.5]


def test_the_timeline_is_shown_by_time_also_if_two_writers_crossed() -> None:
    session = a_session(Status.AUTHORIZING)
    for seconds in (2.5, 2.4):
        session = session.note(at=NOW + timedelta(seconds=seconds), actor=Actor.BANK, cause="challenge_shown")

    assert [entry["seconds"] for entry in show(session)["timeline"]] == [0.0, 2.4, 0.1]


def test_a_caller_sees_the_durable_link_of_a_live_session() -> None:
    assert show(a_session(Status.AUTHORIZING), LINK)["link"] == LINK


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_session_shows_no_link(status: Status) -> None:
    assert show(a_session(status))["link"] is None


def test_a_receipt_shows_the_counts_and_the_checksum() -> None:
    receipt = show(EVERYTHING)["receipt"]

    assert receipt == {
        "fresh": True,
        "lastRefresh": "2026-03-14T09:26:53.589793Z",
        "lastRefreshBefore": "2026-03-13T09:26:53.589793Z",
        "accounts": {"count": 2, "matched": 1, "new": 0, "missing": 0},
        "transactions": {"count": 3, "from": "2026-01-02", "to": "2026-03-13"},
        "complete": True,
        "missing": {},
        "warnings": {},
        "result": {
            "bytes": len(DOCUMENT),
            "sha256": hashlib.sha256(DOCUMENT).hexdigest(),
            "expiresAt": "2026-04-13T09:26:53Z",
        },
    }


def test_a_receipt_without_comparison_or_transactions_says_null() -> None:
    first = Receipt(fresh=True, last_refresh=NOW, account_count=1)

    receipt = show(a_session(receipt=first))["receipt"]

    assert receipt["accounts"] == {"count": 1, "matched": None, "new": None, "missing": None}
    assert (receipt["transactions"], receipt["result"]) == (None, None)


def test_a_receipt_of_unreadable_accounts_counts_none() -> None:
    unread = show(a_session(receipt=Receipt(fresh=False, last_refresh=NOW)))["receipt"]
    empty = show(a_session(receipt=Receipt(fresh=False, last_refresh=NOW, account_count=0)))["receipt"]

    assert (unread["accounts"], empty["accounts"]["count"]) == (None, 0)
    assert (unread["complete"], empty["complete"]) == (None, False)


def test_missing_data_is_named_as_incomplete() -> None:
    lacking = a_receipt(missing={"no_transactions": 2}, warnings={"date_unreadable": 1})

    shown = show(a_session(Status.SUCCEEDED, receipt=lacking))

    assert {name: shown["receipt"][name] for name in ("fresh", "complete", "missing", "warnings")} == {
        "fresh": True,
        "complete": False,
        "missing": {"no_transactions": 2},
        "warnings": {"date_unreadable": 1},
    }
    assert shown["nextStep"] == {"owner": "nobody", "sentence": sentence("done_incomplete", "en")}


def test_data_with_unreadable_parts_is_not_called_complete_in_silence() -> None:
    odd = a_receipt(warnings={"date_unreadable": 1})

    assert next_step(a_session(Status.SUCCEEDED, receipt=odd))["sentence"] == sentence("done_with_warnings", "en")


@pytest.mark.parametrize(("accounts", "name"), [((), "nothing_listed"), (("a",), "no_accounts")])
def test_an_empty_list_is_not_blamed_on_a_request_for_all(accounts: tuple[str, ...], name: str) -> None:
    failure = Failure("NO_ACCOUNTS", Owner.NOBODY, "no_accounts")

    ended = a_session(Status.STALE, failure=failure, options=ReadOptions(accounts=accounts))

    assert next_step(ended)["sentence"] == sentence(name, "en")


@pytest.mark.parametrize("code", ["INVALID_SECURITY_RESPONSE", "INVALID_SECURITY_RESPONSE_NO_RETRY"])
def test_a_refused_answer_is_not_called_a_late_one(code: str) -> None:
    waits = a_session(Status.AWAITING_CLICK)
    refused = waits.note(at=NOW, actor=Actor.BANK, cause=code)

    sentences = [next_step(each)["sentence"] for each in (waits, refused)]

    assert sentences == [sentence("start_again", "en"), sentence("answer_refused", "en")]


def test_no_view_of_a_session_has_the_address_of_its_data() -> None:
    assert RESULT_ID not in json.dumps([show(EVERYTHING), summarize(EVERYTHING)])


def test_a_joining_caller_sees_what_the_session_reads() -> None:
    options = ReadOptions(days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=("a",))

    assert show(a_session(options=options))["options"] == {
        "summaryOnly": False,
        "daysOfTransactions": "Days365",
        "withIdentity": True,
        "accounts": ["a"],
    }
    assert show(a_session(options=ReadOptions(summary_only=True)))["options"] == {
        "summaryOnly": True,
        "daysOfTransactions": None,
        "withIdentity": False,
        "accounts": None,
    }


def test_a_receipt_shows_that_data_was_never_refreshed() -> None:
    assert show(a_session(receipt=Receipt(fresh=False, last_refresh=None)))["receipt"]["lastRefresh"] is None


def test_another_workflow_sees_the_ending_but_no_balance() -> None:
    ended = a_session(Status.SUCCEEDED, receipt=RECEIPT)

    assert summarize(ended) == {
        "sessionId": SESSION_ID,
        "status": "SUCCEEDED",
        "failureCode": None,
        "lastRefresh": "2026-03-14T09:26:53.589793Z",
        "accountCount": 2,
    }


def test_another_workflow_sees_why_a_session_failed() -> None:
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
def test_every_status_has_a_next_step_in_both_languages(status: Status, owner: str) -> None:
    english = next_step(a_session(status, language="en"))
    french = next_step(a_session(status, language="fr"))

    assert english["owner"] == french["owner"] == owner
    assert english["sentence"] != french["sentence"]


def test_a_session_without_a_language_is_shown_in_english() -> None:
    assert next_step(a_session()) == next_step(a_session(language="en"))


def test_a_user_who_must_sign_in_is_asked_to_sign_in_not_to_answer() -> None:
    signing_in = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW + timedelta(seconds=1))

    answering = next_step(a_session(Status.AWAITING_USER))
    shown = next_step(a_session(Status.AWAITING_USER, attempt=signing_in))

    assert "Sign in again" in shown["sentence"]
    assert shown != answering


@pytest.mark.parametrize("status", [Status.AWAITING_CLICK, Status.FETCHING])
def test_a_user_is_not_asked_to_sign_in_forever(status: Status) -> None:
    signing_in = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW)

    assert next_step(a_session(status, attempt=signing_in)) == next_step(a_session(status))


def test_a_failure_shows_the_next_step() -> None:
    failed = a_session(Status.FAILED, failure=Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank"))

    assert next_step(failed)["owner"] == "user"
    assert "Contact the bank" in next_step(failed)["sentence"]


def test_a_caller_sees_the_next_allowed_time_and_a_foreign_login() -> None:
    plain = show(a_session(Status.FAILED))
    shown = show(a_session(Status.FAILED, next_allowed_at=NOW + timedelta(minutes=8), quarantined=True))

    assert (plain["nextAllowedAt"], plain["quarantined"]) == (None, False)
    assert (shown["nextAllowedAt"], shown["quarantined"]) == ("2026-03-14T09:34:53.589793Z", True)


def test_an_ending_with_a_code_of_a_newer_version_is_shown() -> None:
    failed = a_session(Status.FAILED, failure=Failure("NEW_CODE", Owner.BANK, "a_sentence_of_tomorrow"))

    assert next_step(failed)["owner"] == "bank"
    assert " " in next_step(failed)["sentence"]


def test_a_caller_sees_when_a_waiting_session_gets_its_turn() -> None:
    queued = a_session(Status.STARTING, place=Place(100.0, NOW + timedelta(minutes=8)))

    assert show(queued)["expectedAt"] == "2026-03-14T09:34:53.589793Z"
    assert (next_step(queued)["owner"], next_step(queued)["sentence"]) == ("nobody", sentence("queued", "en"))
    assert show(a_session(Status.STARTING))["expectedAt"] is None


@pytest.mark.parametrize("status", [Status.STARTING, Status.AUTHORIZING])
def test_a_session_whose_bank_is_down_says_until_when_it_waits(status: Status) -> None:
    waiting = a_session(status, bank_back_at=NOW + timedelta(minutes=8))

    assert show(waiting)["expectedAt"] == "2026-03-14T09:34:53.589793Z"
    assert (next_step(waiting)["owner"], next_step(waiting)["sentence"]) == ("bank", sentence("bank_down", "en"))
