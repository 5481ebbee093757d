"""What must be true at every moment, and at the end of all days."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from reconnect.model.errors import IllegalTransition, ReconnectError
from reconnect.model.session import TRANSITIONS, Session, Status, TimelineEntry
from reconnect.rules.endings import EVENT_TYPES
from reconnect.views.event_detail import detail
from tests.fakes.sessions import FakeSessions
from tests.model.promises import TALLY, Promise
from tests.model.scheduling import Invocation

if TYPE_CHECKING:
    from tests.model.world import World

_ENDINGS = frozenset(EVENT_TYPES.values())
_WAITING = {Status.AWAITING_USER, Status.AWAITING_CLICK}
_ONCE = {"ReconnectRequired", "LoginChanged", "SessionCorrected"}
# Of a story longer than this, its beginning and what happened last are kept.
_LONGEST_STORY, _BEGINNING = 400, 40
_GRACE = timedelta(minutes=5)
_KEY_LIFETIME = timedelta(hours=24)


class Checks:
    """Looks at every write, start, answer and reply; `hold` raises what was violated."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.violations: list[str] = []
        self.seen: dict[str, Session] = {}
        self.ended_at: dict[str, datetime] = {}
        self.erased: set[str] = set()
        # The states that Connect was given to come back with, by session.
        self.states: dict[str, list[str]] = {}
        # The links that users were given; they keep them after the end.
        self.links: dict[str, str] = {}
        # Sessions that expired although the bank had been answered: a late read must tell so.
        self._unheard: set[str] = set()
        self._announced: Counter[tuple[str, str]] = Counter()
        self._served: dict[str, tuple[str, str, datetime]] = {}

    def violated(self, sentence: str) -> None:
        """Something that must not be was seen."""
        if sentence not in self.violations:
            self.violations.append(sentence)

    def expect(self, promise: Promise, kept: bool, sentence: str) -> None:
        """Put a promise to the test."""
        TALLY[f"kept: {promise}"] += kept
        if not kept:
            self.violated(f"{promise}: {sentence}")

    def hold(self) -> None:
        """At this moment, and at all before it, every promise was kept."""
        self._tokens()
        self._holders()
        self._world.owed.look_at_clicks()
        assert not self.violations, "\n".join(self.violations)

    def starts(self, login_id: str, running: int) -> None:
        """A live attempt is begun at the bank, where `running` others may be under way on this login."""
        self.expect(Promise.ONE_ATTEMPT, running == 0, f"a second one was begun on {login_id}")

    # Every write

    def watching(self, sessions: FakeSessions) -> "Watched":
        """The store, with our eyes on each write."""
        return Watched(sessions, self)

    def written(self, before: Session | None, after: Session, event_type: str | None) -> None:
        """A session was written."""
        name = after.session_id
        self.expect(Promise.ERASED, name not in self.erased, f"{name} was written again")
        self.seen[name] = after
        self._world.owed.look_at_clicks()
        if after.link:
            self.links[name] = after.link
        if after.connect_url:
            state = parse_qs(urlsplit(after.connect_url).query)["redirectUrl"][0].rpartition("/")[2]
            if state not in self.states.setdefault(name, []):
                self.states[name].append(state)
        if before is not None:
            self.expect(Promise.LEGAL, _is_legal(before.status, after.status), f"{before.status} -> {after.status}")
            self.expect(Promise.TIMELINE, _tells_on(before, after), f"the timeline of {name} lost an entry")
        if after.attempt and (before is None or after.attempt != before.attempt) and not after.attempt.request_id:
            self._world.truth.begun.append((after, self._world.clock.now))
        if after.status.is_terminal and (before is None or before.status is not after.status):
            if before is not None and before.attempt and not self._world.truth.has_heard_of_start(before):
                self._world.truth.ended_unanswered.add((name, before.attempt.number))
            if before is not None and before.status is Status.AWAITING_CLICK:
                self._world.truth.ended_at_rest.add(name)
            self._ended(after)
        if after.receipt and after.receipt.fresh:
            result = after.receipt.result
            is_kept = result is not None and (name, result.result_id) in self._world.results.documents
            self.expect(Promise.DATA, is_kept, f"{name} says that it has data")
        if event_type:
            self._announces(after, event_type)

    def _ended(self, session: Session) -> None:
        self.ended_at[session.session_id] = self._world.clock.now
        TALLY[f"ended: {session.status} {session.failure.code if session.failure else ''}".strip()] += 1
        left = (session.task_token, session.connect_url, session.due_at, session.data_request_id)
        self.expect(Promise.LEGAL, not any(left), "an ended session keeps what only a live one needs")
        if session.status.is_success:
            self._is_proved(session)
        long_ago = self._world.clock.now - timedelta(minutes=2)
        if session.status is Status.EXPIRED and session.attempt is not None:
            refreshed = [each.at for each in self._world.truth.refreshed(session)]
            if any(session.attempt.started_at <= at <= long_ago for at in refreshed):
                self._unheard.add(session.session_id)

    def _is_proved(self, session: Session) -> None:
        told = (
            f"{session.session_id} is {session.status} over data of {session.receipt and session.receipt.last_refresh}"
        )
        self.expect(Promise.PROVED, self._world.truth.is_fresh(session), told)

    def _announces(self, session: Session, event_type: str) -> None:
        kind = "ending" if event_type in _ENDINGS else event_type
        self._announced[session.session_id, kind] += 1
        TALLY[f"published: {event_type}"] += 1
        if kind == "ending" or kind in _ONCE:
            times = self._announced[session.session_id, kind]
            self.expect(Promise.ONE_ENDING, times == 1, f"{event_type} of {session.session_id} is number {times}")
        if kind == "ending":
            fits = EVENT_TYPES[session.status] == event_type
            self.expect(Promise.ONE_ENDING, fits, f"{event_type} of a session in {session.status}")
        if event_type == "SessionCorrected":
            self._is_proved(session)
        assert session.login_id not in str(detail(session))

    def settled(self, session_ids: list[str]) -> list[str]:
        """Those that were opened more than a second ago."""
        now = self._world.clock.now
        return [each for each in session_ids if self.seen[each].created_at < now - timedelta(seconds=1)]

    # Every reply

    def ended(self, run: Invocation) -> None:
        """A function came to its end."""
        TALLY["runs"] += 1
        TALLY["points"] += len(run.points)
        if run.was_held or run.has_lost or (run.error is not None and run.raised is None):
            self._world.troubled_at = self._world.clock.now
        if run.raised is not None:
            is_bug = not isinstance(run.raised, ReconnectError) or isinstance(run.raised, IllegalTransition)
            self.expect(Promise.NAMED, not is_bug, f"{run.function}: {run.error}: {run.raised}")

    def opened(self, body: dict[str, Any], key: str | None) -> Callable[[Invocation], None]:
        """What to expect of the reply to this request, which is made now."""
        over, since = set(self.ended_at), self._world.clock.now

        def replied(run: Invocation) -> None:
            status = run.reply["statusCode"] if run.reply else 500
            if status in {200, 202}:
                session_id = str(_body(run)["sessionId"])
                self._served_as(key, json.dumps(body), session_id, over)
            if status == 202:
                blockers = self._world.truth.blockers(self.seen[str(_body(run)["sessionId"])])
                self.expect(Promise.ONE_ATTEMPT, not blockers, "a session was opened while an attempt was running")
            if status == 429:
                code = _body(run).get("code")
                is_true = self._world.truth.is_reason(code, body["loginId"], since)
                self.expect(Promise.REASONS, is_true, f"429 with {code}, and there is no such reason")

        return replied

    def _served_as(self, key: str | None, body: str, session_id: str, over: set[str]) -> None:
        now = self._world.clock.now
        if key is None:
            self.expect(Promise.FREE, session_id not in over, f"an opener was given {session_id}, which had ended")
            return
        if session_id in self.erased:
            # It was erased while the reply was on its way.
            return
        if key in self._served and self._served[key][0] in self.erased:
            del self._served[key]
        first, asked, at = self._served.setdefault(key, (session_id, body, now))
        if now - at < _KEY_LIFETIME:
            kept = (first, asked) == (session_id, body)
            self.expect(Promise.KEYS, kept, f"{key}: {first} for {asked}, then {session_id} for {body}")
        else:
            self._served[key] = (session_id, body, now)

    # Every moment

    def _tokens(self) -> None:
        for token, times in self._world.machine.answered.items():
            self.expect(Promise.TOKENS, times <= 1, f"{token} was answered {times} times")

    def _holders(self) -> None:
        for session in self._world.sessions.all:
            if not session.status.is_terminal and session.status is not Status.STARTING:
                holder = self._world.logins.get(session.login_id).session_id
                is_held = holder == session.session_id
                self.expect(Promise.HELD, is_held, f"{session.session_id} in {session.status}, held by {holder}")

    def after_a_while(self) -> None:
        """Trouble ended, and the sweeper had time to look: what lives is under way, or waits for what it asks for."""
        for session in self._world.sessions.all:
            if session.status.is_terminal:
                continue
            execution = self._world.machine.executions.get(session.execution_name)
            runs = execution is not None and execution.status == "RUNNING"
            told = f"{session.session_id} in {session.status}, execution in {execution.state if execution else None}"
            # While a user is only waited for, nobody looks whether the execution is broken; once they come, we do.
            self.expect(Promise.WAITED, runs or session.status in _WAITING, told)
            if execution is not None and execution.state == "AwaitClick" and runs:
                is_delivered = session.task_token is not None and session.task_token == execution.waits_under
                self.expect(Promise.WAITED, is_delivered, told)

    # The end of all days

    def at_the_end(self) -> None:
        """The world has run on, without trouble, past the last link's end."""
        world = self._world
        for session in world.sessions.all:
            ended_at = self.ended_at.get(session.session_id)
            deadline = max(session.link_expires_at, world.sweeps_since) + _GRACE
            in_time = ended_at is not None and ended_at <= deadline
            self.expect(Promise.ENDS, in_time, f"{session.session_id} in {session.status}, ended at {ended_at}")
            holder = world.logins.get(session.login_id).session_id
            live = {each.session_id for each in world.sessions.all if not each.status.is_terminal}
            self.expect(Promise.QUIET, holder not in live, f"{session.login_id} is held by {holder}")
        for execution in world.machine.executions.values():
            self.expect(Promise.QUIET, execution.status != "RUNNING", f"{execution.name} runs in {execution.state}")
        self._heard()
        world.owed.at_the_end()
        self._delivered()

    def _heard(self) -> None:
        for session in self._world.sessions.all:
            is_delivered = session.session_id not in self._unheard or self._world.owed.is_corrected(session)
            if session.status is Status.EXPIRED and self._world.truth.can_prove(session):
                self.expect(Promise.HEARD, is_delivered, f"{session.session_id} expired, and the bank was answered")

    def _delivered(self) -> None:
        by_id: dict[str, set[str]] = {}
        for event in self._world.events.published:
            by_id.setdefault(event.event_id, set()).add(event.detail_type)
        for written in self._world.sessions.published:
            event_id = f"{written.session_id}.{written.version}"
            as_one = by_id.get(event_id) == {written.event_type}
            self.expect(Promise.DELIVERED, as_one, f"{written.event_type} as {event_id}: {by_id.get(event_id)}")
        self.expect(Promise.DELIVERED, len(by_id) == len(self._world.sessions.published), "events of no write")


