"""Evidence counts whenever it comes: after an end without data each piece is followed by a read of the data."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.session import Actor, Session, Status
from reconnect.model.signing import Link, RedirectState
from tests.fakes.builders import (
    LOGIN_ID,
    SESSION_ID,
    SIGNING_KEY,
    WEBHOOK_SECRET,
    a_refreshed_reply,
    a_session,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeLogins
from tests.fakes.workflow import FakeWorkflow
from tests.unit.world import World

LINK_END = (NOW + timedelta(days=7)).replace(microsecond=0)
LINK = Link(SESSION_ID, LINK_END).sign(SIGNING_KEY)
OTHER_LOGIN = "0" * 8 + LOGIN_ID[8:]
AT_ONCE = timedelta()
WITHOUT_DATA = [Status.STALE, Status.EXPIRED, Status.FAILED]


def come_back(world: World) -> None:
    world.service.redirect_webhook(
        RedirectState(SESSION_ID, 1, LINK_END + timedelta(hours=1)).sign(SIGNING_KEY), LOGIN_ID
    )


def finish_on_our_page(world: World) -> None:
    world.service.connect_page.take_evidence(LINK, {"step": "REDIRECT"})


def post(world: World, login_id: str = LOGIN_ID, **fields: Any) -> None:
    """A webhook of Flinks' about this login."""
    raw = json.dumps({"Login": {"Id": login_id}, **fields}).encode()
    signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), raw, hashlib.sha256).digest()).decode()
    world.service.flinks_webhook(raw, {"flinks-authenticity-key": signature})


EVIDENCE = [(come_back, "redirected"), (finish_on_our_page, "page_redirected"), (post, "webhook_received")]
evidence = pytest.mark.parametrize(("hand_in", "cause"), EVIDENCE, ids=[cause for _, cause in EVIDENCE])


def ended(world: World, status: Status = Status.EXPIRED, **changes: Any) -> Session:
    """A session that has ended, and had its login last."""
    world.with_session(Status.AUTHORIZING)
    world.service.close_session(SESSION_ID, "USER_ABSENT")
    session = world.with_session(status, **changes)
    world.sessions.published.clear()
    return session


@evidence
@pytest.mark.parametrize("status", WITHOUT_DATA)
def test_evidence_after_an_end_without_data_makes_us_read_the_data_at_once(
    world: World, status: Status, hand_in: Callable[[World], None], cause: str
) -> None:
    before = ended(world, status)

    hand_in(world)

    session = world.session
    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]
    assert causes(session)[len(before.timeline) :] == [f"{cause}_after_end"]
    assert (session.status, session.failure, world.sessions.published) == (status, before.failure, [])


@evidence
def test_evidence_counts_also_after_the_sweepers_own_late_read(
    world: World, hand_in: Callable[[World], None], cause: str
) -> None:
    session = ended(world)
    world.workflow.start_late_read(session)

    hand_in(world)

    assert world.workflow.late_reads == [(SESSION_ID, 0, AT_ONCE), (SESSION_ID, 1, AT_ONCE)]
    assert world.session.has_cause(f"{cause}_after_end")


def test_evidence_that_found_nothing_may_be_followed_by_some_that_does(world: World) -> None:
    ended(world)
    come_back(world)
    assert world.service.fetch_accounts(SESSION_ID, 0).outcome == "NOT_FRESH"
    world.clock.turn(minutes=1)
    post(world)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + timedelta(seconds=50)))

    world.service.fetch_accounts(SESSION_ID, 0)

    assert [number for _, number, _ in world.workflow.late_reads] == [1, 2]
    assert world.sessions.event_types == ["SessionCorrected"]
    world.clock.turn(hours=1)
    post(world)
    assert len(world.workflow.late_reads) == 2, "a session that was corrected has its data"


