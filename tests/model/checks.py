"""What must be true at every moment, and at the end of a schedule."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from reconnect.model.errors import IllegalTransition, ReconnectError
from reconnect.model.session import TRANSITIONS, Session, Status, TimelineEntry
from reconnect.model.signing import Link
from reconnect.rules.endings import EVENT_TYPES
from reconnect.views.event_detail import detail
from tests.fakes.builders import SIGNING_KEY
from tests.fakes.sessions import FakeSessions
from tests.model.promises import TALLY, Promise
from tests.model.scheduling import Invocation

if TYPE_CHECKING:
    from tests.model.world import World

_ENDINGS = frozenset(EVENT_TYPES.values())
_WAITING = {Status.AWAITING_USER, Status.AWAITING_CLICK}
# Not LoginChanged: a later return with the session's own login lifts the quarantine, and another login sets it again.
_ONCE = {"ReconnectRequired", "SessionCorrected"}
# A step whose reply was lost is repeated, although the next execution may run already.
_HANDING_OVER = {"Park", "ContinueAsNew"}
# A longer timeline keeps its beginning and its latest entries.
_TIMELINE_CAP, _BEGINNING = 400, 40
_GRACE = timedelta(minutes=5)
_KEY_LIFETIME = timedelta(hours=24)


class Checks:
    """Checks every write, start and reply; `assert_kept` raises if a promise was broken."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.violations: list[str] = []
        self.last_written: dict[str, Session] = {}
        self.ended_at: dict[str, datetime] = {}
        self.erased: set[str] = set()
        # The states in the redirect URLs that Connect got, by session.
        self.states: dict[str, list[str]] = {}
        # The links that users got, by session; a user keeps the link after the end.
        self.links: dict[str, str] = {}
        # Sessions that expired although the user had answered: a late read must correct them.
        self._expired_answered: set[str] = set()
        self._published: Counter[tuple[str, str]] = Counter()
        self._served: dict[str, tuple[str, str, datetime]] = {}

    def violated(self, sentence: str) -> None:
        """Record a violation."""
        if sentence not in self.violations:
            self.violations.append(sentence)

    def expect(self, promise: Promise, kept: bool, sentence: str) -> None:
        """Check a promise once, and count it if it was kept."""
        TALLY[f"kept: {promise}"] += kept
        if not kept:
            self.violated(f"{promise}: {sentence}")

    def assert_kept(self) -> None:
        """Raise AssertionError if any promise was broken so far."""
        self._tokens()
        self._holders()
        self._executions()
        self._world.owed.check_clicks()
        assert not self.violations, "\n".join(self.violations)

    def starts(self, login_id: str, running: int) -> None:
        """Check a start that reaches the bank while `running` other attempts may be live on this login."""
        self.expect(Promise.ONE_ATTEMPT, running == 0, f"a second one was started on {login_id}")

    # Every write

    def watching(self, sessions: FakeSessions) -> "Watched":
        """Wrap the store so that each write is checked."""
        return Watched(sessions, self)

    def written(self, before: Session | None, after: Session, event_type: str | None) -> None:
        """Check a write."""
        name = after.session_id
        self.expect(Promise.ERASED, name not in self.erased, f"{name} was written again")
        self.last_written[name] = after
        self._world.owed.check_clicks()
        if not after.status.is_terminal:
            self.links[name] = Link(name, after.link_expires_at).sign(SIGNING_KEY)
        if after.connect_url:
            state = parse_qs(urlsplit(after.connect_url).query)["redirectUrl"][0].rpartition("/")[2]
            if state not in self.states.setdefault(name, []):
                self.states[name].append(state)
        if before is not None:
            self.expect(Promise.LEGAL, _is_legal(before.status, after.status), f"{before.status} -> {after.status}")
            self.expect(Promise.TIMELINE, _keeps_timeline(before, after), f"the timeline of {name} lost an entry")
        if after.attempt and (before is None or after.attempt != before.attempt) and not after.attempt.request_id:
            self._world.truth.begun.append((after, self._world.clock.now))
        if after.status.is_terminal and (before is None or before.status is not after.status):
            if before is not None and before.attempt and not self._world.truth.is_start_answered(before):
                self._world.truth.ended_unanswered.add((name, before.attempt.number))
            if before is not None and before.status is Status.AWAITING_CLICK:
                self._world.truth.ended_at_rest.add(name)
            self._ended(after)
        if after.receipt and after.receipt.fresh:
            result = after.receipt.result
            is_kept = result is not None and (name, result.result_id) in self._world.results.documents
            self.expect(Promise.DATA, is_kept, f"the data of {name} is not stored")
        if event_type:
            self._publishes(after, event_type)

    def _ended(self, session: Session) -> None:
        self.ended_at[session.session_id] = self._world.clock.now
        TALLY[f"ended: {session.status} {session.failure.code if session.failure else ''}".strip()] += 1
        left = (session.task_token, session.connect_url, session.due_at, session.data_request_id)
        self.expect(Promise.LEGAL, not any(left), "an ended session keeps fields that only a live one needs")
        if session.status.is_success:
            self._is_proved(session)
        long_ago = self._world.clock.now - timedelta(minutes=2)
        if session.status is Status.EXPIRED and session.attempt is not None:
            refreshed = [each.at for each in self._world.truth.refreshed(session)]
            if any(session.attempt.started_at <= at <= long_ago for at in refreshed):
                self._expired_answered.add(session.session_id)

    def _is_proved(self, session: Session) -> None:
        message = (
            f"{session.session_id} is {session.status} with data of {session.receipt and session.receipt.last_refresh}"
        )
        self.expect(Promise.PROVED, self._world.truth.is_fresh(session), message)

    def _publishes(self, session: Session, event_type: str) -> None:
        kind = "ending" if event_type in _ENDINGS else event_type
        self._published[session.session_id, kind] += 1
        TALLY[f"published: {event_type}"] += 1
        if kind == "ending" or kind in _ONCE:
            times = self._published[session.session_id, kind]
            self.expect(Promise.ONE_ENDING, times == 1, f"{event_type} of {session.session_id} is number {times}")
        if kind == "ending":
            fits = EVENT_TYPES[session.status] == event_type
            self.expect(Promise.ONE_ENDING, fits, f"{event_type} of a session in {session.status}")
        if event_type == "SessionCorrected":
            self._is_proved(session)
        assert session.login_id not in str(detail(session))

    def settled(self, session_ids: list[str]) -> list[str]:
        """Return those that were opened more than a second ago."""
        now = self._world.clock.now
        return [each for each in session_ids if self.last_written[each].created_at < now - timedelta(seconds=1)]

    # Every reply

    def ended(self, run: Invocation) -> None:
        """Check how a run ended."""
        TALLY["runs"] += 1
        TALLY["points"] += len(run.points)
        if run.was_held or run.has_lost or (run.error is not None and run.raised is None):
            self._world.troubled_at = self._world.clock.now
        if run.raised is not None:
            is_bug = not isinstance(run.raised, ReconnectError) or isinstance(run.raised, IllegalTransition)
            self.expect(Promise.NAMED, not is_bug, f"{run.function}: {run.error}: {run.raised}")

    def opened(self, body: dict[str, Any], key: str | None) -> Callable[[Invocation], None]:
        """Register a request that is sent now; the returned function checks the reply."""
        over, since = set(self.ended_at), self._world.clock.now

        def replied(run: Invocation) -> None:
            status = run.reply["statusCode"] if run.reply else 500
            if status in {200, 202}:
                session_id = str(_body(run)["sessionId"])
                self._served_as(key, json.dumps(body), session_id, over)
            if status == 202:
                blockers = self._world.truth.blockers(self.last_written[str(_body(run)["sessionId"])])
                self.expect(Promise.ONE_ATTEMPT, not blockers, "a session was opened while an attempt was running")
            if status == 429:
                code = _body(run).get("code")
                is_true = self._world.truth.is_reason(code, body["loginId"], since)
                self.expect(Promise.REASONS, is_true, f"429 with {code}, which is not true")

        return replied

    def _served_as(self, key: str | None, body: str, session_id: str, over: set[str]) -> None:
        now = self._world.clock.now
        if key is None:
            self.expect(Promise.FREE, session_id not in over, f"a caller got {session_id}, which had ended")
            return
        if session_id in self.erased:
            # The session was erased while the reply was on its way.
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

    def _executions(self) -> None:
        """Count those that work on a session, not those that follow it, read it late or are about to hand it over."""
        working: Counter[str] = Counter()
        for execution in self._world.machine.running:
            is_working = execution.variables.get("joined") is not True and "-late" not in execution.name
            if is_working and execution.state not in _HANDING_OVER:
                working[execution.variables.get("sessionId", "")] += 1
        for session_id, number in working.items():
            self.expect(Promise.ONE_EXECUTION, number == 1 or not session_id, f"{number} run {session_id}")

    def after_a_while(self) -> None:
        """Check, once trouble has ended and the sweeper has run, that live sessions run or wait as recorded."""
        for session in self._world.sessions.all:
            if session.status.is_terminal:
                continue
            execution = self._world.machine.executions.get(session.execution_name)
            runs = execution is not None and execution.status == "RUNNING"
            message = f"{session.session_id} in {session.status}, execution in {execution.state if execution else None}"
            # While a session waits for its user, its execution is not checked; that happens when the user comes.
            self.expect(Promise.WAITED, runs or session.status in _WAITING, message)
            if session.is_parked:
                self.expect(Promise.PARKED, not runs, message)
            if execution is not None and execution.state == "AwaitClick" and runs:
                is_delivered = session.task_token is not None and session.task_token == execution.waits_under
                self.expect(Promise.WAITED, is_delivered, message)

    # The end

    def at_the_end(self) -> None:
        """Check a world that has run without trouble past the last link's end."""
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
        self._answered()
        world.owed.at_the_end()
        self._delivered()

    def _answered(self) -> None:
        for session in self._world.sessions.all:
            is_delivered = session.session_id not in self._expired_answered or self._world.owed.is_corrected(session)
            # The late read asked for the data as often as it may, and Flinks did not return it.
            is_delivered = is_delivered or self._world.truth.is_withheld(session)
            if session.status is Status.EXPIRED and self._world.truth.can_prove(session):
                self.expect(Promise.ANSWERED, is_delivered, f"{session.session_id} expired despite an answer")

    def _delivered(self) -> None:
        by_id: dict[str, set[str]] = {}
        for event in self._world.events.published:
            by_id.setdefault(event.event_id, set()).add(event.detail_type)
        for written in self._world.sessions.published:
            event_id = f"{written.session_id}.{written.version}"
            as_one = by_id.get(event_id) == {written.event_type}
            self.expect(Promise.DELIVERED, as_one, f"{written.event_type} as {event_id}: {by_id.get(event_id)}")
        self.expect(Promise.DELIVERED, len(by_id) == len(self._world.sessions.published), "events without a write")


