"""Support's verbs: send the user the link again, and give them more time."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.asking import is_held, last_asked_at
from reconnect.model.causes import Cause
from reconnect.model.errors import RemindedRecently, SessionEnded, UserNotNeeded
from reconnect.model.frozen import frozen
from reconnect.model.link_forms import LinkForm
from reconnect.model.session import WAITING, Actor, Session
from reconnect.ports import Clock, Sessions
from reconnect.usecases.session_updates import update_session
from reconnect.usecases.signed_urls import SignedUrls

# A message needs some minutes to arrive.
BETWEEN_REMINDERS = timedelta(minutes=10)
# Whoever repeats a request because its answer was lost does so within this.
_REPEAT = timedelta(minutes=1)


@frozen(kw_only=True)
class HelpUser:
    """The use cases behind `POST /sessions/{sessionId}/remind` and `…/extend`. `by`: who asks."""

    sessions: Sessions
    clock: Clock
    urls: SignedUrls

    def remind(self, session_id: str, by: str) -> Session:
        """Publish the link again, as a reminder does. A repeat within a minute changes nothing.

        Raises UserNotNeeded, and RemindedRecently if the user was asked within the last ten minutes.
        """

        def remind(session: Session) -> Session:
            now = self.clock()
            if session.status not in WAITING or session.quarantined or session.link_expires_at <= now:
                raise UserNotNeeded(session.status)
            last = session.timeline[-1]
            if last.cause == Cause.REMIND_REQUESTED.asked_by(by) and now - last.at < _REPEAT:
                return session
            if (asked_at := _last_asked_at(session)) is not None and now - asked_at < BETWEEN_REMINDERS:
                raise RemindedRecently(asked_at + BETWEEN_REMINDERS)
            noted = session.note(at=now, actor=Actor.CALLER, cause=Cause.REMIND_REQUESTED.asked_by(by))
            if is_held(session):
                # Support knows that the user is there, so nothing is held back any more.
                return replace(noted, asking=replace(session.asking, hold=None), event_type="ReconnectRequired")
            return replace(noted, event_type="ReconnectReminder")

        return update_session(self.sessions, session_id, remind)

    def extend(self, session_id: str, hours: int, by: str) -> Session:
        """Let the link live for so many hours since the session was opened; an end that is later already stays.

        Links that were sent before stay valid until the new end. Raises SessionEnded.
        """

        def extend(session: Session) -> Session:
            now = self.clock()
            # At its link's end a session ends too, within moments.
            if session.status.is_terminal or session.link_expires_at <= now:
                raise SessionEnded(session.status)
            until = (session.created_at + timedelta(hours=hours)).replace(microsecond=0)
            if until <= session.link_expires_at:
                return session
            extended = replace(session, link_expires_at=until)
            if session.link is not None:
                extended = replace(extended, link=self.urls.link(extended, LinkForm.LONG))
            return extended.note(at=now, actor=Actor.CALLER, cause=Cause.LINK_EXTENDED.asked_by(by))

        return update_session(self.sessions, session_id, extend)


def _last_asked_at(session: Session) -> datetime | None:
    """When the user was last sent the link: at the first question, by a reminder, or by support."""
    by_support = [entry.at for entry in session.timeline if entry.cause.startswith(Cause.REMIND_REQUESTED)]
    return max(filter(None, [*by_support, last_asked_at(session)]), default=None)
