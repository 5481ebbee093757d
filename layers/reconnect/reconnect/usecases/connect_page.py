"""The hosted page for the end user: it starts nothing by itself, begins an attempt on a click, and takes evidence."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.attempt import Ask
from reconnect.model.brand import Brand
from reconnect.model.causes import VISITS, Cause
from reconnect.model.errors import LinkExpired, SessionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.languages import ENGLISH, Languages
from reconnect.model.outcomes import known_as
from reconnect.model.session import Actor, Session, Status
from reconnect.model.signing import EVIDENCE_GRACE
from reconnect.model.timestamps import to_iso
from reconnect.model.waits import Pause, WaitReason
from reconnect.ports import Clock, Sessions
from reconnect.rules.contact import LED_AGAIN
from reconnect.rules.pacing import Pacing
from reconnect.usecases.connect_loads import ConnectLoads
from reconnect.usecases.evidence import CLICK, Evidence, EvidenceHandler
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.page_polls import PagePolls
from reconnect.usecases.remind_later import RemindLater
from reconnect.usecases.signed_urls import SignedUrls
from reconnect.views.session_view import step_of
from reconnect.views.user_message import next_offered
from reconnect.views.user_messages import user_message
from reconnect.views.user_names import Names

_CLICK = Evidence(Cause.CLICKED, "clicked_again", output=CLICK)
_LINK_OPENED = Evidence(Cause.LINK_OPENED, Cause.LINK_OPENED, output=None)
_LED_HERE = Evidence(Cause.LED_HERE, Cause.LED_HERE, output=None)
_PAGE_REDIRECT = Evidence(Cause.PAGE_REDIRECTED, "page_redirected_again", once=True)

# What Connect says about the window of an OAuth bank [D OAUTH].
_POPUPS = ("POPUP_OPENED", "POPUP_BLOCKED")

_NO_GRACE = timedelta()
# The user has done their part, so the page lets them go.
_LAST_STAGES = {"checking", "done", "ended"}

_STAGES = {
    Status.STARTING: "contacting",
    Status.AUTHORIZING: "contacting",
    Status.FETCHING: "checking",
    Status.SUCCEEDED: "done",
    Status.REPAIRED: "done",
}


@frozen(kw_only=True)
class ConnectPage:
    """The use cases behind `/connect/{link}`. Each raises StateInvalid for a link that is not ours or has ended.

    `has_frame_redirect`: Connect gets a redirectUrl in our page's frame too, where it only reports the end to the page.
    """

    sessions: Sessions
    handle_evidence: EvidenceHandler
    load: ConnectLoads
    clock: Clock
    pacing: Pacing
    poll: PagePolls
    remind_later: RemindLater
    urls: SignedUrls
    institutions: Institutions
    brand: Brand
    has_frame_redirect: bool = False

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
        self, link: str, languages: Languages = ENGLISH, click: str | None = None, *, in_own_tab: bool = False
    ) -> tuple[Session, str | None]:
        """Return a Connect URL for one load, or begin a new attempt if the last one is gone.

        `click`: the page's name of the click, so that a repeat is known as one. In the page's frame Connect reports the
        end to the page; in a tab of its own, by a redirect, as does the bank's own sign-in [D OAUTH].
        """
        session = self.read(link)
        if session.status is Status.AWAITING_CLICK:
            if self._pause(session):
                return session, None
            return self.handle_evidence(session.session_id, _on_click), None
        if session.status is not Status.AWAITING_USER or session.attempt is None:
            return session, None
        way_back = self._way_back(session, session.attempt.number, in_own_tab=in_own_tab)
        return self.load(session, languages.of(session), click, way_back)

    def _way_back(self, session: Session, attempt: int, *, in_own_tab: bool) -> dict[str, str]:
        """Return the parameters of Connect by which the user comes back: a frame may not leave its page [T]."""
        if not in_own_tab and not self.has_frame_redirect:
            return {}
        how = {"oauthWindowRedirect": "true"} if in_own_tab else {"jsRedirect": "true"}
        return {"redirectUrl": self.urls.redirect(session, attempt), **how}

    def take_evidence(self, link: str, event: object) -> Session:
        """Record an event of Connect, or the one by which our page reports that a browser runs it.

        Only REDIRECT causes a poll; the rest is noted once and never ends anything. A question that was asked before
        the link's end may be answered after it.
        """
        session_id = self._session_id(link, EVIDENCE_GRACE)
        if isinstance(event, Mapping) and event.get("page") == "opened":
            return self.handle_evidence(session_id, lambda _: _LINK_OPENED)
        if is_led(event):
            return self.handle_evidence(session_id, lambda _: replace(_LED_HERE, since=self.clock() - LED_AGAIN))
        if isinstance(event, Mapping) and event.get("page") == "remind_later":
            return self.remind_later(session_id, event.get("days"))
        return self.handle_evidence(session_id, lambda _: _evidence_of(event))

    def view(self, session: Session, languages: Languages = ENGLISH, *, is_click: bool = False) -> dict[str, Any]:
        """Return what the page shows: the stage, its texts, what to do next, and the time left.

        `unfinished`: the user came back without an answer.
        `secondsLeft` runs until the bank's question expires or, in a pause, until a click is accepted. The address to
        return to is public to whoever has the link, so it is shown only once the user is done. `bankUrl` is the bank's
        own site, if the user must do something there first. `is_click`: it answers a click that got nothing, perhaps
        although the bank's question is open.
        """
        language, now = languages.of(session), self.clock()
        pause = self._pause(session) or (self.load.pause(session) if is_click else None)
        stage = "paused" if pause else _stage(session)
        is_snoozed = stage == "expired" and (session.asking.remind_at or now) > now
        message = user_message("snoozed" if is_snoozed else _message_name(session, stage, pause))
        known, listing = session.institution, self.institutions(session.institution)
        bank = (listing.name_in(language) if listing else None) or (known.name if known else None)
        names = Names(self.brand.of(session).name_in(language), bank, language)
        return_url = session.return_url if stage in _LAST_STAGES else None
        offered = next_offered(message, can_return=bool(return_url), can_contact=bool(self.brand.support_url))
        return {
            "stage": stage,
            "heading": names.put_into(message.heading_in(language)),
            "sentence": names.put_into(message.text_in(language).replace("{minutes}", str(self._minutes(session)))),
            "next": offered if stage in _LAST_STAGES else None,
            "secondsLeft": self._seconds_until(pause[0]) if pause else self._seconds_left(session),
            "nextAllowedAt": to_iso(pause and pause[0]),
            "waitReason": pause and pause[1],
            "returnUrl": return_url,
            "institution": bank,
            "bankUrl": listing.site_in(language) if listing and message.at_bank else None,
            "unfinished": _is_unfinished(session),
            "remindDays": [] if pause else list(self.remind_later.offered(session)),
        }

    def _session_id(self, link: str, grace: timedelta = _NO_GRACE) -> str:
        """Return whose link it is; raise LinkExpired if it ended more than `grace` ago, and was not extended."""
        claims, now = self.urls.read_link(link), self.clock()
        if claims.expires_at + grace < now and not self._lives_on(claims.session_id, now - grace):
            raise LinkExpired("expired")
        return claims.session_id

    def _lives_on(self, session_id: str, now: datetime) -> bool:
        try:
            session = self.sessions.get(session_id)
        except SessionNotFound:
            return False
        is_extended = any(entry.cause.startswith(Cause.LINK_EXTENDED) for entry in session.timeline)
        return is_extended and session.link_expires_at >= now

    def _minutes(self, session: Session) -> int:
        """Return the minutes until the session's next attempt, if it waits for its bank or its turn at Flinks."""
        at = session.next_try_at
        return max(1, math.ceil(self._seconds_until(at) / 60)) if at else 0

    def _pause(self, session: Session) -> Pause | None:
        """Until when a click begins nothing, and why: it could lock the account, or the link has caused enough."""
        pause = session.pause
        return pause if session.status is Status.AWAITING_CLICK and pause and pause[0] > self.clock() else None

    def _seconds_left(self, session: Session) -> int | None:
        attempt = session.attempt
        if session.status is not Status.AWAITING_USER or attempt is None or attempt.asked_at is None:
            return None
        return self._seconds_until(attempt.asked_at + self.pacing.attempt_lifetime)

    def _seconds_until(self, at: datetime) -> int:
        return max(0, int((at - self.clock()).total_seconds()))