class Watched:
    """The session store; each write is passed to the checks."""

    def __init__(self, sessions: FakeSessions, checks: Checks) -> None:
        self._sessions, self._checks = sessions, checks

    def __getattr__(self, call: str) -> Any:
        return getattr(self._sessions, call)

    def create(self, session: Session) -> Session:
        return self._watch(self._sessions.create, session.session_id, session)

    def save(self, session: Session) -> Session:
        return self._watch(self._sessions.save, session.session_id, session)

    def join(self, session_id: str, *joined: Any) -> Session:
        return self._watch(self._sessions.join, session_id, session_id, *joined)

    def due(self, now: datetime) -> list[str]:
        """Answer like an index that lags: it still lists sessions that just ended or are gone."""
        return [*self._sessions.due(now), *list(self._checks.ended_at)[-1:], "gone"]

    def of_login(self, login_id: str) -> list[str]:
        """Answer like an index that lags: it lacks sessions opened in this second and still lists one that is gone."""
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


def _keeps_timeline(before: Session, after: Session) -> bool:
    """Whether no entry was lost; beyond its cap a timeline may lose entries from the middle."""
    old, new = _events_of(before), _events_of(after)
    if new[: len(old)] == old and _polls_in(after) >= _polls_in(before):
        return True
    if len(after.timeline) < _TIMELINE_CAP:
        return False
    beginning = sum(not entry.polls for entry in after.timeline[:_BEGINNING])
    lost = range(len(old) - beginning + 1)
    kept = ([*old[:beginning], *old[beginning + many :]] for many in lost)
    return any(new[: len(each)] == each for each in kept)


def _events_of(session: Session) -> list[TimelineEntry]:
    """Return the entries without the polls, which are recorded late."""
    return [entry for entry in session.timeline if not entry.polls]


def _polls_in(session: Session) -> int:
    return sum(entry.polls for entry in session.timeline)
