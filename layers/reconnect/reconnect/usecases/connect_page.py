"""The hosted page for the end user: it starts nothing by itself, begins an attempt on a click, and takes evidence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconnect.model.causes import Cause
from reconnect.model.outcomes import known_as
from reconnect.model.session import Ask, Session, Status
from reconnect.model.signing import EVIDENCE_GRACE
from reconnect.model.timestamps import to_iso
from reconnect.model.waits import Pause, WaitReason
from reconnect.ports import Clock, Sessions
from reconnect.rules.pacing import Pacing
from reconnect.usecases.connect_loads import ConnectLoads
from reconnect.usecases.evidence import Evidence, EvidenceHandler
from reconnect.usecases.page_polls import PagePolls
from reconnect.usecases.signed_urls import SignedUrls
from reconnect.views.sentences import sentence
from reconnect.views.session_view import next_step

_CLICK = Evidence(Cause.CLICKED, "clicked_again", output="click")
_LINK_OPENED = Evidence(Cause.LINK_OPENED, Cause.LINK_OPENED, output=None)
_PAGE_REDIRECT = Evidence(Cause.PAGE_REDIRECTED, "page_redirected_again", once=True)

_NO_GRACE = timedelta()

_STAGES = {
    Status.STARTING: "contacting",
    Status.AUTHORIZING: "contacting",
    Status.FETCHING: "checking",
    Status.SUCCEEDED: "done",
    Status.REPAIRED: "done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectPage:
    """The use cases behind `/connect/{link}`. Each raises StateInvalid for a link that is not ours or has ended."""

    sessions: Sessions
    handle_evidence: EvidenceHandler
    load: ConnectLoads
    clock: Clock
    pacing: Pacing
    poll: PagePolls
    urls: SignedUrls

    def read(self, link: str) -> Session:
        """Return the session behind a link. It changes nothing: mail scanners follow links too."""
        return self.sessions.get(self._session_id(link))

    def follow(self, link: str) -> Session:
        """Return the session for a page that is already open, which may show how it ended after the link's end too.

        If the user may just have answered the bank, the bank's question is polled.
        """
        session = self.sessions.get(self._session_id(link, EVIDENCE_GRACE))
        self.poll(session)
        return session

    def begin(
        self, link: str, browser_language: str | None = None, click: str | None = None
    ) -> tuple[Session, str | None]:
        """Return a Connect URL for one load, or begin a new attempt if the last one is gone.

        `click`: the page's name of the click, so that a repeat is known as one.
        """
        session = self.read(link)
        if session.status is Status.AWAITING_CLICK:
            if self._pause(session):
                return session, None
            return self.handle_evidence(session.session_id, _on_click), None
        if session.status is Status.AWAITING_USER:
            return self.load(session, browser_language, click)
        return session, None

    def take_evidence(self, link: str, event: object) -> Session:
        """Record an event of Connect, or the one by which our page reports that a browser runs it.

        Only REDIRECT causes a poll; the rest is noted once and never ends anything. A question that was asked before
        the link's end may be answered after it.
        """
        session_id = self._session_id(link, EVIDENCE_GRACE)
        if isinstance(event, Mapping) and event.get("page") == "opened":
            return self.handle_evidence(session_id, lambda _: _LINK_OPENED)
        return self.handle_evidence(session_id, lambda _: _evidence_of(event))

    def view(self, session: Session, browser_language: str | None = None, *, is_click: bool = False) -> dict[str, Any]:
        """Return what the page shows: the stage, a sentence, the time left to answer, and where to return to.

        `is_click`: it answers a click that got nothing, perhaps although the bank's question is open.
        """
        pause = self._pause(session) or (self.load.pause(session) if is_click else None)
        return {
            "stage": "paused" if pause else _stage(session),
            "sentence": self._sentence(session, pause, browser_language),
            "secondsLeft": self._seconds_left(session),
            "nextAllowedAt": to_iso(pause and pause[0]),
            "waitReason": pause and pause[1],
            "returnUrl": session.return_url,
            "institution": session.attempt.institution if session.attempt else None,
        }

    def _session_id(self, link: str, grace: timedelta = _NO_GRACE) -> str:
        return self.urls.read_link(link, grace).session_id

    def _sentence(self, session: Session, pause: Pause | None, browser_language: str | None) -> str:
        if pause is not None:
            until, name = pause[0], "paused_today" if pause[1] is WaitReason.LINK_BUDGET else "paused"
        elif session.place is not None:
            until, name = session.place.at, "queued_minutes"
        else:
            return next_step(session, browser_language)["sentence"]
        minutes = max(1, math.ceil((until - self.clock()).total_seconds() / 60))
        text = sentence(name, session.language or browser_language)
        return text.format(minutes=minutes, hours=math.ceil(minutes / 60))

    def _pause(self, session: Session) -> Pause | None:
        """Until when a click begins nothing, and why: it could lock the account, or the link has caused enough."""
        pause = session.pause
        return pause if session.status is Status.AWAITING_CLICK and pause and pause[0] > self.clock() else None

    def _seconds_left(self, session: Session) -> int | None:
        attempt = session.attempt
        if session.status is not Status.AWAITING_USER or attempt is None or attempt.asked_at is None:
            return None
        return max(0, int((attempt.asked_at + self.pacing.attempt_lifetime - self.clock()).total_seconds()))


def _on_click(session: Session) -> Evidence:
    """A click that comes after a new attempt has begun is only a repeat."""
    return _CLICK if session.status is Status.AWAITING_CLICK else Evidence(_CLICK.again, _CLICK.again, output=None)


def _evidence_of(event: object) -> Evidence:
    if isinstance(event, Mapping):
        if event.get("step") == "REDIRECT":
            return _PAGE_REDIRECT
        # Recorded under the table's name, so that a browser cannot fill the timeline with invented codes.
        if isinstance(given := event.get("flinksCode"), str) and (code := known_as(given)):
            return Evidence(f"connect_{code}", f"connect_{code}", output=None)
    return Evidence("connect_event", "connect_event", output=None)


def _stage(session: Session) -> str:
    match session.status:
        case Status.AWAITING_USER:
            return "sign_in" if session.attempt and session.attempt.asked is Ask.SIGN_IN else "question"
        case Status.AWAITING_CLICK:
            return "expired"
        case Status.AUTHORIZING if _last_step(session) in {Cause.REDIRECTED, Cause.PAGE_REDIRECTED}:
            return "checking"
        case status:
            return _STAGES.get(status, "ended")


def _last_step(session: Session) -> str:
    """Return the last cause, other than polls and opened pages."""
    steps = (entry.cause for entry in reversed(session.timeline) if not entry.polls)
    return next((cause for cause in steps if cause != Cause.LINK_OPENED), "")
