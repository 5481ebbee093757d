"""Several banks of one person are one link, and one page that goes through them."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.model.asking import contact_keys
from reconnect.model.attempt import Ask
from reconnect.model.contact_entries import Hold, HoldReason
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.institution import Institution
from reconnect.model.languages import ENGLISH, Languages
from reconnect.model.presence import Presence
from reconnect.model.session import Actor, Session, Status
from reconnect.model.waits import WaitReason
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.fakes.references import FakeReferences
from tests.fakes.sessions import FakeSessions
from tests.unit import world as unit

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
ANNA, BEN = "seal-of-anna", "seal-of-ben"


@dataclass
class World(unit.World):
    """Sessions that are found by their userRefs; `reads` counts the requests for other sessions than the page's."""

    reads: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, status: Status = Status.AWAITING_CLICK, *, after: int = 0, **changes: Any) -> Session:
        """Add Anna's session, whose user was needed so many minutes after now."""
        given: dict[str, Any] = {
            "session_id": name,
            "login_id": f"login of {name}",
            "users": frozenset({ANNA}),
            "known_institution": Institution(None, f"Bank {name}"),
            "link_expires_at": NOW + 30 * timedelta(days=1),
        }
        session = a_session(status, **{**given, **changes})
        asked = session.note(at=NOW + timedelta(minutes=after), actor=Actor.SERVICE, cause="parked")
        self.sessions.with_session(asked)
        self.references.add(asked, session.users | {"seal-of-a-purpose"})
        return self.sessions.get(name)

    def park(self, name: str) -> Session:
        """Add Anna's session and run its step Park, in which an absent user is asked, or is not."""
        session = self.add(name, Status.AUTHORIZING, presence=Presence.ABSENT, execution_name=name)
        self.sessions.with_session(replace(session, timeline=session.timeline[:1]))
        self.service.build_connect_url.park(name, name, Ask.ANSWER)
        return self.sessions.get(name)

    def next_of(self, name: str, languages: Languages = ENGLISH) -> str | None:
        """The session to which a session's page leads."""
        found = self.service.next_bank(self.sessions.get(name), languages)["nextBank"]
        return self.service.signed_urls.read_link(token_in(found["link"])).session_id if found else None

    def lead(self, name: str) -> None:
        """The user follows a page's link to this session, whose page reports that."""
        session = self.sessions.get(name)
        self.service.next_bank.lead(session)
        link = token_in(self.service.signed_urls.link(session) or "")
        self.service.connect_page.take_evidence(link, {"page": "led"})

    def asked(self) -> list[str]:
        """The sessions whose events were published, in order."""
        return [each.session_id for each in self.sessions.published]

    def sweep_at(self, passed: timedelta) -> None:
        """Run the sweeper so long after now."""
        self.clock.now = NOW + passed
        self.service.sweep_sessions()


def token_in(link: str) -> str:
    return link.partition("/connect/")[2].partition("?")[0]


@pytest.fixture
def world() -> World:
    made = World()
    made.set(reminder_hours="")
    return made


WAITING = [Status.AWAITING_USER, Status.AWAITING_CLICK]
# Why a session is not waiting for Anna; None: it is.
REASONS: dict[str | None, dict[str, Any]] = {
    None: {},
    "another's": {"users": frozenset({BEN})},
    "nobody's": {"users": frozenset()},
    "another login came back": {"quarantined": True},
    "its link is over": {"link_expires_at": NOW},
    "a click must wait": {
        "status": Status.AWAITING_CLICK,
        "next_allowed_at": NOW + HOUR,
        "wait_reason": WaitReason.LOCKOUT_GUARD,
    },
    **{status.value: {"status": status} for status in Status if status not in WAITING},
}
HARMLESS = st.sampled_from(
    [
        {},
        {"users": frozenset({ANNA, BEN})},
        {"status": Status.AWAITING_USER, "next_allowed_at": NOW + HOUR},
        {"next_allowed_at": NOW, "wait_reason": WaitReason.LOCKOUT_GUARD},
        {"task_token": None, "presence": Presence.ABSENT},
    ]
)
REASON = st.none() | st.sampled_from(list(REASONS))


@example([(reason, {}, 0) for reason in REASONS])
@given(st.lists(st.tuples(REASON, HARMLESS, st.integers(0, 500)), max_size=6))
def test_the_page_goes_through_all_banks_that_wait_the_longest_waiting_first(
    given: list[tuple[str | None, dict[str, Any], int]],
) -> None:
    world, expected = World(), []
    for number, (reason, harmless, after) in enumerate(given):
        session = world.add(str(number), after=after, **{**harmless, **REASONS[reason]})
        # A name is written before the session that may never take it.
        world.references.add(session, {ANNA})
        if reason is None:
            expected.append((after, session.session_id))
    here = world.add("here", Status.SUCCEEDED)

    walked: list[str] = []
    while (following := world.next_of(here.session_id)) and len(walked) < 10:
        walked.append(following)
        world.sessions.with_session(replace(world.sessions.get(following), status=Status.SUCCEEDED))

    assert walked == [name for _, name in sorted(expected)]


