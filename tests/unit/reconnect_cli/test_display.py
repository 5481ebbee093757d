"""The text that `show` and `watch` print about a session."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from reconnect.model.failures import Failure, Owner
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Comparison
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.views.session_view import show
from reconnect_cli.display import TextDisplay
from reconnect_cli.following import Snapshot
from reconnect_cli.result_rows import Result
from reconnect_cli.watching import show_addresses
from tests.fakes.builders import CONNECT_URL, LINK, SESSION_ID, a_receipt, a_session
from tests.fakes.clock import NOW


class Reader:
    """Reads a text display."""

    def __init__(self) -> None:
        self._screen = io.StringIO()
        self.display = TextDisplay(Console(file=self._screen, width=500))

    def read(self) -> str:
        """Return the text since the last call."""
        text = self._screen.getvalue()
        self._screen.truncate(0)
        self._screen.seek(0)
        return text


@pytest.fixture
def reader() -> Reader:
    return Reader()


def snapshot(status: Status, **changes: Any) -> Snapshot:
    return show(a_session(status, **changes), None if status.is_terminal else LINK)


def at(seconds: float, cause: str, looks: int = 0, status: Status = Status.AUTHORIZING) -> TimelineEntry:
    return TimelineEntry(NOW + timedelta(seconds=seconds), Actor.BANK, cause, status, looks)


def with_timeline(status: Status, *entries: TimelineEntry) -> Snapshot:
    session: Session = a_session(status)
    return show(a_session(status, timeline=(*session.timeline, *entries)))


def test_a_session_is_shown_with_its_id_and_opening_time(reader: Reader) -> None:
    reader.display.about(snapshot(Status.AUTHORIZING))

    text = reader.read()
    assert f"sessionId {SESSION_ID}" in text
    assert "opened 2026-03-14 09:26:53 UTC" in text


def test_a_session_is_shown_with_its_correlation_ids_and_options(reader: Reader) -> None:
    options = ReadOptions(days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=("a", "b"))
    reader.display.about(
        snapshot(Status.AUTHORIZING, options=options, correlation_ids=frozenset({"billing:1", "audit:2"}))
    )

    text = reader.read()
    assert "correlationIds audit:2, billing:1" in text
    assert "options daysOfTransactions Days365, withIdentity yes, accounts a, b" in text


@pytest.mark.parametrize("options", [ReadOptions(), ReadOptions(summary_only=True)], ids=["default", "summary"])
def test_default_options_and_empty_facts_are_not_shown(reader: Reader, options: ReadOptions) -> None:
    reader.display.about(snapshot(Status.AUTHORIZING, options=options))

    text = reader.read()
    assert "None" not in text
    assert "daysOfTransactions" not in text
    assert ("summaryOnly yes" in text) == options.summary_only
    assert "nextAllowedAt" not in text
    assert "expectedAt" not in text


def test_a_session_whose_user_signed_in_to_another_login_says_so(reader: Reader) -> None:
    reader.display.about(snapshot(Status.AWAITING_CLICK, quarantined=True))

    assert "quarantined yes" in reader.read()


def test_each_step_is_shown_with_its_time_and_duration(reader: Reader) -> None:
    reader.display.timeline(with_timeline(Status.FETCHING, at(1.5, "authorize_started"), at(4, "refreshed")))

    lines = reader.read().splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["09:26:53", "+0.00", "s"],
        ["09:26:55", "+1.50", "s"],
        ["09:26:57", "+2.50", "s"],
    ]


def test_a_wait_of_days_is_shown_with_its_date_and_in_days(reader: Reader) -> None:
    reader.display.timeline(
        with_timeline(Status.FETCHING, at(90, "authorize_started"), at(3 * 86400 + 7290, "refreshed"))
    )

    lines = reader.read().splitlines()
    assert [line.split()[:5] for line in lines][1:] == [
        ["09:28:23", "+1", "m", "30", "s"],
        ["03-17", "11:28:23", "+3", "d", "2"],
    ]


def test_an_operator_reads_one_language_whatever_the_users_is(reader: Reader) -> None:
    session = with_timeline(Status.AWAITING_USER)
    reader.display.about({**session, "nextStep": show(a_session(Status.AWAITING_USER, language="fr"))["nextStep"]})

    assert "The bank has a security question." in reader.read()


def test_polls_are_shown_once_something_else_has_happened(reader: Reader) -> None:
    reader.display.timeline(with_timeline(Status.AUTHORIZING, at(1, "OPERATION_PENDING", 2)))
    early = reader.read()
    reader.display.timeline(with_timeline(Status.AUTHORIZING, at(1, "OPERATION_PENDING", 5), at(9, "put_off")))

    assert "is still working" not in early
    assert reader.read().count("is still working (202), seen 5 times") == 1


def test_the_whole_timeline_has_the_ongoing_polls(reader: Reader) -> None:
    reader.display.timeline(with_timeline(Status.AUTHORIZING, at(1, "OPERATION_PENDING", 2)), is_whole=True)

    assert "is still working (202), seen 2 times" in reader.read()


@pytest.mark.parametrize("end", [at(60, "AUTHORIZED", 1), at(60, "CANCELLED", status=Status.CANCELLED)])
def test_polls_are_shown_again_with_their_final_count(reader: Reader, end: TimelineEntry) -> None:
    asked = at(2, "challenge_shown", status=Status.AWAITING_USER)
    reader.display.session(with_timeline(Status.AWAITING_USER, at(1, "SECURITY_CHALLENGE", 1), asked))
    first = reader.read()
    reader.display.session(with_timeline(Status.AWAITING_USER, at(1, "SECURITY_CHALLENGE", 2), asked))
    between = reader.read()
    status = Status.CANCELLED if end.status is Status.CANCELLED else Status.FETCHING
    for _ in range(2):
        reader.display.session(with_timeline(status, at(1, "SECURITY_CHALLENGE", 4), asked, end, at(61, "refreshed")))

    assert "has a question for the user (203)" in first
    assert between == ""
    assert reader.read().count("has a question for the user (203), seen 4 times") == 1


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_the_link_is_shown_once_while_the_user_is_needed(reader: Reader, status: Status) -> None:
    shown: set[str] = set()
    for _ in range(2):
        show_addresses(reader.display, snapshot(status), shown)

    text = reader.read()
    assert text.count(f"link {LINK}\n") == 1
    assert text.count(CONNECT_URL) == (status is Status.AWAITING_USER)


@pytest.mark.parametrize("status", [Status.AUTHORIZING, Status.FETCHING, Status.SUCCEEDED])
def test_no_link_is_shown_while_the_user_is_not_needed(reader: Reader, status: Status) -> None:
    show_addresses(reader.display, snapshot(status), set())

    assert reader.read() == ""


def test_stale_data_is_shown_with_its_date(reader: Reader) -> None:
    stale = Failure("ACCOUNTS_STALE", Owner.NOBODY, "not_fresh")
    receipt = a_receipt(fresh=False, account_count=None, transaction_count=None, comparison=None, result=None)

    reader.display.receipt(snapshot(Status.STALE, failure=stale, receipt=receipt))

    assert "lastRefresh 2026-03-14 09:26:53 UTC" in reader.read()


def test_a_receipt_shows_the_size_checksum_and_expiry_of_the_data(reader: Reader) -> None:
    receipt = a_receipt()

    reader.display.receipt(snapshot(Status.SUCCEEDED, receipt=receipt))

    text = reader.read()
    assert receipt.result
    for fact in (
        f"bytes {receipt.result.size}",
        f"sha256 {receipt.result.sha256}",
        "expiresAt 2026-04-13 09:26:53 UTC",
    ):
        assert fact in text
    assert f"reconnect result {SESSION_ID}" in text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"account_count": 1, "transaction_count": 1}, "1 account (1 matched, 0 new, 0 missing), 1 transaction from"),
        ({"account_count": 2, "comparison": Comparison(0, 2, 1)}, "2 accounts (0 matched, 2 new, 1 missing), 3 trans"),
        ({"account_count": 1, "comparison": None}, "1 account (first read of this login), 3 transactions from"),
        ({"transaction_count": 0, "first_date": None, "last_date": None}, "missing), 0 transactions\n"),
        ({"transaction_count": None}, "0 missing)\n"),
    ],
)
def test_accounts_and_transactions_are_counted_in_words(reader: Reader, changes: dict[str, Any], text: str) -> None:
    reader.display.receipt(snapshot(Status.SUCCEEDED, receipt=a_receipt(**changes)))

    assert text in reader.read()


def test_a_fact_is_shown_in_plain_words_unless_it_is_none(reader: Reader) -> None:
    reader.display.note("erased", sessions=2, wasKnown=True, card=None)

    assert reader.read() == "  erased\n    sessions 2\n    wasKnown yes\n"


def test_missing_data_and_warnings_are_shown_if_there_are_any(reader: Reader) -> None:
    odd = a_receipt(missing={"no_transactions": 2}, warnings={"date_unreadable": 3, "amount_unreadable": 1})

    reader.display.receipt(snapshot(Status.SUCCEEDED, receipt=odd))
    text = reader.read()
    reader.display.receipt(snapshot(Status.SUCCEEDED, receipt=a_receipt()))

    assert "missing 2 x no transactions" in text
    assert "warnings 3 x date unreadable, 1 x amount unreadable" in text
    assert not any(word in reader.read() for word in ("missing 2", "warnings"))


@pytest.mark.parametrize(
    ("code", "next_actor"), [("ACCOUNTS_STALE", "caller, who may request another session"), ("DISABLED_LOGIN", "user")]
)
def test_somebody_must_act_next_if_a_session_ended_without_data(reader: Reader, code: str, next_actor: str) -> None:
    owner = Owner.USER if next_actor == "user" else Owner.NOBODY

    reader.display.about(snapshot(Status.FAILED, failure=Failure(code, owner, "not_fresh"), receipt=None))

    assert f"next {next_actor}\n" in reader.read()


def test_a_code_of_flinks_is_not_said_to_come_from_the_bank(reader: Reader) -> None:
    reader.display.session(with_timeline(Status.FAILED, at(1, "OPERATION_PENDING", 1), at(2, "ACCESS_DENIED", 1)))

    working, refused = (line for line in reader.read().splitlines() if "AUTHORIZING" in line)
    assert "bank     is still working" in working
    assert "Flinks   answers ACCESS_DENIED" in refused


@pytest.mark.parametrize("accounts", [[], [None], [{"Id": "a", "Title": "[/bold] savings", "Balance": 7}]])
def test_accounts_with_few_fields_are_shown(reader: Reader, accounts: list[Any]) -> None:
    reader.display.accounts(Result(json.dumps({"Accounts": accounts}).encode()))

    text = reader.read()
    assert "Accounts" in text
    assert ("[/bold] savings" in text) == ("savings" in str(accounts))
