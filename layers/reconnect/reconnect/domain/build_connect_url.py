"""Let the workflow wait for the user: keep the task token, then expose where the user must go."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlencode

from reconnect.domain.announcing import announce
from reconnect.domain.changes import change
from reconnect.domain.errors import FlinksUnavailable, IllegalTransition
from reconnect.domain.ports import Clock, Events, Flinks, Sessions
from reconnect.domain.session import Actor, Ask, Attempt, Session, Status
from reconnect.domain.signing import RedirectState


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """Where Flinks Connect lives, and how it is told what to show [D MSR, WIDGET].

    The path of a preselected institution is the form seen in a client [T]; `demo` shows FlinksCapital
    and is needed on the toolbox instance.
    """

    base_url: str
    path: str
    demo: bool

    def url(self, session: Session, authorize_token: str, redirect_url: str) -> str:
        """The Connect URL for the session's attempt."""
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition("Connect needs an attempt")
        path, query = self.path, {"redirectUrl": redirect_url, "authorizeToken": authorize_token}
        if attempt.asked is Ask.ANSWER and attempt.request_id:
            query["requestId"] = attempt.request_id
        elif attempt.institution_id is not None:
            path = f"{path}Credential/{attempt.institution_id}"
        if session.language:
            query["language"] = session.language
        if self.demo:
            query["demo"] = "true"
        return f"{self.base_url}{path}?{urlencode(query, quote_via=quote)}"


class BuildConnectUrl:
    """The use case behind the workflow's AwaitRedirect and AwaitClick states."""

    def __init__(
        self,
        sessions: Sessions,
        flinks: Flinks,
        events: Events,
        clock: Clock,
        connect: ConnectPage,
        *,
        public_base_url: str,
        signing_key: Callable[[], bytes],
    ) -> None:
        self._sessions, self._flinks, self._events, self._clock = sessions, flinks, events, clock
        self._connect, self._public_base_url, self._signing_key = connect, public_base_url, signing_key

    def await_redirect(self, session_id: str, task_token: str, ask: Ask) -> None:
        """Wait under `task_token` until the user comes back from Connect.

        Called again for the same question (each backstop look ends a wait and begins the next) it only exchanges
        the token: the user's Connect page stays as it is, and nothing is announced twice.
        """
        session = self._sessions.get(session_id)
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to answer")
        if session.connect_url and attempt.asked is ask:
            change(self._sessions, session_id, lambda now: _rearm(now, task_token))
            return
        asked = replace(session, attempt=replace(attempt, asked=ask, asked_at=self._clock()))
        # One write holds both, so the URL is never shown without the token that its redirect will need.
        saved = self._sessions.save(
            asked.move(
                Status.AWAITING_USER,
                at=self._clock(),
                actor=Actor.BANK,
                cause="challenge_shown" if ask is Ask.ANSWER else "credentials_required",
                task_token=task_token,
                connect_url=self._connect_url(asked, asked.attempt),
            )
        )
        announce(self._events, "ReconnectRequired", saved)

    def await_click(self, session_id: str, task_token: str) -> None:
        """Wait under `task_token` until the user is ready for another attempt: the last one is gone."""
        before = self._sessions.get(session_id)
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
        if before.status is not Status.AWAITING_CLICK:
            announce(self._events, "ReconnectRequired", saved)

    def _connect_url(self, session: Session, attempt: Attempt | None) -> str:
        token, refusal = self._flinks.generate_authorize_token()
        if token is None or attempt is None:
            raise FlinksUnavailable(f"no authorize token for Connect (status {refusal.status})")
        state = RedirectState(session.session_id, attempt.number, _state_end(session))
        redirect_url = f"{self._public_base_url}/redirect/{state.sign(self._signing_key())}"
        return self._connect.url(session, token, redirect_url)


def _rearm(session: Session, task_token: str) -> Session:
    if session.status.is_terminal:
        raise IllegalTransition(f"{session.status} -> AWAITING_USER")
    return replace(session, task_token=task_token)


def _state_end(session: Session) -> datetime:
    """A redirect may come late; it is believed, as a hint, for as long as the session's link."""
    return session.link_expires_at
