"""Data that lacks something is polled again for a while, and then handed over as what it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.observations import Observation, add_poll
from reconnect.model.options import ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Comparison, fingerprint, fingerprints
from reconnect.model.session import Session, Status
from reconnect.model.step import Fetched, Step
from reconnect.views.session_view import next_step, show
from tests.fakes.builders import (
    SESSION_ID,
    a_data_reply,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_account,
    causes,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

FULL = a_data_reply()
SILENT = a_data_reply(an_account(transaction_count=0, first_date=None, last_date=None))
BARE = a_data_reply(an_account(transaction_count=None, first_date=None, last_date=None))
NO_ACCOUNTS = a_reply(200, accounts=(), document=b"{}")
UNREADABLE = a_reply(200, accounts=None, document=b'{"Accounts": {}}', warnings={"accounts_unreadable": 1})
NO_TRANSACTION = a_reply(400, "NO_TRANSACTION")


def fetch_until_settled(world: World, *data: FlinksReply, fetches: int = 0) -> list[Step]:
    """Read again and again, as the workflow does, until there is nothing to wait for; what each reading found."""
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=list(data))
    steps: list[Step] = []
    seen: tuple[Observation, ...] = ()
    while not steps or steps[-1].outcome == Fetched.PENDING:
        assert len(steps) < 60, "it ends some time"
        steps.append(world.service.fetch_accounts(SESSION_ID, fetches + len(steps), seen))
        seen = add_poll(seen, world.clock(), steps[-1].code)
    return steps


def codes(steps: list[Step]) -> list[str]:
    return [step.code for step in steps]


def missing(session: Session) -> dict[str, int]:
    assert session.receipt
    return dict(session.receipt.missing)


@pytest.mark.parametrize("first", [SILENT, BARE, NO_ACCOUNTS, UNREADABLE], ids=["empty", "absent", "none", "no_list"])
def test_what_comes_after_its_accounts_is_waited_for_and_is_there(world: World, first: FlinksReply) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, first, first, FULL)

    assert [step.wait_seconds for step in steps] == [10, 10, 0]
    assert (world.session.status, missing(world.session), len(world.results.documents)) == (Status.SUCCEEDED, {}, 1)
    assert world.flinks.count("cached_authorize") == 3, "opened again each time"


@pytest.mark.parametrize("silent", [SILENT, BARE])
def test_transactions_that_do_not_come_end_as_a_success_that_says_so(world: World, silent: FlinksReply) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, silent)

    assert codes(steps) == ["DATA_INCOMPLETE"] * 6 + ["ACCOUNTS_FRESH"]
    assert (world.session.status, missing(world.session)) == (Status.SUCCEEDED, {"no_transactions": 1})
    assert show(world.session)["receipt"]["complete"] is False
    assert "Nothing left to do" not in next_step(world.session)["sentence"]
    assert len(world.results.documents) == 1


@pytest.mark.parametrize("polls", [0, 1, 9])
def test_how_often_incomplete_data_is_polled_again_is_the_deployers_choice(world: World, polls: int) -> None:
    world.set(completeness_polls=polls)
    world.with_session(Status.AUTHORIZING)

    assert codes(fetch_until_settled(world, SILENT)) == ["DATA_INCOMPLETE"] * polls + ["ACCOUNTS_FRESH"]


def test_different_gaps_in_one_session_are_waited_for_together(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, NO_ACCOUNTS, NO_ACCOUNTS, SILENT)

    assert codes(steps) == ["NO_ACCOUNTS"] * 2 + ["DATA_INCOMPLETE"] * 4 + ["ACCOUNTS_FRESH"]


@pytest.mark.parametrize("nothing", [NO_ACCOUNTS, a_reply(200)], ids=["an_empty_list", "no_list_at_all"])
def test_a_list_of_accounts_that_stays_empty_ends_as_stale(world: World, nothing: FlinksReply) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, nothing)

    assert codes(steps) == ["NO_ACCOUNTS"] * 7
    session = world.session
    assert session.failure and (session.status, session.failure.code) == (Status.STALE, "NO_ACCOUNTS")
    assert (session.receipt and session.receipt.fresh, world.results.documents) == (False, {})


def test_accounts_that_stay_no_list_are_kept_as_they_came(world: World) -> None:
    world.with_session(Status.AUTHORIZING, known_accounts=fingerprints({"a"}))

    fetch_until_settled(world, UNREADABLE)

    session = world.session
    assert (session.status, missing(session)) == (Status.SUCCEEDED, {"accounts_unreadable": 1})
    assert list(world.results.documents.values()) == [UNREADABLE.document]
    assert session.known_accounts == fingerprints({"a"}), "nothing was learned of them"


def test_accounts_refused_even_without_transactions_count_as_none(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, NO_TRANSACTION)

    assert codes(steps) == ["NO_TRANSACTION"] + ["NO_ACCOUNTS"] * 7
    assert world.session.status is Status.STALE


def test_an_account_that_flinks_says_has_too_few_transactions_lacks_none(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    steps = fetch_until_settled(world, NO_TRANSACTION, BARE)

    assert codes(steps) == ["NO_TRANSACTION", "ACCOUNTS_FRESH"]
    assert missing(world.session) == {}


def test_an_account_with_earlier_transactions_is_waited_for(world: World) -> None:
    quiet = an_account(account_id="quiet", transaction_count=0, first_date=None, last_date=None)
    newest = {fingerprint("quiet"): NOW.date() - timedelta(days=30)}
    world.with_session(Status.AUTHORIZING, known_accounts=fingerprints({"quiet"}), newest_days=newest)

    steps = fetch_until_settled(world, a_data_reply(an_account(), quiet))

    assert len(steps) == 7
    assert missing(world.session) == {"no_transactions": 1}
    assert world.session.newest_days[fingerprint("quiet")] == newest[fingerprint("quiet")], "and so the next time"


def test_what_one_session_saw_of_an_account_the_next_one_expects(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    fetch_until_settled(world, a_data_reply(an_account(account_id="a"), an_account(account_id="b")))
    world.service.close_session(SESSION_ID, "ACCOUNTS_FRESH")
    opened = world.with_session(
        Status.AUTHORIZING, known_accounts=world.login.known_accounts, newest_days=world.login.newest_days
    )

    quiet = an_account(account_id="b", transaction_count=0)
    fetch_until_settled(world, a_data_reply(an_account(account_id="a"), quiet))

    assert opened.newest_days
    assert missing(world.session) == {"no_transactions": 1}


def test_a_requested_account_that_is_gone_is_missing_in_every_session(world: World) -> None:
    """It is waited for only as long as it may be late: while it was there the last time."""
    asked = ReadOptions(accounts=("open", "closed"))
    reply = a_data_reply(an_account(account_id="open"))
    known: frozenset[str] | None = fingerprints({"open", "closed", "other"})
    seen = []
    for _ in range(3):
        world.with_session(Status.AUTHORIZING, known_accounts=known, options=asked)
        steps = fetch_until_settled(world, reply)
        receipt, known = world.session.receipt, world.session.known_accounts
        seen.append((len(steps), receipt and receipt.comparison, missing(world.session)))

    lacks = {"accounts_not_found": 1}
    assert seen == [(7, Comparison(1, 0, 1), lacks), (1, Comparison(1, 0, 1), lacks), (1, Comparison(1, 0, 1), lacks)]


def test_a_requested_account_of_a_new_login_can_be_missing(world: World) -> None:
    world.with_session(Status.AUTHORIZING, options=ReadOptions(accounts=("open", "never-there")))

    fetch_until_settled(world, a_data_reply(an_account(account_id="open")))

    assert missing(world.session) == {"accounts_not_found": 1}


@pytest.mark.parametrize("fetches", [51, 60])
def test_incomplete_data_is_kept_while_the_workflow_has_polls_left(world: World, fetches: int) -> None:
    world.with_session(Status.AUTHORIZING)

    assert len(fetch_until_settled(world, SILENT, fetches=fetches)) == 1
    assert world.session.status is Status.SUCCEEDED


def test_incomplete_data_after_long_polling_is_kept_at_once(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=SILENT)

    step = world.service.fetch_accounts(SESSION_ID, 0, (Observation(NOW, "SECURITY_CHALLENGE", 149),))

    assert step.outcome == Fetched.FRESH


def test_a_late_reading_corrects_the_end_with_what_there_is(world: World) -> None:
    world.sessions.with_session(replace(a_session(Status.EXPIRED)))

    fetch_until_settled(world, SILENT)

    assert (world.session.status, missing(world.session)) == (Status.EXPIRED, {"no_transactions": 1})
    assert causes(world.session)[-1] == "corrected"
    assert "Nothing left to do" not in next_step(world.session)["sentence"]