class TimedWorkflow(FakeWorkflow):
    """Knows when each late read begins."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self.begins = clock, list[datetime]()

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = AT_ONCE) -> bool:
        is_started = super().start_late_read(session, number, wait)
        self.begins += [self._clock() + wait] if is_started else []
        return is_started


@given(gaps=st.lists(st.integers(0, 3_600) | st.integers(0, 15), max_size=60))
def test_all_evidence_is_followed_by_a_bounded_number_of_reads(gaps: list[int]) -> None:
    clock, logins = Clock(), FakeLogins()
    world = World(clock=clock, logins=logins)
    world.workflow = workflow = TimedWorkflow(clock)
    world.with_session(Status.EXPIRED)

    for gap in gaps:
        clock.turn(seconds=gap)
        come_back(world)
        is_followed = any(begins >= clock() for begins in workflow.begins)
        assert is_followed or len(workflow.begins) == 20

    assert len(workflow.begins) <= 20
    waits = [wait for _, _, wait in workflow.late_reads]
    assert waits == sorted(waits), "the more of it comes, the longer a read waits for what else may come"
    assert all(wait <= timedelta(minutes=10) for wait in waits)


def test_a_burst_of_evidence_costs_two_reads_and_blocks_no_later_one(world: World) -> None:
    ended(world)

    for _ in range(50):
        come_back(world)

    assert [number for _, number, _ in world.workflow.late_reads] == [1, 2], "the second begins after all of it"
    world.clock.turn(minutes=1)
    post(world)
    assert world.workflow.late_reads[-1][1] == 3


def test_a_late_read_that_did_not_start_is_not_noted_and_can_be_repeated(world: World) -> None:
    before = ended(world)
    world.workflow.is_down = True
    with pytest.raises(WorkflowUnavailable):
        come_back(world)
    assert world.session == before
    world.workflow.is_down = False

    come_back(world)

    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]
    assert world.session.has_cause("redirected_after_end")


def test_a_read_whose_name_is_taken_takes_the_next_number(world: World) -> None:
    """A read that was started and not noted: its caller crashed in between, or is about to note it."""
    session = ended(world)
    world.workflow.start_late_read(session, 1)

    come_back(world)

    assert world.workflow.late_reads[-1] == (SESSION_ID, 2, AT_ONCE)
    assert causes(world.session)[-1] == "redirected_after_end"


def test_when_every_name_is_taken_nothing_is_read_and_no_error_is_raised(world: World) -> None:
    session = ended(world)
    for number in range(1, 21):
        world.workflow.start_late_read(session, number)

    come_back(world)

    assert world.session == session
    assert len(world.workflow.late_reads) == 20


def never_begun(world: World) -> None:
    ended(world, Status.FAILED, attempt=None)


def corrected(world: World) -> None:
    session = ended(world, Status.EXPIRED).note(at=NOW, actor=Actor.SERVICE, cause="corrected")
    world.sessions.save(session)


def succeeded(world: World) -> None:
    ended(world, Status.SUCCEEDED)


def repaired(world: World) -> None:
    ended(world, Status.REPAIRED)


def cancelled(world: World) -> None:
    ended(world, Status.CANCELLED)


@evidence
@pytest.mark.parametrize("settled", [succeeded, repaired, cancelled, corrected, never_begun])
def test_where_no_answer_could_make_the_end_truer_evidence_changes_nothing(
    world: World, settled: Callable[[World], None], hand_in: Callable[[World], None], cause: str
) -> None:
    settled(world)
    before = world.session

    hand_in(world)

    assert (world.session, world.workflow.late_reads) == (before, []), cause


# A webhook names a login, and by its Tag the session for which Connect was opened.


def test_a_webhook_speaks_also_of_the_session_that_its_tag_names(world: World) -> None:
    ended(world)
    world.with_session(Status.AUTHORIZING, session_id="the-next")

    post(world, Tag=SESSION_ID)

    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]
    assert world.sessions.get("the-next").has_cause("webhook_received")


def test_a_webhook_tagged_with_the_logins_session_is_one_evidence(world: World) -> None:
    ended(world)

    post(world, Tag=SESSION_ID)

    assert causes(world.session).count("webhook_received_after_end") == 1
    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AUTHORIZING, *WITHOUT_DATA])
def test_a_tag_of_another_logins_session_does_nothing_there(world: World, status: Status) -> None:
    before = world.with_session(status)

    post(world, OTHER_LOGIN, Tag=SESSION_ID)

    assert world.session == before
    assert (world.workflow.woken, world.workflow.late_reads) == ([], [])
    assert world.counted == ["WebhookReceived", "WebhookOfNobody"]


@pytest.mark.parametrize("tag", [None, 7, "", "nobody", ["x"], {"a": 1}])
def test_a_tag_of_any_shape_does_not_hide_the_login(world: World, tag: Any) -> None:
    ended(world)

    post(world, Tag=tag)

    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]


# Our page, after the link's end.


def test_an_answer_within_an_hour_of_the_links_end_corrects_the_ending(world: World) -> None:
    asked_late = an_attempt(started_at=LINK_END - timedelta(minutes=1), refreshed_before=NOW)
    world.sessions.with_session(replace(a_session(Status.AUTHORIZING), attempt=asked_late))
    world.clock.now = LINK_END + timedelta(minutes=3)
    world.service.close_session(SESSION_ID, "USER_ABSENT")
    world.clock.turn(minutes=1)

    finish_on_our_page(world)

    assert world.workflow.late_reads == [(SESSION_ID, 1, AT_ONCE)]
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(world.clock()))
    world.service.fetch_accounts(SESSION_ID, 0)
    assert world.sessions.event_types[-1] == "SessionCorrected"
    assert world.service.connect_page.view(world.service.connect_page.follow(LINK))["stage"] == "ended"


def test_a_click_after_the_end_starts_nothing(world: World) -> None:
    before = ended(world)

    assert world.service.connect_page.begin(LINK) == (before, None)
    assert (world.session, world.workflow.late_reads, world.workflow.woken) == (before, [], [])
