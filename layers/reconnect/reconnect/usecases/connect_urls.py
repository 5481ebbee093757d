"""Flinks Connect's URLs, at which the user answers the bank or signs in again."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.errors import FlinksError, FlinksUnavailable, IllegalTransition
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.outcomes import FlinksReply
from reconnect.model.session import Session
from reconnect.ports import Flinks


@frozen
class ConnectAddress:
    """The address of Flinks Connect, and the parameters that select what it shows [D MSR, WIDGET].

    The path of a preselected institution is the form seen in a client [T]; `demo` shows FlinksCapital and is needed
    on the toolbox instance.
    """

    base_url: str
    path: str
    demo: bool

    def answering(self, request_id: str, **query: str | None) -> str:
        """Return the URL at which the user answers a live attempt."""
        return self._url(self.path, requestId=request_id, **query)

    def signing_in(self, institution_id: int | None, **query: str | None) -> str:
        """Return the URL at which the user signs in again; without a known institution they choose it there."""
        path = self.path if institution_id is None else f"{self.path}Credential/{institution_id}"
        return self._url(path, **query)

    def _url(self, path: str, **query: str | None) -> str:
        known = {name: value for name, value in query.items() if value is not None}
        if self.demo:
            known["demo"] = "true"
        return f"{self.base_url}{path}?{urlencode(known, quote_via=quote)}"


@frozen(kw_only=True)
class ConnectUrls:
    """Makes a Connect URL for one load of Connect: each holds a fresh authorize token for a single use."""

    flinks: Flinks
    address: ConnectAddress

    def __call__(
        self, session: Session, ask: Ask, redirect_url: str | None = None, *, language: str | None = None
    ) -> str:
        """Return the URL for the session's attempt, in this language or else its own; raise FlinksUnavailable."""
        _attempt_of(session)
        return self.with_token(self.token(), session, ask, {"redirectUrl": redirect_url}, language=language)

    def token(self) -> str:
        """Return a fresh token for one load; raise FlinksUnavailable."""
        token = self.flinks.generate_authorize_token()
        if isinstance(token, FlinksReply):
            raise FlinksUnavailable(f"no authorize token for Connect (status {token.status})")
        return token

    def with_token(
        self, token: str, session: Session, ask: Ask, way_back: Mapping[str, str | None], *, language: str | None = None
    ) -> str:
        """Return the URL that loads Connect with this token; `way_back`: the parameters by which the user returns."""
        attempt = _attempt_of(session)
        query = {
            **way_back,
            "authorizeToken": token,
            # Names the session in the redirect, and as `Tag` in Flinks' webhooks [D WIDGET, help 43000782377].
            "tag": session.session_id,
            "language": language or session.language,
        }
        if ask is Ask.ANSWER and attempt.request_id is not None:
            return self.address.answering(attempt.request_id, **query)
        return self.address.signing_in(attempt.institution_id, **query)

    def known_bank(self, session: Session) -> Institution:
        """Return the login's bank: as it is known already, or else from the stored data.

        Nothing is known of it on any error: the id only preselects the bank, and without its name the page says "your
        bank".
        """
        known = session.institution
        if known is not None and known.id is not None:
            return known
        try:
            found = self.flinks.cached_authorize(session.login_id)
            if found.institution_id is None and found.request_id is not None:
                found = self.flinks.get_accounts_summary(found.request_id)
        except FlinksError:
            return known or Institution()
        return found.bank


def _attempt_of(session: Session) -> Attempt:
    if session.attempt is None:
        raise IllegalTransition(f"session in {session.status} has no attempt to answer")
    return session.attempt
