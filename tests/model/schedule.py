"""A schedule: everything that callers, users, banks, clocks and failures may do to the service, in any order.

Hypothesis generates a sequence of its rules, and shrinks it to the shortest one that breaks a promise.
"""

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconnect.model.session import Status
from tests.model.ledger import Plan
from tests.model.machine import Execution
from tests.model.promises import TALLY
from tests.model.scheduling import Invocation
from tests.model.truth import is_of
from tests.model.world import World

_LOGINS = ["aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"]
_SPELLED = [*_LOGINS, _LOGINS[0].upper()]
# One poll for each step of the workflow.
NO_WINDOWS = {"START_WINDOW_SECONDS": "0", "POLL_WINDOW_SECONDS": "0"}
_STEPS = ["start_authorize", "poll_authorize", "build_connect_url", "fetch_accounts", "close_session"]
_ENDPOINTS = [
    "open_session",
    "redirect_webhook",
    "connect_page",
    "flinks_webhook",
    "cancel_session",
    "erase_login",
    "sweep_sessions",
]
_FUNCTIONS = [*_STEPS, "await_click", "park", *_ENDPOINTS, "read_session", "deliver_events"]
# The error names of AWS for a function that did not run, whose answer was lost, or that died.
_REFUSED = ["Lambda.TooManyRequestsException", "Runtime.ImportModuleError", "Lambda.ServiceException"]
_LOST = [
    *("Lambda.SdkClientException", "Lambda.ServiceException", "Lambda.AWSLambdaException"),
    *("Lambda.ClientExecutionTimeoutException", "States.Timeout", "Lambda.Unknown"),
]
_DEATHS = [*_LOST, "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout", "StoreUnavailable"]
_CALLS = [
    *("flinks.generate_authorize_token", "flinks.start_authorize", "flinks.read_authorize", "flinks.cached_authorize"),
    *("flinks.get_accounts_summary", "flinks.get_accounts_detail", "flinks.get_accounts_detail_async"),
    *("workflow.start", "workflow.wake", "workflow.interrupt_wait", "workflow.state_of", "workflow.start_late_read"),
    *("events.publish", "sessions.save", "sessions.create", "sessions.join", "logins.save", "logins.get"),
    *("claims.claim", "claims.settle", "sessions.discard", "sessions.get", "sessions.due"),
    *("results.keep", "results.discard", "sessions.erase", "sessions.of_login", "logins.erase"),
]
_AT_START = [
    *("RETRY_LATER", "CONCURRENT_SESSION", "TOO_MANY_REQUESTS", "DISABLED_LOGIN", "INVALID_PASSWORD", "BRAND_NEW_CODE"),
]
_FOUND = [*_AT_START, "INVALID_SECURITY_RESPONSE", "SESSION_EXPIRED", "AGGREGATION_ERROR", "UNAUTHORIZED"]
_WAITS = [1, 3, 11, 46, 130, 481, 1000, 3600, 30 * 3600]
# How many seconds a start takes to be answered, and how many Flinks' clock is behind.
_SLOW = [5, 60, 200]
_BEHIND = [0, 0, 0, 45, 120, 600, -45, -120, -600]
# Before and after a link's end, in seconds.
_AROUND_THE_END = [-400, -60, -2, 2, 100, 1000, 3500]
_PAGE_EVENTS = [{"page": "opened"}, {"step": "REDIRECT"}, {"flinksCode": "UNAUTHORIZED"}, [], 7]
_STAGES = ["nothing", "nothing", "in flight", "asked", "asked", "gone", "lost", "link's end", "after it"]
# Seconds after an end: within and after the cooldown, and around the eight minutes of a fast and a slow start.
_AGAIN = [1, 62, 130, 300, 470, 482, 560, 690]
_WAYS_BACK = ["none", "redirect", "redirect", "page", "webhook"]
_ASKED = (Status.AWAITING_USER, Status.AWAITING_CLICK)

logins = st.sampled_from(_LOGINS)
plans = st.one_of(
    st.builds(Plan, st.sampled_from(["ok", "ask", "ask", *_FOUND]), works=st.sampled_from([0, 4, 70, 400, 900])),
    st.builds(Plan, st.sampled_from(["ok", "ask"]), fetches=st.sampled_from([1, 3, 60]), is_fresh=st.booleans()),
    st.builds(Plan, st.sampled_from(_AT_START), at_start=st.just(True)),
    st.builds(Plan, st.sampled_from(["ok", "ask", "ask"]), works=st.sampled_from([0, 4]), slow=st.sampled_from(_SLOW)),
)


