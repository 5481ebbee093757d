"""Let the workflow wait for the user: keep the task token, then expose where the user must go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from reconnect.domain.changes import change, read_live
from reconnect.domain.connect_urls import ConnectUrls
from reconnect.domain.errors import EvidencePending, IllegalTransition
from reconnect.domain.looks import Seen, write_down
from reconnect.domain.ports import Clock, Sessions
from reconnect.domain.session import Actor, Ask, Attempt, Session, Status
from reconnect.domain.signing import RedirectState

_REDIRECT_GRACE = timedelta(hours=1)


class BuildConnectUrl:
    """The use case behind the workflow's AwaitRedirect and AwaitClick states."""

    def __init__(
        self,
        sessions: Sessions,
        connect_urls: ConnectUrls,
        clock: Clock,
        *,
        public_base_url: str,
        signing_key: Callable[[], bytes],
    ) -> None:
        self._sessions, self._connect_urls, self._clock = sessions, connect_urls, clock
        self._public_base_url, self._signing_key = public_base_url, signing_key

    def await_redirect(self, session_id: str, task_token: str, ask: Ask, seen: tuple[Seen, ...] = ()) -> None:
        """Wait under `task_token` until the user comes back from Connect; write down what was `seen` so far.

        Called again for the same question (each backstop look ends a wait and begins the next) it only exchanges
        the token: the user's Connect page stays as it is, and nothing is announced twice. Raises EvidencePending if
        evidence came between the two: then there is nothing to wait for.
        """
        session = write_down(read_live(self._sessions, session_id), seen)
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to answer")
        self._hear(session)
        if session.connect_url and attempt.asked is ask:
            # Exactly as it was read: evidence that comes meanwhile must not be overlooked.
            self._sessions.save(replace(session, task_token=task_token))
            return
        institution_id = self._connect_urls.institution_id(session) if ask is Ask.SIGN_IN else None
        asking = replace(attempt, asked=ask, asked_at=self._clock(), institution_id=institution_id)
        url = self._connect_urls(replace(session, attempt=asking), ask, self._redirect_url(session, attempt))
        # One write holds all, so the URL is never shown without the token that its redirect will need.
        self._sessions.save(
            session.move(
                Status.AWAITING_USER,
                at=self._clock(),
                actor=Actor.BANK,
                cause="challenge_shown" if ask is Ask.ANSWER else "credentials_required",
                task_token=task_token,
                connect_url=url,
                attempt=asking,
                announcement=_first_call(session),
            )
        )

    def await_click(self, session_id: str, task_token: str, seen: tuple[Seen, ...] = ()) -> None:
        """Wait under `task_token` until the user is ready for another attempt: the last one is gone."""
        session = write_down(read_live(self._sessions, session_id), seen)
        self._hear(session)
        # Exactly as it was read: evidence that comes meanwhile must not be overlooked.
        self._sessions.save(
            session.move(
                Status.AWAITING_CLICK,
                at=self._clock(),
                actor=Actor.SERVICE,
                cause="attempt_gone",
                task_token=task_token,
                connect_url=None,
                announcement=_first_call(session),
            )
        )

    def _hear(self, session: Session) -> None:
        """Evidence that came between two waits must be looked into before another one begins."""
        if session.unheard:
            change(self._sessions, session.session_id, lambda now: replace(now, unheard=False))
            raise EvidencePending("evidence came between two waits")

    def _redirect_url(self, session: Session, attempt: Attempt) -> str:
        # A redirect may come late; it is believed, as a hint, for a little longer than the session's link.
        state = RedirectState(session.session_id, attempt.number, session.link_expires_at + _REDIRECT_GRACE)
        return f"{self._public_base_url}/redirect/{state.sign(self._signing_key())}"


def _first_call(session: Session) -> str | None:
    """The user is called once: the link stays the same, whatever they are asked behind it."""
    return "ReconnectRequired" if session.first_asked_at is None else None
