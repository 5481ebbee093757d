"""Let the workflow wait for the user: store the task token, then expose the URL that the user must open."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconnect.model.causes import Cause
from reconnect.model.errors import EvidencePending, IllegalTransition, SessionEnded, WaitOvertaken
from reconnect.model.institution import Institution
from reconnect.model.observations import Observations, record_observations
from reconnect.model.session import Actor, Ask, Session, Status
from reconnect.ports import Clock, Sessions
from reconnect.usecases.connect_urls import ConnectUrls
from reconnect.usecases.session_updates import read_live, update_session
from reconnect.usecases.signed_urls import SignedUrls


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConnectUrl:
    """The use case behind the workflow's AwaitRedirect and AwaitClick states."""

    sessions: Sessions
    connect_urls: ConnectUrls
    clock: Clock
    urls: SignedUrls

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
