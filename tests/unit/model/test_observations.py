"""Poll results are recorded in the timeline by the next write, although a poll writes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import EvidencePending
from reconnect.model.observations import Observation, add_poll, record_observations
from reconnect.model.receipts import Receipt
from reconnect.model.session import Actor, Session, Status
from tests.fakes.builders import SESSION_ID, a_data_reply, a_refreshed_reply, a_reply, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

PENDING, ASKED, GONE = "OPERATION_PENDING", "SECURITY_CHALLENGE", "SESSION_EXPIRED"


def at(seconds: float) -> Observation:
    return Observation(NOW + timedelta(seconds=seconds), PENDING)


def polls_of(session: Session) -> list[tuple[str, int]]:
    return [(entry.cause, entry.polls) for entry in session.timeline if entry.polls]


def test_polls_with_the_same_result_are_one_entry_with_a_count() -> None:
    observations: tuple[Observation, ...] = ()
    for second, code in enumerate([PENDING, PENDING, PENDING, ASKED, PENDING]):
        observations = add_poll(observations, NOW + timedelta(seconds=second), code)

    assert [(each.code, each.polls) for each in observations] == [(PENDING, 3), (ASKED, 1), (PENDING, 1)]
    assert [(each.at - NOW).total_seconds() for each in observations] == [0, 3, 4], "each since its first poll"


def test_the_first_poll_of_an_attempt_starts_a_new_count() -> None:
    busy = add_poll((), NOW, "CONCURRENT_SESSION")

    observations = add_poll(busy, NOW + timedelta(minutes=8), "CONCURRENT_SESSION", is_first=True)

    assert [(each.at - NOW, each.polls) for each in observations] == [(timedelta(0), 1), (timedelta(minutes=8), 1)]


def test_changing_poll_results_do_not_grow_without_limit() -> None:
    observations: tuple[Observation, ...] = ()
    for second in range(150):
        observations = add_poll(observations, NOW + timedelta(seconds=second), f"CODE_{second}")

    assert [each.code for each in observations] == [f"CODE_{second}" for second in range(110, 150)]


@pytest.mark.parametrize(
    ("observation", "is_over"),
    [
        (Observation(NOW, "AUTHORIZED"), True),
        (at(0), False),
        (Observation(NOW - timedelta(seconds=1), "AUTHORIZED"), False),
    ],
    ids=["authorized", "at_work", "an_earlier_attempt_was"],
)
def test_a_poll_that_found_the_attempt_done_ends_only_that_attempt(observation: Observation, is_over: bool) -> None:
    attempt = record_observations(a_session(Status.AUTHORIZING), (observation,)).attempt

    assert attempt and attempt.is_over is is_over


def test_a_timeline_beyond_its_cap_keeps_beginning_and_latest_entries() -> None:
    session = a_session(Status.AWAITING_CLICK)
    for minute in range(500):
        session = session.note(at=NOW + timedelta(minutes=minute), actor=Actor.USER, cause=f"click_{minute}")

    observations = tuple(at(60 * 500 + second) for second in range(40))
    recorded = record_observations(session, observations).note(
        at=NOW + timedelta(hours=9), actor=Actor.SERVICE, cause="attempt_gone"
    )

    causes = [entry.cause for entry in recorded.timeline]
    assert len(causes) == 400
    assert causes[:3] == ["session_opened", "click_0", "click_1"]
    assert causes[-42:] == ["click_499", *[PENDING] * 40, "attempt_gone"]


def test_a_poll_is_recorded_in_order_with_the_status_at_its_time() -> None:
    session = a_session(Status.AUTHORIZING)
    for second, status in ((1, Status.AUTHORIZING), (5, Status.AWAITING_USER), (9, Status.AUTHORIZING)):
        when = NOW + timedelta(seconds=second)
        session = session.move(status, at=when, actor=Actor.SERVICE, cause=f"after_{second}_s")

    recorded = record_observations(session, (at(3), at(7)))

    assert [(entry.cause, entry.status, entry.actor) for entry in recorded.timeline] == [
        ("session_opened", "STARTING", "caller"),
        ("after_1_s", "AUTHORIZING", "service"),
        (PENDING, "AUTHORIZING", "bank"),
        ("after_5_s", "AWAITING_USER", "service"),
        (PENDING, "AWAITING_USER", "bank"),
        ("after_9_s", "AUTHORIZING", "service"),
    ]


def test_recorded_polls_are_updated_and_not_recorded_twice() -> None:
    once = record_observations(a_session(Status.AUTHORIZING), (at(1), replace(at(2), polls=4)))

    again = record_observations(once, (at(1), replace(at(2), polls=6), at(8)))

    assert polls_of(again) == [(PENDING, 1), (PENDING, 6), (PENDING, 1)]
    assert record_observations(again, (at(1),)) is again


def test_a_poll_between_entries_of_skewed_clocks_loses_neither() -> None:
    session = a_session(Status.AUTHORIZING)
    for second, cause in ((3, "redirected"), (2, "webhook_received")):
        session = session.note(at=NOW + timedelta(seconds=second), actor=Actor.USER, cause=cause)

    recorded = record_observations(session, (at(2.5),))

    assert sorted(entry.cause for entry in recorded.timeline) == sorted(
        ["session_opened", "redirected", "webhook_received", PENDING]
    )


def test_a_poll_at_the_time_of_another_entry_does_not_replace_it() -> None:
    session = a_session(Status.AUTHORIZING)

    assert len(record_observations(session, (at(0),)).timeline) == len(session.timeline) + 1


OBSERVED = (Observation(NOW, PENDING, 3),)


@pytest.mark.parametrize("ask", Ask)
def test_asking_the_user_records_the_polls_before(world: World, ask: Ask) -> None:
    world.with_session(Status.AUTHORIZING, attempt=an_attempt(institution_id=14))

    world.service.build_connect_url.await_redirect(SESSION_ID, "token-1", ask, OBSERVED)

    assert polls_of(world.session) == [(PENDING, 3)]
    assert world.session.timeline[-1].polls == 0, "the question comes after"


def test_a_renewed_wait_records_the_poll_in_between(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    world.service.build_connect_url.await_redirect(SESSION_ID, "token-2", Ask.ANSWER, (Observation(NOW, ASKED, 2),))

    assert polls_of(world.session) == [(ASKED, 2)]


def test_waiting_for_a_click_records_how_the_attempt_ended(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    world.service.build_connect_url.await_click(SESSION_ID, "token-2", (Observation(NOW, GONE),))

    assert polls_of(world.session) == [(GONE, 1)]


def test_polls_before_an_early_end_of_a_wait_are_not_recorded_yet(world: World) -> None:
    world.with_session(Status.AWAITING_USER, has_pending_evidence=True)

    with pytest.raises(EvidencePending):
        world.service.build_connect_url.await_redirect(SESSION_ID, "token-2", Ask.ANSWER, OBSERVED)

    assert polls_of(world.session) == []


def test_a_new_attempt_records_the_end_of_the_last(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.flinks = FakeFlinks(read_authorize=a_reply(401, GONE), start_authorize=a_reply(202, request_id="r"))

    world.service.start_authorize(SESSION_ID, 2, 1, (Observation(NOW, "RETRY_LATER"),))

    assert polls_of(world.session) == [("RETRY_LATER", 1)]


@pytest.mark.parametrize(
    ("status", "fetches", "reply"),
    [(Status.AUTHORIZING, 0, "get_accounts_detail"), (Status.FETCHING, 1, "get_accounts_detail_async")],
)
def test_reading_the_accounts_records_the_polls_before(world: World, status: Status, fetches: int, reply: str) -> None:
    world.with_session(status, receipt=Receipt(fresh=False, last_refresh=NOW))
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), **{reply: a_data_reply()})

    world.service.fetch_accounts(SESSION_ID, fetches, OBSERVED)

    assert (polls_of(world.session), world.session.status) == ([(PENDING, 3)], Status.SUCCEEDED)


def test_an_ending_records_the_polls_before_once(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    ended = world.service.close_session(SESSION_ID, "DISABLED_LOGIN", (Observation(NOW, "DISABLED_LOGIN"),))
    again = world.service.close_session(SESSION_ID, "DISABLED_LOGIN", OBSERVED)

    assert polls_of(ended) == [("DISABLED_LOGIN", 1)]
    assert again == ended