class Watched:
    """The sessions, each write of which is looked at."""

    def __init__(self, sessions: FakeSessions, checks: Checks) -> None:
        self._sessions, self._checks = sessions, checks

    def __getattr__(self, call: str) -> Any:
        return getattr(self._sessions, call)

    def create(self, session: Session) -> Session:
        return self._watch(self._sessions.create, session.session_id, session)

    def save(self, session: Session) -> Session:
        return self._watch(self._sessions.save, session.session_id, session)

    def join(self, session_id: str, correlation_ids: frozenset[str]) -> Session:
        return self._watch(self._sessions.join, session_id, session_id, correlation_ids)

    def due(self, now: datetime) -> list[str]:
        """As of an index that lags: sessions that just ended, or are gone, may still stand in it."""
        return [*self._sessions.due(now), *list(self._checks.ended_at)[-1:], "gone"]

    def of_login(self, login_id: str) -> list[str]:
        """As of an index that lags: what was opened in this second is missing, and what is gone may stand in it."""
        return [*self._checks.settled(self._sessions.of_login(login_id)), "gone"]

    def erase(self, session_id: str) -> bool:
        is_erased = self._sessions.erase(session_id)
        if is_erased:
            self._checks.erased.add(session_id)
        return is_erased

    def _watch(self, write: Callable[..., Session], session_id: str, *arguments: Any) -> Session:
        before = next((each for each in self._sessions.all if each.session_id == session_id), None)
        published = len(self._sessions.published)
        after = write(*arguments)
        if before is None or after.version != before.version:
            new = self._sessions.published[published:]
            self._checks.written(before, after, new[0].event_type if new else None)
        return after


def _is_legal(before: Status, after: Status) -> bool:
    return before is after or (not before.is_terminal and (after.is_terminal or after in TRANSITIONS[before]))


def _body(run: Invocation) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(run.reply["body"])
    return body


def _tells_on(before: Session, after: Session) -> bool:
    """Whether nothing of what was told is missing; beyond its cap a timeline may lose what lies in the middle."""
    told, tells = _story(before), _story(after)
    if tells[: len(told)] == told and _looks(after) >= _looks(before):
        return True
    if len(after.timeline) < _LONGEST_STORY:
        return False
    beginning = sum(not entry.polls for entry in after.timeline[:_BEGINNING])
    lost = range(len(told) - beginning + 1)
    kept = ([*told[:beginning], *told[beginning + many :]] for many in lost)
    return any(tells[: len(each)] == each for each in kept)


def _story(session: Session) -> list[TimelineEntry]:
    """What happened, without the looks, which are told late."""
    return [entry for entry in session.timeline if not entry.polls]


def _looks(session: Session) -> int:
    return sum(entry.polls for entry in session.timeline)
