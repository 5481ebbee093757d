"""Whatever is opened, swept, clicked and chosen, and whoever crashes: one ask per person in any seven days."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconnect.model.attempt import Ask
from reconnect.model.contact_entries import Contact
from reconnect.model.presence import Presence
from reconnect.model.reasons import Reason
from reconnect.model.session import WAITING, Session, Status
from reconnect.model.signing import Link
from tests.fakes.builders import SIGNING_KEY, a_reply, a_session
from tests.fakes.contacts import FakeContacts
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit.world import World

DAYS = 7
PERSONS, LOGINS = ("anna", "ben"), 6
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "open", "sweep", "sweep", "click", "leave", "choose", "lead", "lead", "end", "crash"]),
        st.integers(0, LOGINS - 1),
        # Hours until the step.
        st.sampled_from([0, 0, 1, 5, 20, 24, 49, 100, 168, 200]),
    ),
    max_size=40,
)


class Killed(BaseException):
    """A function ends between two of its writes."""


class Crashing(FakeContacts):
    """Lets the function end right after a claim, once."""

    is_armed = False

    def claim(self, key: str, contact: Contact, now: datetime) -> Contact | None:
        found = super().claim(key, contact, now)
        if self.is_armed:
            self.is_armed = False
            raise Killed
        return found


class Night(World):
    """Logins of two persons; even ones belong to anna. Each is opened for an absent user."""

    def __init__(self, quiet_hours: str) -> None:
        super().__init__(flinks=FakeFlinks(cached_authorize=a_reply(401, "INVALID_LOGIN")), contacts=Crashing())
        self.set(quiet_hours=quiet_hours, contact_interval_days=DAYS, reminder_hours="24,72,200")
        self.opened = 0
        self.led: dict[str, list[datetime]] = defaultdict(list)

    def play(self, step: str, login: int, hours: int) -> None:
        """Do one step; the sweeper runs each hour until then, as far as something is due."""
        for _ in range(hours):
            self.clock.turn(hours=1)
            if self.sessions.due(self.clock()):
                self._survive(self.service.sweep_sessions)
        self._survive(lambda: getattr(self, f"_{step}")(f"login {login}", PERSONS[login % 2]))

    def _survive(self, act: Callable[[], object]) -> None:
        with suppress(Killed):
            act()

    def _open(self, login: str, person: str) -> None:
        if self._live(login) is not None:
            return
        self.opened += 1
        name, now = f"{self.opened:032x}", self.clock()
        given: dict[str, Any] = {"execution_name": name, "created_at": now, "users": frozenset({person})}
        ends = now.replace(microsecond=0) + timedelta(days=30)
        session = a_session(Status.AUTHORIZING, session_id=name, login_id=login, link_expires_at=ends, **given)
        session = replace(session, presence=Presence.ABSENT)
        self.sessions.with_session(session)
        self._park(name)

    def _park(self, name: str) -> None:
        # Step Functions repeats a step whose function died.
        for _ in range(2):
            with suppress(Killed):
                self.service.build_connect_url.park(name, self.sessions.get(name).execution_name, Ask.ANSWER)

    def _sweep(self, *_: str) -> None:
        self.service.sweep_sessions()

    def _click(self, login: str, _: str) -> None:
        if session := self._live(login):
            self.service.connect_page.begin(self._link(session))

    def _leave(self, login: str, _: str) -> None:
        session = self._live(login)
        if session and session.status is Status.AUTHORIZING:
            self._park(session.session_id)

    def _choose(self, login: str, _: str) -> None:
        if session := self._live(login):
            self.service.connect_page.take_evidence(self._link(session), {"page": "remind_later", "days": 1})

    def _lead(self, login: str, person: str) -> None:
        """The page of another of the person's banks led them to this login's session."""
        session = self._live(login)
        if session is None or session.status not in WAITING:
            return
        self.service.next_bank.lead(session)
        self.service.connect_page.take_evidence(self._link(session), {"page": "led"})
        if self.sessions.get(session.session_id) != session:
            self.led[person].append(self.clock())

    def _end(self, login: str, _: str) -> None:
        if session := self._live(login):
            self.service.stop_session(session.session_id, Reason.CANCELLED)

    def _crash(self, *_: str) -> None:
        self.contacts.is_armed = True  # type: ignore[attr-defined]

    def _live(self, login: str) -> Session | None:
        return next(
            (each for each in self.sessions.all if each.login_id == login and not each.status.is_terminal), None
        )

    def _link(self, session: Session) -> str:
        return Link(session.session_id, session.link_expires_at).sign(SIGNING_KEY)


def asks_of(sessions: FakeSessions) -> dict[str, list[datetime]]:
    """When each person was asked by an event that they had not chosen themselves."""
    asks: dict[str, list[datetime]] = defaultdict(list)
    for each in sessions.published:
        before = [entry for entry in each.timeline if entry.cause in {"snoozed", "reminded", "asked"}]
        is_chosen = len(before) > 1 and before[-2].cause == "snoozed"
        if each.event_type in {"ReconnectRequired", "ReconnectReminder"} and not is_chosen:
            (person,) = each.users
            asks[person].append(each.timeline[-1].at)
    return asks


@settings(max_examples=150, deadline=None)
@example([("open", 0, 0), ("open", 2, 1), ("lead", 2, 100), ("sweep", 0, 100)], "0-0")
@given(STEPS, st.sampled_from(["0-0", "21-8"]))
def test_nobody_is_asked_twice_in_seven_days_whatever_happens(steps: list[tuple[str, int, int]], quiet: str) -> None:
    night = Night(quiet)
    for step in steps:
        night.play(*step)

    for person, asks in asks_of(night.sessions).items():
        assert all(later - earlier >= timedelta(days=DAYS) for earlier, later in pairwise(asks))
        # To be led to a bank is to be asked.
        waits = [asked - led for asked in asks for led in night.led[person] if asked > led]
        assert all(wait >= timedelta(days=DAYS) for wait in waits)


def test_everybody_is_asked_in_the_end_and_none_more_than_once_a_week() -> None:
    night = Night("21-8")
    for login in range(LOGINS):
        night.play("open", login, 0)
    night.play("sweep", 0, 24 * 29)

    asks = asks_of(night.sessions)
    assert {person: len(times) for person, times in asks.items()} == {"anna": 5, "ben": 5}
