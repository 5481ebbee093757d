"""Let the workflow wait for the user: keep the task token, then expose where the user must go."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from reconnect.domain.announcing import announce
from reconnect.domain.changes import change
from reconnect.domain.errors import AnnouncementFailed, FlinksError, FlinksUnavailable, IllegalTransition
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

    def answering(self, request_id: str, **query: str | None) -> str:
        """Where a live attempt is answered."""
        return self._url(self.path, requestId=request_id, **query)

    def signing_in(self, institution_id: int | None, **query: str | None) -> str:
        """Where the user signs in anew; without a known institution they choose it there."""
        path = self.path if institution_id is None else f"{self.path}Credential/{institution_id}"
        return self._url(path, **query)

    def _url(self, path: str, **query: str | None) -> str:
        known = {name: value for name, value in query.items() if value is not None}
        if self.demo:
            known["demo"] = "true"
        return f"{self.base_url}{path}?{urlencode(known, quote_via=quote)}"


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
        # One write holds both, so the URL is never shown without the token that its redirect will need.
        saved = self._sessions.save(
            session.move(
                Status.AWAITING_USER,
                at=self._clock(),
                actor=Actor.BANK,
                cause="challenge_shown" if ask is Ask.ANSWER else "credentials_required",
                task_token=task_token,
                connect_url=self._connect_url(session, attempt, ask),
                attempt=replace(attempt, asked=ask, asked_at=self._clock()),
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
        # A token that nobody used means that this step runs again, perhaps because the bus refused; a token that a
        # late redirect used, in vain, means that the wait goes on, which is no news.
        if before.status is not Status.AWAITING_CLICK or before.task_token is not None:
            announce(self._events, "ReconnectRequired", saved)

    def _connect_url(self, session: Session, attempt: Attempt, ask: Ask) -> str:
        # Known before the token is made, which lives for minutes only.
        institution_id = self._institution_id(session) if ask is Ask.SIGN_IN else None
        token, refusal = self._flinks.generate_authorize_token()
        if token is None:
            raise FlinksUnavailable(f"no authorize token for Connect (status {refusal.status})")
        # A redirect may come late; it is believed, as a hint, for as long as the session's link.
        state = RedirectState(session.session_id, attempt.number, session.link_expires_at)
        redirect_url = f"{self._public_base_url}/redirect/{state.sign(self._signing_key())}"
        query = {"redirectUrl": redirect_url, "authorizeToken": token, "language": session.language}
        if ask is Ask.ANSWER and attempt.request_id is not None:
            return self._connect.answering(attempt.request_id, **query)
        return self._connect.signing_in(institution_id, **query)

    def _institution_id(self, session: Session) -> int | None:
        """Which bank to preselect, as the stored data tells; it is a convenience, so trouble is no reason to fail."""
        try:
            cached = self._flinks.cached_authorize(session.login_id)
            if cached.institution_id is not None or cached.request_id is None:
                return cached.institution_id
            return self._flinks.get_accounts_summary(cached.request_id).institution_id
        except FlinksError:
            return None


def _take_url_back(session: Session) -> Session:
    return session if session.status.is_terminal else replace(session, connect_url=None)


def _rearm(session: Session, task_token: str) -> Session:
    if session.status.is_terminal:
        raise IllegalTransition(f"{session.status} -> AWAITING_USER")
    return replace(session, task_token=task_token)
