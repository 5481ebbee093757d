"""The contract of every store of sessions: one writer wins, no field is lost, no event is published twice."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.budget import Place
from reconnect.model.errors import SessionChanged, SessionErased, SessionNotFound, TooManyCallers
from reconnect.model.failures import Failure, Owner
from reconnect.model.institution import Institution
from reconnect.model.link_use import LinkUse, Load
from reconnect.model.observations import Observation, record_observations
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.presence import Presence
from reconnect.model.receipts import Comparison, Receipt
from reconnect.model.session import MAX_CORRELATION_IDS, TERMINAL, Actor, Session, Status
from reconnect.model.trail import TrailEntry
from reconnect.model.waits import WaitReason
from reconnect.ports import Sessions
from tests.contract.at_once import CALLERS, at_once
from tests.contract.stores import Store
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, a_receipt, a_session
from tests.fakes.clock import NOW

HUNDRED = frozenset(f"order-{number}" for number in range(100))
EVERYTHING = Session(
    session_id="everything",
    login_id=LOGIN_ID,
    known_institution=Institution(14, "FlinksCapital"),
    execution_name="an-execution",
    status=Status.AWAITING_USER,
    created_at=NOW,
    link_expires_at=NOW + timedelta(days=7),
    due_at=NOW + timedelta(hours=24),
    language="fr",
    time_zone="America/Toronto",
    return_url="https://app.example/back",
    brand_name="Maple Budget",
    brand_name_french="Budget Érable",
    reference="Loan application 1234",
    presence=Presence.ABSENT,
    correlation_ids=frozenset({"order-1", "order-2"}),
    found_by=frozenset({"a-seal", "another-seal"}),
    users=frozenset({"a-seal"}),
    attempt=Attempt(
        number=2,
        started_at=NOW,
        request_id=REQUEST_ID,
        institution="FlinksCapital",
        institution_id=14,
        asked=Ask.SIGN_IN,
        asked_at=NOW + timedelta(seconds=1),
        is_refused=True,
        refreshed_before=NOW - timedelta(days=1),
        is_remembered=True,
        is_over=True,
    ),
    task_token="a-token",
    connect_url="https://connect.test/v2/?a=b",
    link="https://api.test/connect/a-signed-link",
    has_pending_evidence=True,
    failures=2,
    next_allowed_at=NOW + timedelta(hours=1),
    wait_reason=WaitReason.LOCKOUT_GUARD,
    known_refresh=NOW - timedelta(days=2),
    place=Place(1234.5, NOW, is_ahead=True, refusals=3),
    bank_back_at=NOW,
    link_use=LinkUse(NOW, attempts=2, loads=3, paused_until=NOW + timedelta(days=1)),
    load=Load(NOW, "a-token-for-connect", "a-click"),
    wait_try="2026-03-14T09:26:53.589Z 000",
    reminders=1,
    quarantined=True,
    data_request_id="a-data-request",
    options=ReadOptions(True, DaysOfTransactions.DAYS_365, True, ("an-account", "another")),
    known_accounts=frozenset({"an-account", "another"}),
    newest_days={"another": date(2026, 3, 1)},
    receipt=a_receipt(comparison=Comparison(3, 2, 1), warnings={"date_unreadable": 41}, missing={"no_transactions": 2}),
    failure=Failure("DISABLED_LOGIN", Owner.USER, "call_the_bank"),
    trail=(
        TrailEntry(NOW, "session_opened", by="user/backend"),
        TrailEntry(NOW + timedelta(seconds=30, microseconds=7), "ReconnectRequired", version=5),
    ),
).note(at=NOW + timedelta(days=7, microseconds=1), actor=Actor.BANK, cause="DISABLED_LOGIN")
EVERYTHING = record_observations(
    EVERYTHING, (Observation(NOW + timedelta(hours=1, microseconds=3), "OPERATION_PENDING", 40),)
)


def named(session_id: str, status: Status = Status.STARTING, **changes: object) -> Session:
    return replace(a_session(status), session_id=session_id, **changes)  # type: ignore[arg-type]


def ended(session: Session, status: Status = Status.EXPIRED) -> Session:
    failure = Failure("USER_ABSENT", Owner.USER, "nobody_came")
    return session.end(status, at=NOW, cause="USER_ABSENT", failure=failure, event_type="SessionExpired")


def noted(session: Session, cause: str) -> Session:
    return session.note(at=NOW, actor=Actor.SERVICE, cause=cause)


def test_a_created_session_is_read_back(sessions: Sessions) -> None:
    created = sessions.create(named("one"))

    assert created == replace(named("one"), version=1)
    assert sessions.get("one") == created


def test_a_session_with_every_field_set_comes_back_as_it_was(sessions: Sessions) -> None:
    unset = {field.name for field in fields(Session) if not getattr(EVERYTHING, field.name)}
    assert unset == {"version", "event_type"}
    assert all(getattr(EVERYTHING.attempt, field.name) for field in fields(Attempt))
    assert all(getattr(EVERYTHING.receipt, field.name) for field in fields(Receipt))
    assert all(getattr(EVERYTHING.options, field.name) for field in fields(ReadOptions))

    saved = sessions.save(sessions.create(EVERYTHING))

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
def test_a_receipt_distinguishes_zero_from_unknown(sessions: Sessions, receipt: Receipt) -> None:
    sessions.create(replace(EVERYTHING, receipt=receipt))

    assert sessions.get("everything").receipt == receipt


def test_an_unknown_session_is_not_found(sessions: Sessions) -> None:
    with pytest.raises(SessionNotFound):
        sessions.get("unknown")


def test_creating_an_existing_session_returns_its_current_state(sessions: Sessions) -> None:
    changed = sessions.save(noted(sessions.create(named("one")), "changed"))

    again = sessions.create(named("one", login_id="another"))

    assert again == changed == sessions.get("one")


def test_many_callers_that_create_one_session_all_get_the_same(sessions: Sessions) -> None:
    created = at_once(lambda number: sessions.create(named("one", language=f"l{number}")))

    assert created == [sessions.get("one")] * CALLERS


def test_an_untouched_session_is_discarded_and_its_id_is_free(sessions: Sessions) -> None:
    sessions.discard(sessions.create(named("one")))

    with pytest.raises(SessionNotFound):
        sessions.get("one")
    assert sessions.create(named("one", login_id="another")).login_id == "another"


def test_a_session_changed_meanwhile_is_not_discarded(sessions: Sessions) -> None:
    created = sessions.create(named("one"))
    changed = sessions.save(noted(created, "changed"))

    sessions.discard(created)

    assert sessions.get("one") == changed


def test_a_session_joined_meanwhile_is_not_discarded(sessions: Sessions) -> None:
    created = sessions.create(named("one"))
    joined = sessions.join("one", frozenset({"order-1"}))

    sessions.discard(created)

    assert sessions.get("one") == joined


def test_discarding_an_absent_session_does_nothing(sessions: Sessions) -> None:
    sessions.discard(replace(named("one"), version=1))


def test_each_write_is_the_next_version(sessions: Sessions) -> None:
    created = sessions.create(named("one"))

    saved = sessions.save(noted(created, "first"))

    assert (created.version, saved.version) == (1, 2)
    assert sessions.get("one") == saved


def test_a_write_after_another_writers_is_refused(sessions: Sessions) -> None:
    created = sessions.create(named("one"))
    first = sessions.save(noted(created, "first"))

    with pytest.raises(SessionChanged):
        sessions.save(noted(created, "second"))

    assert sessions.get("one") == first


def test_an_ending_after_another_writers_write_is_refused(sessions: Sessions) -> None:
    created = sessions.create(named("one"))
    first = sessions.save(noted(created, "first"))

    with pytest.raises(SessionChanged):
        sessions.save(ended(created))

    assert sessions.get("one") == first


def test_a_session_that_was_never_created_is_not_saved(sessions: Sessions) -> None:
    with pytest.raises(SessionChanged):
        sessions.save(replace(named("one"), version=1))


def test_one_of_many_concurrent_writes_succeeds(sessions: Sessions) -> None:
    created = sessions.create(named("one"))

    def write(number: int) -> Session | None:
        try:
            return sessions.save(noted(created, f"cause_{number}"))
        except SessionChanged:
            return None

    [winner] = [saved for saved in at_once(write) if saved]
    assert sessions.get("one") == winner


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_session_is_kept_and_can_still_be_written(sessions: Sessions, status: Status) -> None:
    over = sessions.save(ended(sessions.create(named("one")), status))
    assert sessions.get("one") == over

    corrected = sessions.save(noted(over, "corrected"))

    assert sessions.get("one") == corrected


def test_joining_adds_the_caller_and_changes_nothing_else(sessions: Sessions) -> None:
    created = sessions.create(EVERYTHING)

    joined = sessions.join("everything", frozenset({"order-2", "order-3"}))

    everyone = frozenset({"order-1", "order-2", "order-3"})
    assert joined == replace(created, correlation_ids=everyone, version=2) == sessions.get("everything")


def test_the_first_caller_of_a_session_is_added(sessions: Sessions) -> None:
    sessions.create(named("one"))

    assert sessions.join("one", frozenset({"order-1"})).correlation_ids == {"order-1"}


@pytest.mark.parametrize("again", [frozenset({"order-1"}), frozenset()])
def test_joining_without_a_new_caller_returns_the_session_unchanged(sessions: Sessions, again: frozenset[str]) -> None:
    created = sessions.create(named("one", correlation_ids=frozenset({"order-1"})))

    assert sessions.join("one", again) == created == sessions.get("one")


def test_a_write_that_read_before_a_join_is_refused(sessions: Sessions) -> None:
    created = sessions.create(named("one"))
    joined = sessions.join("one", frozenset({"order-1"}))

    with pytest.raises(SessionChanged):
        sessions.save(noted(created, "second"))

    assert sessions.get("one") == joined


def test_none_of_many_concurrent_joins_is_lost(sessions: Sessions) -> None:
    sessions.create(named("one"))

    at_once(lambda number: sessions.join("one", frozenset({f"order-{number}"})))

    session = sessions.get("one")
    assert session.correlation_ids == {f"order-{number}" for number in range(CALLERS)}
    assert session.version == 1 + CALLERS


def test_the_caller_after_the_hundredth_is_refused(sessions: Sessions) -> None:
    full = sessions.create(named("one", correlation_ids=HUNDRED))

    with pytest.raises(TooManyCallers):
        sessions.join("one", frozenset({"one-more"}))

    assert sessions.get("one") == full


@pytest.mark.parametrize("again", [frozenset({"order-7"}), frozenset()])
def test_a_full_session_can_be_joined_without_a_new_caller(sessions: Sessions, again: frozenset[str]) -> None:
    full = sessions.create(named("one", correlation_ids=HUNDRED))

    assert sessions.join("one", again) == full


def test_concurrent_joins_do_not_exceed_the_limit(sessions: Sessions) -> None:
    places = CALLERS // 2
    sessions.create(named("one", correlation_ids=frozenset(sorted(HUNDRED)[places:])))

    def join(number: int) -> bool:
        try:
            sessions.join("one", frozenset({f"late-{number}"}))
        except TooManyCallers:
            return False
        return True

    joined = at_once(join)

    assert (sum(joined), len(sessions.get("one").correlation_ids)) == (places, MAX_CORRELATION_IDS)


@pytest.mark.parametrize("correlation_ids", [frozenset({"order-1"}), frozenset()])
@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_session_cannot_be_joined(sessions: Sessions, status: Status, correlation_ids: frozenset[str]) -> None:
    over = sessions.save(ended(sessions.create(named("one")), status))

    with pytest.raises(SessionChanged):
        sessions.join("one", correlation_ids)

    assert sessions.get("one") == over


def test_a_missing_session_cannot_be_joined(sessions: Sessions) -> None:
    with pytest.raises(SessionChanged):
        sessions.join("unknown", frozenset({"order-1"}))


def due_in(session_id: str, **time: float) -> Session:
    return named(session_id, due_at=NOW + timedelta(**time))


def test_due_sessions_are_listed_oldest_first(sessions: Sessions) -> None:
    for session in (due_in("later", seconds=1), due_in("now"), due_in("old", days=-1), due_in("older", days=-2)):
        sessions.create(session)

    assert sessions.due(NOW) == ["older", "old", "now"]
    assert sessions.due(NOW + timedelta(seconds=1)) == ["older", "old", "now", "later"]


def test_live_sessions_are_counted_whether_they_are_due_or_not(sessions: Sessions) -> None:
    for session in (due_in("old", days=-1), due_in("later", days=9), due_in("over")):
        sessions.create(session)
    sessions.save(ended(sessions.get("over"), Status.FAILED))

    assert sessions.count_live() == 2


def test_a_postponed_session_is_due_later(sessions: Sessions) -> None:
    sessions.save(replace(sessions.create(due_in("one")), due_at=NOW + timedelta(minutes=15)))

    assert sessions.due(NOW) == []
    assert sessions.due(NOW + timedelta(minutes=15)) == ["one"]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_session_that_has_ended_is_never_due(sessions: Sessions, status: Status) -> None:
    over = sessions.save(ended(sessions.create(due_in("one", days=-1)), status))
    sessions.save(noted(over, "corrected"))

    assert sessions.due(NOW + timedelta(days=400)) == []


def test_a_discarded_session_is_not_due(sessions: Sessions) -> None:
    sessions.discard(sessions.create(due_in("one")))

    assert sessions.due(NOW) == []


def test_joining_does_not_postpone_a_session(sessions: Sessions) -> None:
    sessions.create(due_in("one"))
    sessions.join("one", frozenset({"order-1"}))

    assert sessions.due(NOW) == ["one"]


@pytest.mark.parametrize("spelled", [LOGIN_ID, LOGIN_ID.upper()])
def test_live_and_ended_sessions_of_a_login_are_found(sessions: Sessions, spelled: str) -> None:
    sessions.create(named("live"))
    sessions.create(named("upper", login_id=LOGIN_ID.upper()))
    sessions.save(ended(sessions.create(named("over"))))
    sessions.create(named("another", login_id="another"))
    sessions.discard(sessions.create(named("taken back")))

    assert sorted(sessions.of_login(spelled)) == ["live", "over", "upper"]
    assert sessions.of_login("unknown") == []


def test_a_login_id_keeps_the_letter_case_of_its_caller(sessions: Sessions) -> None:
    sessions.create(named("one", login_id=LOGIN_ID.upper()))

    assert sessions.get("one").login_id == LOGIN_ID.upper()


@pytest.mark.parametrize("is_over", [False, True])
def test_an_erased_session_is_found_by_no_query(sessions: Sessions, is_over: bool) -> None:
    session = sessions.create(due_in("one"))
    session = sessions.save(ended(session)) if is_over else session

    assert sessions.erase("one")
    assert not sessions.erase("one")

    with pytest.raises(SessionNotFound):
        sessions.get("one")
    with pytest.raises(SessionChanged):
        sessions.save(noted(session, "afterwards"))
    with pytest.raises(SessionChanged):
        sessions.join("one", frozenset({"order-1"}))
    sessions.discard(session)
    assert sessions.due(NOW) == sessions.of_login(LOGIN_ID) == []


def test_an_erased_session_cannot_be_created_again(sessions: Sessions) -> None:
    session = sessions.create(named("one"))
    sessions.erase("one")

    for again in (session, named("one", login_id="another")):
        with pytest.raises(SessionErased):
            sessions.create(again)

    assert sessions.of_login(LOGIN_ID) == sessions.of_login("another") == []


def test_erasing_an_absent_session_does_not_prevent_its_creation(sessions: Sessions) -> None:
    sessions.discard(sessions.create(named("taken back")))

    for session_id in ("never", "taken back"):
        assert not sessions.erase(session_id)
        assert sessions.create(named(session_id)) == sessions.get(session_id)


def test_a_concurrent_erasure_and_change_leave_no_session(sessions: Sessions) -> None:
    created = sessions.create(named("one"))

    def act(number: int) -> bool:
        try:
            return sessions.erase("one") if number % 2 else bool(sessions.save(noted(created, "changed")))
        except SessionChanged:
            return False

    erased = [is_done for number, is_done in enumerate(at_once(act)) if number % 2]

    assert erased.count(True) == 1
    with pytest.raises(SessionNotFound):
        sessions.get("one")


def test_a_write_publishes_its_event(store: Store) -> None:
    created = store.sessions.create(named("one"))

    saved = store.sessions.save(replace(created, event_type="ReconnectRequired"))

    assert store.published() == [(2, "ReconnectRequired")]
    assert saved.event_type is None


def test_reading_a_session_publishes_nothing(store: Store) -> None:
    store.sessions.save(replace(store.sessions.create(named("one")), event_type="ReconnectRequired"))

    assert store.sessions.get("one").event_type is None
    assert store.sessions.create(named("one")).event_type is None
    assert store.sessions.join("one", frozenset()).event_type is None


def test_a_refused_write_publishes_nothing(store: Store) -> None:
    created = store.sessions.create(named("one"))
    store.sessions.save(noted(created, "first"))

    with pytest.raises(SessionChanged):
        store.sessions.save(ended(created))

    assert store.published() == []


def test_a_write_does_not_repeat_an_earlier_event(store: Store) -> None:
    created = store.sessions.create(named("one"))
    announcing = store.sessions.save(replace(created, event_type="ReconnectRequired"))

    store.sessions.save(noted(announcing, "first"))
    joined = store.sessions.join("one", frozenset({"order-1"}))
    store.sessions.save(ended(joined))

    assert store.published() == [(2, "ReconnectRequired"), (5, "SessionExpired")]


def test_a_join_right_after_a_write_does_not_lose_its_event(store: Store) -> None:
    created = store.sessions.create(named("one"))
    store.sessions.save(replace(created, event_type="ReconnectRequired"))

    joined = store.sessions.join("one", frozenset({"order-1"}))

    assert joined.event_type is None
    assert store.published() == [(2, "ReconnectRequired")]


def test_a_join_is_noted_once_in_the_trail(sessions: Sessions) -> None:
    sessions.create(named("one"))
    first = TrailEntry(NOW + timedelta(seconds=1), "session_joined", by="user/first")

    sessions.join("one", frozenset({"order-1"}), asked=first)
    joined = sessions.join("one", frozenset({"order-2"}), asked=replace(first, by="user/second"))
    again = sessions.join("one", frozenset({"order-2"}), asked=replace(first, by="user/third"))

    assert [entry.by for entry in joined.trail] == ["user/first", "user/second"]
    assert again == joined == sessions.get("one")


def test_the_trail_keeps_each_event_with_the_version_of_its_write(sessions: Sessions) -> None:
    created = sessions.create(named("one", correlation_ids=frozenset({"order-1"})))
    asked = sessions.save(replace(created, event_type="ReconnectRequired"))

    over = sessions.save(ended(asked))

    assert [(entry.what, entry.version) for entry in over.trail] == [("ReconnectRequired", 2), ("SessionExpired", 3)]
    assert sessions.get("one") == over


def test_a_caller_who_joins_keeps_the_event_of_the_write_before(sessions: Sessions) -> None:
    asked = sessions.save(replace(sessions.create(named("one")), event_type="ReconnectRequired"))

    joined = sessions.join("one", frozenset({"order-1"}), asked=TrailEntry(NOW, "session_joined", by="user/first"))

    assert [(entry.what, entry.version) for entry in joined.trail] == [
        ("ReconnectRequired", asked.version),
        ("session_joined", None),
    ]
    assert sessions.get("one") == joined
