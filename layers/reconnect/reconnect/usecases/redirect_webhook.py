"""The user came back from Connect: take that as evidence and wake the workflow, which then polls for itself."""

from reconnect.model.causes import Cause
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.model.signing import RedirectState
from reconnect.ports import Count
from reconnect.usecases.evidence import Evidence, EvidenceHandler
from reconnect.usecases.signed_urls import SignedUrls


@frozen(kw_only=True)
class RedirectWebhook:
    """The use case behind `GET /redirect/{state}`.

    The redirect has no signature of Flinks [D EVENTS], so it decides nothing: it is a hint to poll now.
    """

    handle_evidence: EvidenceHandler
    urls: SignedUrls
    count: Count

    def __call__(self, state: str, login_id: str | None, *, is_unfinished: bool = False) -> Session:
        """Record the redirect and wake the waiting state; raise StateInvalid or SessionNotFound.

        Another LoginId than the session's overwrites nothing and wakes no state: the session is quarantined, and
        LoginChanged is published, so that the caller can check it. The user may have signed in to another login, or
        changed the URL by hand. A later redirect that names the session's own login lifts the quarantine. After the
        session's end the data is read once more, because the user may have answered when the workflow no longer polled.

        `is_unfinished`: it says that the user refused at the bank or left it. That is only noted: whoever has the state
        can say so, and the question stays open, so the user can try again.
        """
        claims = self.urls.read_redirect(state)
        if is_unfinished:
            return self.handle_evidence(claims.session_id, lambda session: _unfinished(session, claims))
        self.count("RedirectReceived")
        return self.handle_evidence(claims.session_id, lambda session: _classify(session, claims, login_id))


def _unfinished(session: Session, claims: RedirectState) -> Evidence:
    """Noted once for each load of Connect, so that reloading it does not fill the timeline."""
    cause = Cause.NOT_FINISHED if _is_current(session, claims) else "not_finished_late"
    return Evidence(cause, cause, output=None, since=session.load.at if session.load else None)


def _classify(session: Session, claims: RedirectState, login_id: str | None) -> Evidence:
    if _is_another(login_id, session):
        return Evidence("login_changed", "login_changed", output=None, is_other_login=True)
    return Evidence(
        Cause.REDIRECTED if _is_current(session, claims) else "redirected_late",
        "redirected_again",
        once=True,
        is_same_login=login_id is not None,
    )


def _is_current(session: Session, claims: RedirectState) -> bool:
    return session.attempt is not None and session.attempt.number == claims.attempt_number


def _is_another(login_id: str | None, session: Session) -> bool:
    return login_id is not None and login_id.casefold() != session.login_id.casefold()
