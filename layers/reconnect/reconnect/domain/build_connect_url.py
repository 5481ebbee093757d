"""Let the workflow wait for the user: keep the task token, then expose where the user must go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from reconnect.domain.announcing import announce
from reconnect.domain.changes import change
from reconnect.domain.connect_urls import ConnectUrls
from reconnect.domain.errors import AnnouncementFailed, EvidencePending, IllegalTransition
from reconnect.domain.ports import Clock, Events, Sessions
from reconnect.domain.session import Actor, Ask, Attempt, Session, Status
from reconnect.domain.signing import RedirectState

_REDIRECT_GRACE = timedelta(hours=1)


class BuildConnectUrl:
    """The use case behind the workflow's AwaitRedirect and AwaitClick states."""

    def __init__(
        self,
        sessions: Sessions,
        connect_urls: ConnectUrls,
        events: Events,
        clock: Clock,
        *,
        public_base_url: str,
        signing_key: Callable[[], bytes],
    ) -> None:
        self._sessions, self._connect_urls, self._events, self._clock = sessions, connect_urls, events, clock
        self._public_base_url, self._signing_key = public_base_url, signing_key

    def await_redirect(self, session_id: str, task_token: str, ask: Ask) -> None:
        """Wait under `task_token` until the user comes back from Connect.

        Called again for the same question (each backstop look ends a wait and begins the next) it only exchanges
        the token: the user's Connect page stays as it is, and nothing is announced twice. Raises EvidencePending if
        evidence came between the two: then there is nothing to wait for.
        """
        session = self._sessions.get(session_id)
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to answer")
        self._hear(session)
        if session.connect_url and attempt.asked is ask:
            # Exactly as it was read: evidence that comes meanwhile must not be overlooked.
            self._sessions.save(_rearm(session, task_token))
            return
        institution_id = self._connect_urls.institution_id(session) if ask is Ask.SIGN_IN else None
        asking = replace(attempt, asked=ask, asked_at=self._clock(), institution_id=institution_id)
        url = self._connect_urls(replace(session, attempt=asking), ask, self._redirect_url(session, attempt))
        # One write holds both, so the URL is never shown without the token that its redirect will need.
        saved = self._sessions.save(
            session.move(
                Status.AWAITING_USER,
                at=self._clock(),
                actor=Actor.BANK,
                cause="challenge_shown" if ask is Ask.ANSWER else "credentials_required",
                task_token=task_token,
                connect_url=url,
                attempt=asking,
            )
        )
        try:
            announce(self._events, "ReconnectRequired", saved)
        except AnnouncementFailed:
            # Without the URL this step, when it runs again, shows and announces the question anew.
            change(self._sessions, session_id, _take_url_back)
            raise

    def await_click(self, session_id: str, task_token: str) -> None:
        """Wait under `task_token` until the user is ready for another attempt: the last one is gone."""
        before = self._sessions.get(session_id)
        self._hear(before)
        saved = change(
            self._sessions,
            session_id,
            lambda now: now.move(
                Status.AWAITING_CLICK,
                at=self._clock(),
                actor=Actor.BANK,
                cause="attempt_gone",
                task_token=task_token,
                connect_url=None,
            ),
        )
        # A step that runs again says it again, perhaps because the bus refused; a wait that goes on after a redirect
        # in vain is no news.
        if before.status is Status.AWAITING_CLICK or not before.has_heard("attempt_gone"):
            announce(self._events, "ReconnectRequired", saved)

    def _hear(self, session: Session) -> None:
        """Evidence that came between two waits must be looked into before another one begins."""
        if session.unheard:
            change(self._sessions, session.session_id, lambda now: replace(now, unheard=False))
            raise EvidencePending("evidence came between two waits")

    def _redirect_url(self, session: Session, attempt: Attempt) -> str:
        # A redirect may come late; it is believed, as a hint, for a little longer than the session's link.
        state = RedirectState(session.session_id, attempt.number, session.link_expires_at + _REDIRECT_GRACE)
        return f"{self._public_base_url}/redirect/{state.sign(self._signing_key())}"


def _take_url_back(session: Session) -> Session:
    return session if session.status.is_terminal else replace(session, connect_url=None)


def _rearm(session: Session, task_token: str) -> Session:
    if session.status.is_terminal:
        raise IllegalTransition(f"{session.status} -> AWAITING_USER")
    return replace(session, task_token=task_token)