class Schedule(RuleBasedStateMachine):
    """One world, and everything that callers, users, banks, clocks and failures may do to it."""

    @initialize(
        polls_renew=st.booleans(),
        windows=st.booleans(),
        behind=st.sampled_from(_BEHIND),
        first=st.lists(plans, max_size=2),
        default_plan=st.sampled_from([Plan("ask", 4), Plan("ask", 4), Plan("ok", 4)]),
        stage=st.sampled_from(_STAGES),
        presence=st.sampled_from([{}, {}, {"presence": "absent"}]),
    )
    def begin(
        self,
        polls_renew: bool,
        windows: bool,
        behind: int,
        first: list[Plan],
        default_plan: Plan,
        stage: str,
        presence: dict[str, str],
    ) -> None:
        TALLY["schedules"] += 1
        self.callers = 0
        # What every caller says of the user.
        self.presence = presence
        self.world = World(polls_renew=polls_renew, **({} if windows else NO_WINDOWS))
        self.world.bank.fall_behind(behind)
        self.world.bank.default_plan = default_plan
        self.leave = self.world.installed()
        self._reach(stage)
        self.world.bank.login(_LOGINS[0]).plans += first
        if stage == "nothing":
            self._open({"loginId": _LOGINS[0]}, None)

    def _reach(self, stage: str) -> None:
        """Start at an interesting stage: an open question, a dead one, or an end that left one open."""
        if stage == "nothing":
            return
        self.world.bank.login(_LOGINS[0]).plans.append(Plan("ask", 4, slow=200 if stage == "in flight" else 0))
        self._open({"loginId": _LOGINS[0], "linkLifetimeHours": 1}, None)
        self.world.pass_time(15)
        match stage:
            case "gone":
                self.world.pass_time(600)
            case "lost":
                self.world.faults.plan("flinks.cached_authorize", "before")
                # A parked session has none.
                for execution in self.world.machine.running[:1]:
                    execution.stop("ABORTED")
                self.world.settle()
            case "link's end" | "after it":
                self.world.pass_time(3540)
                self.world.endpoints.page(self._session(0) or "", "attempts")
                self.world.settle()
                self.world.pass_time(15 if stage == "link's end" else 260)

    def _open(self, body: dict[str, Any], key: str | None) -> None:
        self.world.endpoints.open({**body, **self.presence}, key)
        self.world.settle()

    # Callers

    @rule(login=st.sampled_from(_SPELLED), key=st.sampled_from([None, None, "k1", "k2"]), caller=st.integers(1, 3))
    def open(self, login: str, key: str | None, caller: int) -> None:
        body: dict[str, Any] = {"loginId": login, "correlationId": f"caller-{caller}"}
        if key:
            body = {"loginId": _LOGINS[0] if key == "k1" else _LOGINS[1], "linkLifetimeHours": 1}
        self._open(body, key)

    @rule(key=st.sampled_from(["k1", "k2"]), login=logins)
    def open_with_a_used_key(self, key: str, login: str) -> None:
        self._open({"loginId": login, "language": "fr"}, key)

    @rule(login=logins, hours=st.sampled_from([1, 200]))
    def open_for_long_or_short(self, login: str, hours: int) -> None:
        self._open({"loginId": login, "linkLifetimeHours": hours}, None)

    @rule(login=logins, number=st.integers(1, 2))
    def request_on_bus(self, login: str, number: int) -> None:
        self.world.endpoints.request_on_bus({"loginId": login, **self.presence}, f"{login[0]}{number}")
        self.world.settle()

    @rule(login=logins, number=st.integers(1, 2))
    def start_workflow(self, login: str, number: int) -> None:
        self.world.endpoints.start_workflow(f"theirs-{login[0]}{number}", {"loginId": login, **self.presence})
        self.world.settle()

    @precondition(lambda self: self.world.live())
    @rule(pick=st.integers(0, 9))
    def cancel(self, pick: int) -> None:
        if session_id := self._session(pick):
            self.world.endpoints.cancel(session_id)
            self.world.settle()

    @rule(login=logins, seconds=st.sampled_from(_AGAIN))
    def ask_again(self, login: str, seconds: int) -> None:
        self.world.pass_time(seconds)
        self._open({"loginId": login}, None)
        self.world.pass_time(5)

    @precondition(lambda self: self._starting())
    @rule(pick=st.integers(0, 3), how=st.sampled_from(["cancel", "erase", "stop"]), seconds=st.sampled_from(_AGAIN))
    def end_while_it_starts(self, pick: int, how: str, seconds: int) -> None:
        starting = self._starting()
        session_id = starting[pick % len(starting)].given["sessionId"]
        session = self.world.known(session_id)
        match how:
            case "cancel":
                self.world.endpoints.cancel(session_id)
            case "erase":
                self.world.endpoints.erase(session.login_id)
            case "stop":
                self.world.machine.executions[session.execution_name].stop("ABORTED")
        self.world.settle()
        self.world.pass_time(seconds)

    @rule(login=st.sampled_from(_SPELLED))
    def erase(self, login: str) -> None:
        self.world.endpoints.erase(login)
        self.world.settle()

    # Users

    @precondition(lambda self: self.world.checks.states)
    @rule(
        pick=st.integers(0, 9),
        nth=st.integers(1, 3),
        login=st.sampled_from(["own", "own", "none", "other"]),
        is_forged=st.sampled_from([False] * 4 + [True]),
    )
    def redirect(self, pick: int, nth: int, login: str, is_forged: bool) -> None:
        session_id = self._session(pick)
        states = self.world.checks.states.get(session_id or "", [])
        if session_id and states:
            session = self.world.known(session_id)
            login_id = {"own": session.login_id, "none": None, "other": _LOGINS[1].replace("b", "c")}[login]
            self.world.endpoints.redirect(states[-nth % len(states)] + "x" * is_forged, login_id)
            self.world.settle()

    @precondition(lambda self: self.world.bank.asks_anyone())
    @rule(login=logins, way=st.sampled_from(_WAYS_BACK), is_right=st.sampled_from([True, True, False]))
    def answer(self, login: str, way: str, is_right: bool) -> None:
        asking = self.world.bank.asking(login)
        session_id = asking.start.caller.session_id if asking else None
        if session_id and self.world.bank.answer(login, is_right=is_right):
            self._send_evidence(session_id, login, way)
            self.world.settle()

    @precondition(lambda self: self.world.bank.asks_anyone())
    @rule(way=st.sampled_from(_WAYS_BACK), seconds=st.sampled_from([0, 0, 2, 60]))
    def answer_what_is_asked(self, way: str, seconds: int) -> None:
        for login in _LOGINS:
            self.answer(login, "none" if seconds else way, is_right=True)
            if seconds:
                self.world.pass_time(seconds)
                self._send_evidence(next(iter(self._of_login(login)), ""), login, way)
                self.world.settle()

    @rule(login=logins, way=st.sampled_from(_WAYS_BACK), seconds=st.sampled_from([6, 20, 300]))
    def visit(self, login: str, way: str, seconds: int) -> None:
        """Open a session, answer the bank's question, and come back."""
        self._open({"loginId": login}, None)
        self.world.pass_time(seconds)
        self.answer(login, way, is_right=True)

    def _send_evidence(self, session_id: str, login: str, way: str) -> None:
        states = self.world.checks.states.get(session_id)
        if way == "redirect" and states:
            self.world.endpoints.redirect(states[-1], login)
        elif way == "page" and session_id in self.world.checks.links:
            self.world.endpoints.page(session_id, "events", {"step": "REDIRECT"})
        elif way == "webhook":
            self.world.endpoints.webhook(login)

    @precondition(lambda self: self.world.live(*_ASKED))
    @rule(login=logins)
    def sign_in(self, login: str) -> None:
        self.world.bank.sign_in(login)

    @precondition(lambda self: self.world.live(*_ASKED))
    @rule(pick=st.integers(0, 9))
    def click(self, pick: int) -> None:
        if session_id := self._session(pick):
            run = self.world.endpoints.page(session_id, "attempts")
            self.world.settle()
            if run.reply and json.loads(run.reply["body"]).get("connectUrl"):
                self.world.bank.load_connect(self.world.known(session_id).login_id)

    @precondition(lambda self: self.world.live(Status.AWAITING_CLICK))
    @rule(seconds=st.sampled_from(_WAITS[:5]))
    def click_the_live_one(self, seconds: int) -> None:
        (session, *_) = self.world.live(Status.AWAITING_CLICK)
        self.world.endpoints.page(session.session_id, "attempts")
        self.world.settle()
        self.world.pass_time(seconds)

    @precondition(lambda self: self.world.checks.last_written)
    @rule(pick=st.integers(0, 9), event=st.sampled_from(_PAGE_EVENTS))
    def page_event(self, pick: int, event: object) -> None:
        if session_id := self._session(pick):
            self.world.endpoints.page(session_id, "events", event)
            self.world.settle()

    @precondition(lambda self: self.world.checks.last_written)
    @rule(pick=st.integers(0, 9), requests=st.integers(1, 4))
    def leave_the_page_open(self, pick: int, requests: int) -> None:
        """It requests the status, which polls an open question."""
        for _ in range(requests):
            if session_id := self._session(pick):
                self.world.endpoints.page(session_id, "status")
                self.world.settle()
                self.world.pass_time(3)

    @precondition(lambda self: self._starting())
    @rule(login=logins, many=st.sampled_from([1, 5, 30]))
    def join_in_a_crowd(self, login: str, many: int) -> None:
        for _ in range(many):
            self.callers += 1
            self._open({"loginId": login, "correlationId": f"one-of-many-{self.callers}"}, None)

    # Flinks and the banks

    @rule(login=logins, plan=plans)
    def plan(self, login: str, plan: Plan) -> None:
        self.world.bank.login(login).plans.append(plan)

    @rule(login=logins)
    def busy_elsewhere(self, login: str) -> None:
        self.world.bank.hold_elsewhere(login)

    @precondition(lambda self: self.world.live())
    @rule(login=logins, way=st.sampled_from(_WAYS_BACK), seconds=st.sampled_from([0, 0, *_AGAIN]))
    def refresh_elsewhere(self, login: str, way: str, seconds: int) -> None:
        """Refresh through another party, with or without evidence, and perhaps open again soon."""
        self.world.bank.refresh_elsewhere(login)
        for session in self.world.live():
            if is_of(session, login):
                self._send_evidence(session.session_id, login, way)
        self.world.settle()
        if seconds:
            self.ask_again(login, seconds)

    @rule(login=logins, times=st.sampled_from([1, 2, 9]))
    def leave_login_out(self, login: str, times: int) -> None:
        self.world.bank.login(login).silent = times

    @rule(login=st.sampled_from([*_SPELLED, "unknown"]), is_forged=st.sampled_from([False, False, True]))
    def webhook(self, login: str, is_forged: bool) -> None:
        self.world.endpoints.webhook(login, is_forged=is_forged)
        self.world.settle()

    # Time

    @rule(seconds=st.sampled_from(_WAITS))
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self.world.live(Status.STARTING, Status.AUTHORIZING, Status.FETCHING))
    @rule(seconds=st.sampled_from(_WAITS[:4]))
    def pass_a_moment(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(sweeps=st.booleans(), reports=st.booleans())
    def sweeper(self, sweeps: bool, reports: bool) -> None:
        self.world.sweeper(sweeps=sweeps)
        self.world.reports_broken = reports

    @rule()
    def sweep_now(self) -> None:
        self.world.endpoints.sweep()
        self.world.settle()

    @precondition(lambda self: self.world.live())
    @rule(pick=st.integers(0, 9), seconds=st.sampled_from(_AROUND_THE_END))
    def pass_to_the_links_end(self, pick: int, seconds: int) -> None:
        live = self.world.live()
        ends_in = live[pick % len(live)].link_expires_at - self.world.clock.now
        self.world.pass_time(max(0, ends_in.total_seconds() + seconds))

    # Trouble

    @rule(when=st.sampled_from(["before", "after"]))
    def hold_next_start(self, when: str) -> None:
        self.world.stops["start_authorize"] = ("flinks.start_authorize", when)

    @rule(function=st.sampled_from(_FUNCTIONS), calls=st.integers(0, 9))
    def hold_next(self, function: str, calls: int) -> None:
        self.world.holds[function] = calls

    @precondition(lambda self: self.world.scheduler.held)
    @rule(pick=st.integers(0, 3), calls=st.integers(1, 6))
    def step_held(self, pick: int, calls: int) -> None:
        held = self.world.scheduler.held
        self.world.scheduler.step(held[pick % len(held)], calls)
        self.world.settle()

    @precondition(lambda self: self.world.scheduler.held)
    @rule(pick=st.integers(0, 3))
    def release_held(self, pick: int) -> None:
        held = self.world.scheduler.held
        self.world.scheduler.release(held[pick % len(held)])
        self.world.settle()

    @precondition(lambda self: self.world.scheduler.held)
    @rule(pick=st.integers(0, 3), name=st.sampled_from(_DEATHS))
    def kill_held(self, pick: int, name: str) -> None:
        held = self.world.scheduler.held
        self.world.scheduler.kill(held[pick % len(held)], name)
        self.world.settle()

    @rule(function=st.sampled_from(_FUNCTIONS), name=st.sampled_from(_REFUSED))
    def refuse_next(self, function: str, name: str) -> None:
        self.world.kills[function] = (0, name)

    @rule(function=st.sampled_from(_FUNCTIONS), calls=st.integers(0, 9), name=st.sampled_from(_DEATHS))
    def kill_next(self, function: str, calls: int, name: str) -> None:
        self.world.kills[function] = (calls, name)

    @rule(call=st.sampled_from(_CALLS), when=st.sampled_from(["before", "after"]))
    def lose_next(self, call: str, when: str) -> None:
        self.world.faults.plan(call, when)

    @precondition(lambda self: self.world.machine.running)
    @rule(pick=st.integers(0, 3))
    def abort(self, pick: int) -> None:
        running = self.world.machine.running
        running[pick % len(running)].stop("ABORTED")
        self.world.troubled_at = self.world.clock.now
        self.world.settle()

    @precondition(lambda self: self._waiting())
    @rule(pick=st.integers(0, 3), name=st.sampled_from(_LOST))
    def lose_connection(self, pick: int, name: str) -> None:
        waiting = self._waiting()
        waiting[pick % len(waiting)].lose_connection(name)
        self.world.troubled_at = self.world.clock.now
        self.world.settle()

    @precondition(lambda self: self.world.live(Status.AUTHORIZING, Status.AWAITING_USER))
    @rule(
        step=st.sampled_from(["await_click", "build_connect_url", "park"]),
        calls=st.integers(0, 3),
        name=st.sampled_from(_LOST),
    )
    def repeat_a_wait_and_let_the_older_try_be_last(self, step: str, calls: int, name: str) -> None:
        self.world.holds[step] = calls
        for _ in range(20):
            waiting = [each for each in self._waiting() if each.state.startswith(("Await", "Park"))]
            if waiting:
                break
            self.world.pass_time(30)
        self.world.holds.pop(step, None)
        for execution in waiting:
            older = execution.invocation
            execution.lose_connection(name)
            self.world.troubled_at = self.world.clock.now
            self.world.pass_time(3)
            if older in self.world.scheduler.held:
                self.world.scheduler.release(older)
            self.world.settle()

    # The stream

    @precondition(lambda self: self.world.sessions.published)
    @rule(size=st.integers(1, 10), again=st.booleans())
    def deliver(self, size: int, again: bool) -> None:
        if again:
            self.world.endpoints.redeliver()
        else:
            self.world.endpoints.deliver(size)
        self.world.settle()

    # What must be true

    @invariant()
    def promises_are_kept(self) -> None:
        TALLY["steps"] += 1
        self.world.checks.assert_kept()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if not self.world.checks.violations:
                self.world.run_out()
                self.world.checks.assert_kept()
        finally:
            self.world.scheduler.kill_all()
            self.leave()

    def _waiting(self) -> list[Execution]:
        """Return the executions that wait for a stopped run, which a retry may overtake."""
        stopped = [*self.world.scheduler.held, *self.world.scheduler.asleep]
        return [each for each in self.world.machine.running if each.invocation in stopped]

    def _starting(self) -> list[Invocation]:
        """Return the stopped runs of start_authorize."""
        stopped = [*self.world.scheduler.held, *self.world.scheduler.asleep]
        return [run for run in stopped if run.function == "start_authorize"]

    def _of_login(self, login: str) -> list[str]:
        """Return the sessions of a login, the latest first."""
        return [name for name, each in reversed(self.world.checks.last_written.items()) if is_of(each, login)]

    def _session(self, pick: int) -> str | None:
        """Return one of all sessions: live ones first, the latest before others."""
        live = [session.session_id for session in self.world.live()]
        names = [*(name for name in self.world.checks.last_written if name not in live), *live]
        return names[-1 - pick % len(names)] if names else None
