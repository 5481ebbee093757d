"""Let the workflow wait for the user: store the task token, then expose the URL that the user must open."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from reconnect.model.asking import is_held
from reconnect.model.attempt import Ask
from reconnect.model.causes import Cause
from reconnect.model.errors import EvidencePending, IllegalTransition, SessionEnded, WaitOvertaken
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.observations import Observations, record_observations
from reconnect.model.presence import Presence
from reconnect.model.session import Actor, Session, Status
from reconnect.ports import Clock, Sessions
from reconnect.rules.contact import is_first
from reconnect.usecases.ask_users import AskUsers
from reconnect.usecases.connect_urls import ConnectUrls
from reconnect.usecases.session_updates import read_live, update_session
from reconnect.usecases.signed_urls import SignedUrls


@frozen(kw_only=True)
class BuildConnectUrl:
    """The use case behind the workflow's AwaitRedirect, AwaitClick and Park states."""

    sessions: Sessions
    connect_urls: ConnectUrls
    clock: Clock
    urls: SignedUrls
    ask: AskUsers

    def await_redirect(
        self,
        session_id: str,
        task_token: str,
        ask: Ask,
        observations: Observations = (),
        wait_try: str | None = None,
    ) -> None:
        """Wait under `task_token` until the user comes back from Connect, and record `observations`.

        Each backstop poll ends a wait and begins the next. For the same question the next wait only replaces the
        token: the user's Connect page stays as it is, and nothing is published twice. Raises EvidencePending if
        evidence came between the two waits, and WaitOvertaken as `_wait` says.
        """
        session = read_live(self.sessions, session_id)
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to answer")
        self._yield_to_evidence(session)
        if session.connect_url and attempt.asked is ask:
            self._wait(session, task_token, wait_try, lambda now: record_observations(now, observations))
            return
        bank = self.connect_urls.known_bank(session) if ask is Ask.SIGN_IN else Institution()
        name = attempt.institution or bank.name
        asking = replace(attempt, asked=ask, asked_at=self.clock(), institution_id=bank.id, institution=name)
        url = self.connect_urls(replace(session, attempt=asking), ask, self.urls.redirect(session, attempt.number))

        def show(now: Session) -> Session:
            # One write holds both, so the URL is never shown without the token that its redirect needs.
            moved = record_observations(now, observations).move(
                Status.AWAITING_USER,
                at=self.clock(),
                actor=Actor.BANK,
                cause=Cause.CHALLENGE_SHOWN if ask is Ask.ANSWER else Cause.CREDENTIALS_REQUIRED,
            )
            return replace(moved, connect_url=url, attempt=asking, event_type=_first_event(now))

        self._wait(session, task_token, wait_try, show)

    def await_click(
        self, session_id: str, task_token: str, observations: Observations = (), wait_try: str | None = None
    ) -> None:
        """Wait under `task_token` until the user is ready for another attempt, because the last one is gone."""
        session = read_live(self.sessions, session_id)
        self._yield_to_evidence(session)

        def wait(now: Session) -> Session:
            recorded = record_observations(now, observations)
            moved = recorded.move(Status.AWAITING_CLICK, at=self.clock(), actor=Actor.SERVICE, cause=Cause.ATTEMPT_GONE)
            return replace(moved, connect_url=None, event_type=_first_event(now))

        self._wait(session, task_token, wait_try, wait)

    def park(
        self,
        session_id: str,
        execution_name: str,
        ask: Ask | None,
        observations: Observations = (),
        wait_try: str | None = None,
    ) -> None:
        """Wait for a click without an execution, because nobody is there; `ask`: what for, None if the attempt is gone.

        `execution_name`: the execution that asks. If a click has handed the session to another one by now, because an
        earlier try of this step was done and its answer was lost, nothing changes. Raises EvidencePending if evidence
        came before.
        """
        read = read_live(self.sessions, session_id)
        has_yielded = False

        def decide(now: Session) -> Session:
            nonlocal has_yielded
            has_yielded = False
            if now.status.is_terminal:
                raise SessionEnded(now.status)
            if now.execution_name != execution_name or now.is_parked or _is_overtaken(now, read, wait_try):
                return now
            # From here on, older tries of this step are overtaken.
            if now.has_pending_evidence:
                has_yielded = True
                return replace(now, has_pending_evidence=False, wait_try=wait_try)
            return replace(self._parked(record_observations(now, observations), ask), wait_try=wait_try)

        update_session(self.sessions, session_id, decide)
        if has_yielded:
            raise EvidencePending("evidence came before the session was parked")

    def _parked(self, session: Session, ask: Ask | None) -> Session:
        at, attempt = self.clock(), session.attempt
        cause = Cause.ATTEMPT_GONE if ask is None else Cause.PARKED
        moved = session.move(Status.AWAITING_CLICK, at=at, actor=Actor.SERVICE, cause=cause)
        if attempt is not None and ask is Ask.SIGN_IN:
            attempt = replace(attempt, asked=ask, asked_at=None)
        parked = replace(
            moved,
            # A function of an earlier release, which does not know it, may have dropped it.
            presence=Presence.ABSENT,
            attempt=attempt,
            connect_url=None,
            task_token=None,
        )
        if is_first(session):
            parked = self._call(parked, replace(session, presence=Presence.ABSENT), at)
        # What the sweeper would find out otherwise, at the cost of another write.
        return replace(parked, due_at=min(filter(None, (self.ask.policy.next_at(parked, at), parked.link_expires_at))))

    def _call(self, parked: Session, before: Session, at: datetime) -> Session:
        """Publish the event that calls the user of a session that was `before`, or hold it back until it is allowed."""
        hold = self.ask(before, at)
        called = replace(parked, asking=replace(parked.asking, hold=hold))
        if hold is not None:
            return called
        if is_held(before):
            called = called.note(at=at, actor=Actor.SERVICE, cause=Cause.ASKED)
        return replace(called, event_type="ReconnectRequired")

    def _wait(self, read: Session, task_token: str, wait_try: str | None, begin: Callable[[Session], Session]) -> None:
        """Begin to wait, unless evidence came since the session was `read`. A caller who joins meanwhile does no harm.

        Step Functions gives each try of a state a new token. An older try may still run when a newer one has begun to
        wait, or when the workflow has gone on. Its token is dead and must not replace a live one: it raises
        WaitOvertaken, and Step Functions ignores what an older try returns.
        """

        def decide(now: Session) -> Session:
            if now.status.is_terminal:
                raise SessionEnded(now.status)
            if _is_overtaken(now, read, wait_try):
                raise WaitOvertaken(f"{read.session_id} has gone on")
            if now.has_pending_evidence:
                return now
            return replace(begin(now), task_token=task_token, wait_try=wait_try or now.wait_try)

        self._yield_to_evidence(update_session(self.sessions, read.session_id, decide))

    def _yield_to_evidence(self, session: Session) -> None:
        """Raise EvidencePending if evidence came between two waits: it must be checked before another wait begins."""
        if session.has_pending_evidence:
            update_session(self.sessions, session.session_id, lambda now: replace(now, has_pending_evidence=False))
            raise EvidencePending("evidence came between two waits")


def _is_overtaken(now: Session, read: Session, wait_try: str | None) -> bool:
    """Whether a later try has begun to wait, or the workflow now reads the data or runs another attempt."""
    is_older = bool(wait_try and now.wait_try and wait_try < now.wait_try)
    is_other = now.attempt is not None and read.attempt is not None and now.attempt.number != read.attempt.number
    return is_older or is_other or now.status is Status.FETCHING


def _first_event(session: Session) -> str | None:
    """The event that calls the user, the first time only: the link stays the same for every later question."""
    return "ReconnectRequired" if session.first_asked_at is None else None
