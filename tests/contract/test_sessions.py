"""What every store of sessions does: one writer wins, one live session per login, nothing is lost on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import timedelta
from threading import Barrier

import pytest

from reconnect.domain.errors import LoginHeld, SessionChanged, SessionNotFound
from reconnect.domain.options import DaysOfTransactions, ReadOptions
from reconnect.domain.ports import Sessions
from reconnect.domain.receipts import Comparison, Receipt
from reconnect.domain.session import TERMINAL, Actor, Ask, Attempt, Failure, Owner, Session, Status
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, a_receipt, a_session
from tests.fakes.clock import NOW, Clock

EVERYTHING = Session(
    session_id="everything",
    login_id=LOGIN_ID,
    execution_name="an-execution",
    status=Status.AWAITING_USER,
    created_at=NOW,
    link_expires_at=NOW + timedelta(days=7),
    version=0,
    language="fr",
    return_url="https://app.example/back",
    correlation_id="order-1",
    attempt=Attempt(
        number=2,
        started_at=NOW,
        request_id=REQUEST_ID,
        institution="FlinksCapital",
        institution_id=14,
        asked=Ask.SIGN_IN,
        asked_at=NOW + timedelta(seconds=1),
    ),
    task_token="a-token",
    connect_url="https://connect.test/v2/?a=b",
    link="https://api.test/connect/a-signed-link",
    unheard=True,
    data_request_id="a-data-request",
    options=ReadOptions(True, DaysOfTransactions.DAYS_365, True, ("an-account", "another")),
    known_accounts=frozenset({"an-account", "another"}),
    receipt=a_receipt(comparison=Comparison(3, 2, 1)),
    failure=Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank"),
).note(at=NOW + timedelta(microseconds=1), actor=Actor.BANK, cause="DISABLED_LOGIN")


def named(session_id: str, status: Status = Status.STARTING) -> Session:
    return replace(a_session(status), session_id=session_id)


def ended(session: Session, status: Status = Status.EXPIRED) -> Session:
    return session.end(status, at=NOW, cause="USER_ABSENT", failure=Failure("USER_ABSENT", Owner.USER, "nobody_came"))


def noted(session: Session, cause: str) -> Session:
    return session.note(at=NOW, actor=Actor.SERVICE, cause=cause)


def test_an_opened_session_is_read_back(sessions: Sessions) -> None:
    opened = sessions.open(named("one"))

    assert opened == replace(named("one"), version=1)
    assert sessions.get("one") == opened


def test_a_session_with_every_field_set_comes_back_as_it_was(sessions: Sessions) -> None:
    assert all(getattr(EVERYTHING, field.name) for field in fields(Session) if field.name != "version")
    assert all(getattr(EVERYTHING.attempt, field.name) for field in fields(Attempt))
    assert all(getattr(EVERYTHING.receipt, field.name) for field in fields(Receipt))
    assert all(getattr(EVERYTHING.options, field.name) for field in fields(ReadOptions))

    saved = sessions.save(sessions.open(EVERYTHING))

    assert sessions.get("everything") == saved == replace(EVERYTHING, version=2)


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt(fresh=False, last_refresh=None),
        a_receipt(
            account_count=0, transaction_count=0, first_date=None, last_date=None, comparison=Comparison(0, 0, 0)
        ),
        a_receipt(transaction_count=None, comparison=None, result=None),
    ],
)
def test_what_a_receipt_counts_as_nothing_and_what_it_does_not_know_stay_apart(
    sessions: Sessions, receipt: Receipt
) -> None:
    sessions.open(replace(EVERYTHING, receipt=receipt))

    assert sessions.get("everything").receipt == receipt


def test_an_unknown_session_is_not_found(sessions: Sessions) -> None:
    with pytest.raises(SessionNotFound):
        sessions.get("nobody")


def test_a_login_is_held_by_one_session_and_the_holder_is_named(sessions: Sessions) -> None:
    sessions.open(named("one"))

    with pytest.raises(LoginHeld) as held:
        sessions.open(named("two"))

    assert held.value.session_id == "one"
    with pytest.raises(SessionNotFound):
        sessions.get("two")


def test_two_logins_are_held_apart(sessions: Sessions) -> None:
    sessions.open(named("one"))
    sessions.open(replace(named("two"), login_id="another"))

    assert sessions.get("two").login_id == "another"


@pytest.mark.parametrize("spelled", [LOGIN_ID.upper(), LOGIN_ID.title()])
def test_a_login_written_in_other_letters_is_the_same_login(sessions: Sessions, spelled: str) -> None:
    sessions.open(named("one"))

    with pytest.raises(LoginHeld):
        sessions.open(replace(named("two"), login_id=spelled))

    assert sessions.live_session_of(spelled) == "one"
    assert sessions.get("one").login_id == LOGIN_ID, "Flinks gets it as the caller wrote it"


def test_a_login_in_other_letters_is_freed_by_its_sessions_end(sessions: Sessions) -> None:
    sessions.save(ended(sessions.open(replace(named("one"), login_id=LOGIN_ID.upper()))))

    assert sessions.open(named("two")).session_id == "two"


def test_the_live_session_of_a_login_is_the_one_that_holds_it(sessions: Sessions) -> None:
    before = sessions.live_session_of(LOGIN_ID)
    opened = sessions.open(named("one"))
    during = sessions.live_session_of(LOGIN_ID)
    sessions.save(ended(opened))

    assert (before, during, sessions.live_session_of(LOGIN_ID)) == (None, "one", None)


@pytest.mark.parametrize("login_id", ["", "nobody", "é", " "])
def test_a_login_of_nobody_has_no_live_session(sessions: Sessions, login_id: str) -> None:
    assert sessions.live_session_of(login_id) is None


def test_a_lock_that_expired_holds_no_login(sessions: Sessions, clock: Clock) -> None:
    opened = sessions.open(named("one"))
    clock.now = opened.link_expires_at + timedelta(hours=1, seconds=1)

    assert sessions.live_session_of(LOGIN_ID) is None


def test_of_many_who_open_one_login_at_once_exactly_one_does(sessions: Sessions) -> None:
    callers = 8
    together = Barrier(callers)

    def open_it(number: int) -> str:
        together.wait()
        try:
            return sessions.open(named(f"session-{number}")).session_id
        except LoginHeld as held:
            return f"held by {held.session_id}"
        except SessionChanged:
            return "look again"

    with ThreadPoolExecutor(callers) as pool:
        results = list(pool.map(open_it, range(callers)))

    [winner] = [result for result in results if result.startswith("session-")]
    assert set(results) - {winner, "look again"} <= {f"held by {winner}"}
    assert sessions.get(winner).status is Status.STARTING


def test_a_lock_lasts_through_its_link_and_an_hour_more(sessions: Sessions, clock: Clock) -> None:
    opened = sessions.open(named("one"))
    clock.now = opened.link_expires_at + timedelta(minutes=59)

    with pytest.raises(LoginHeld):
        sessions.open(named("two"))


def test_a_lock_that_expired_is_taken_over(sessions: Sessions, clock: Clock) -> None:
    opened = sessions.open(named("one"))
    clock.now = opened.link_expires_at + timedelta(hours=1, seconds=1)

    sessions.open(replace(named("two"), link_expires_at=clock.now + timedelta(days=7)))

    with pytest.raises(LoginHeld) as held:
        sessions.open(named("three"))
    assert held.value.session_id == "two"


def test_each_write_is_the_next_version(sessions: Sessions) -> None:
    opened = sessions.open(named("one"))

    saved = sessions.save(noted(opened, "first"))

    assert (opened.version, saved.version) == (1, 2)
    assert sessions.get("one") == saved


def test_a_write_over_another_writers_is_refused(sessions: Sessions) -> None:
    opened = sessions.open(named("one"))
    first = sessions.save(noted(opened, "first"))

    with pytest.raises(SessionChanged):
        sessions.save(noted(opened, "second"))

    assert sessions.get("one") == first


def test_an_end_over_another_writers_write_is_refused_and_frees_nothing(sessions: Sessions) -> None:
    opened = sessions.open(named("one"))
    sessions.save(noted(opened, "first"))

    with pytest.raises(SessionChanged):
        sessions.save(ended(opened))

    with pytest.raises(LoginHeld):
        sessions.open(named("two"))


def test_a_session_that_was_never_opened_is_not_saved(sessions: Sessions) -> None:
    with pytest.raises(SessionChanged):
        sessions.save(replace(named("one"), version=1))


def test_an_id_is_not_opened_twice(sessions: Sessions) -> None:
    sessions.save(ended(sessions.open(named("one"))))

    with pytest.raises(SessionChanged):
        sessions.open(named("one"))

    assert sessions.get("one").status is Status.EXPIRED


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_end_frees_the_login(sessions: Sessions, status: Status) -> None:
    saved = sessions.save(ended(sessions.open(named("one")), status))

    sessions.open(named("two"))

    assert sessions.get("one") == saved


def test_a_write_to_an_ended_session_leaves_the_next_ones_lock_alone(sessions: Sessions) -> None:
    over = sessions.save(ended(sessions.open(named("one"))))
    sessions.open(named("two"))

    sessions.save(noted(over, "afterwards"))

    with pytest.raises(LoginHeld):
        sessions.open(named("three"))


def test_a_session_whose_lock_was_taken_over_can_still_end_and_frees_nothing(sessions: Sessions, clock: Clock) -> None:
    late = sessions.open(named("one"))
    clock.now = late.link_expires_at + timedelta(hours=2)
    sessions.open(replace(named("two"), link_expires_at=clock.now + timedelta(days=7)))

    saved = sessions.save(ended(late))

    assert sessions.get("one") == saved
    with pytest.raises(LoginHeld) as held:
        sessions.open(named("three"))
    assert held.value.session_id == "two"
