"""What a session's record keeps for an audit beside its timeline: who asked for what, and which events it published."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from reconnect.model.frozen import frozen

if TYPE_CHECKING:
    from reconnect.model.session import Session

_Noted = TypeVar("_Noted", bound="Session")

# A record's size is limited. Of a longer trail the first and the latest are kept.
_LONGEST, _BEGINNING = 60, 30


@frozen
class TrailEntry:
    """A request of a signed caller, or an event; both are written with the change that they are about.

    `what`: the action, or the event's type. `by`: the caller, without their account; None of an event. `version`: the
    record's version in the event's id; None of a request.
    """

    at: datetime
    what: str
    by: str | None = None
    version: int | None = None


def note_request(session: _Noted, at: datetime, action: str, by: str) -> _Noted:
    """Note who asked for the change that is about to be written; nothing if they have no name."""
    return _note(session, TrailEntry(at, action, by=by)) if by else session


def note_event(session: _Noted) -> _Noted:
    """Note the event of the write that has this version, if it has one."""
    if session.event_type is None:
        return session
    at = session.timeline[-1].at if session.timeline else session.created_at
    return _note(session, TrailEntry(at, session.event_type, version=session.version))


def _note(session: _Noted, entry: TrailEntry) -> _Noted:
    trail = (*session.trail, entry)
    if len(trail) > _LONGEST:
        trail = (*trail[:_BEGINNING], *trail[_BEGINNING - _LONGEST :])
    return replace(session, trail=trail)