def test_the_next_bank_is_named_with_a_link_of_its_own(world: World) -> None:
    here, other = world.add("here", Status.SUCCEEDED), world.add("other")
    other = replace(other, known_institution=Institution(None, "Desjardins"))
    world.sessions.with_session(other)

    shown = world.service.next_bank(here, Languages("en", "fr"))["nextBank"]

    assert shown == {"institution": "Desjardins", "link": f"{world.service.signed_urls.link(other)}?led=true&lang=fr"}


def test_a_bank_that_is_not_known_yet_has_no_name(world: World) -> None:
    here, _ = world.add("here", Status.SUCCEEDED), world.add("other", known_institution=None)

    assert world.service.next_bank(here, ENGLISH)["nextBank"]["institution"] is None


@pytest.mark.parametrize("changes", [{"quarantined": True}, {"link_expires_at": NOW}], ids=["other login", "link over"])
def test_a_link_that_may_be_anothers_or_is_over_leads_nowhere(world: World, changes: dict[str, Any]) -> None:
    world.add("here", Status.SUCCEEDED, **changes)
    world.add("other")

    assert world.next_of("here") is None


def test_only_after_a_page_led_the_user_the_last_one_says_that_it_was(world: World) -> None:
    world.add("here", Status.SUCCEEDED)
    world.add("other")
    world.lead("other")
    world.sessions.with_session(replace(world.sessions.get("other"), status=Status.SUCCEEDED))

    lasts = {name: world.service.next_bank(world.sessions.get(name), ENGLISH)["wasLast"] for name in ("here", "other")}

    assert lasts == {"here": False, "other": True}


def test_the_next_bank_costs_three_reads_at_most() -> None:
    world = Counted()
    here = world.add("here", Status.SUCCEEDED, users=frozenset("abc"))
    for name in "pqr":
        world.add(name, users=frozenset("abc"))
    world.reads.clear()

    world.service.next_bank(here, ENGLISH)

    assert world.reads == {"find": 2, "get_all": 1}


@pytest.mark.parametrize("problem", [RecordUnreadable("one"), StoreUnavailable("Query")])
def test_records_that_cannot_be_read_do_not_break_the_page(world: World, problem: Exception) -> None:
    class Failing(FakeReferences):
        def find(self, _: str) -> list[str]:
            raise problem

    here = world.add("here", Status.SUCCEEDED)
    world.references = Failing()

    assert world.service.next_bank(here, ENGLISH) == {"nextBank": None, "wasLast": False}


def test_whom_the_page_led_to_a_session_is_not_asked_about_it_within_the_interval(world: World) -> None:
    for name in ("one", "two"):
        world.park(name)
    assert world.asked() == ["one"]
    world.clock.turn(days=6)
    world.lead("two")

    world.sweep_at(13 * timedelta(days=1) - timedelta(seconds=1))
    assert world.asked() == ["one"]
    assert world.sessions.get("two").asking.hold == Hold(NOW + timedelta(days=13), HoldReason.ASKED_RECENTLY)

    world.sweep_at(timedelta(days=13))
    assert "two" in world.asked()


def test_nor_is_the_person_asked_about_a_third_bank(world: World) -> None:
    for name in ("one", "two", "three"):
        world.park(name)
    world.clock.turn(days=6)
    world.lead("two")

    world.sweep_at(WEEK + HOUR)

    assert world.asked() == ["one"]


def test_no_reminder_follows_right_after_the_page_led_to_a_session(world: World) -> None:
    world.set(reminder_hours="24,72,200")
    world.park("one")
    world.clock.turn(days=6)
    world.lead("one")

    world.sweep_at(WEEK + HOUR)

    assert world.asked() == ["one"]


def test_a_repeated_report_puts_off_nothing_further_within_a_day(world: World) -> None:
    session = world.park("one")
    world.clock.turn(hours=1)
    world.lead("one")
    first = world.contacts.get(contact_keys(session))
    world.clock.turn(hours=1)
    world.lead("one")

    assert world.contacts.get(contact_keys(session)) == first
    assert [entry.cause for entry in world.sessions.get("one").timeline].count("led_here") == 1


def test_a_user_who_may_be_there_is_led_and_not_recorded(world: World) -> None:
    session = world.add("one")
    world.lead("one")

    assert world.contacts.get(contact_keys(session)) == []


def test_a_visit_that_a_page_led_to_is_no_answer(world: World) -> None:
    checking = world.with_session(Status.AUTHORIZING).note(at=NOW, actor=Actor.USER, cause="page_redirected")
    led = checking.note(at=NOW, actor=Actor.USER, cause="led_here")

    assert world.service.connect_page.view(led)["stage"] == "checking"


class Counted(World):
    """Counts the requests for references and sessions."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sessions, self.references = CountedSessions(self.reads), CountedReferences(self.reads)


class CountedSessions(FakeSessions):
    def __init__(self, reads: Counter[str]) -> None:
        super().__init__()
        self.reads = reads

    def get(self, session_id: str) -> Session:
        self.reads["get"] += 1
        return super().get(session_id)

    def get_all(self, session_ids: Any) -> list[Session]:
        self.reads["get_all"] += 1
        return super().get_all(session_ids)


class CountedReferences(FakeReferences):
    def __init__(self, reads: Counter[str]) -> None:
        super().__init__()
        self.reads = reads

    def find(self, seal: str) -> list[str]:
        self.reads["find"] += 1
        return super().find(seal)