def _message_name(session: Session, stage: str, pause: Pause | None) -> str:
    if pause is not None:
        return "paused_today" if pause[1] is WaitReason.LINK_BUDGET else "paused"
    if _is_unfinished(session):
        return "not_finished"
    return "fetching" if stage == "checking" else step_of(session)[1]


def _is_unfinished(session: Session) -> bool:
    """Whether the user left the bank without an answer, and has not opened it again."""
    attempt, load = session.attempt, session.load
    if session.status is not Status.AWAITING_USER or attempt is None:
        return False
    begun = max(attempt.started_at, load.at) if load else attempt.started_at
    return any(entry.cause == Cause.NOT_FINISHED and entry.at > begun for entry in session.timeline)


def _on_click(session: Session) -> Evidence:
    """A click that comes after a new attempt has begun is only a repeat."""
    return _CLICK if session.status is Status.AWAITING_CLICK else Evidence(_CLICK.again, _CLICK.again, output=None)


def is_led(event: object) -> bool:
    """Whether a page reports that the page of another of the person's banks led its user there."""
    return isinstance(event, Mapping) and event.get("page") == "led"


def _evidence_of(event: object) -> Evidence:
    if isinstance(event, Mapping):
        step = event.get("step")
        if step == "REDIRECT":
            return _PAGE_REDIRECT
        if step in _POPUPS:
            return Evidence(f"connect_{step}", f"connect_{step}", output=None)
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
    entries = (entry for entry in reversed(session.timeline) if entry.actor is not Actor.CALLER)
    steps = (entry.cause for entry in entries if not entry.polls)
    return next((cause for cause in steps if cause not in VISITS), "")
