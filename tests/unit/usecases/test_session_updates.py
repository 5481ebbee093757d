"""Session updates under concurrent writers."""

from dataclasses import replace

import pytest

from reconnect.model.errors import SessionChanged, SessionNotFound
from reconnect.model.session import Actor, Session, Status
from reconnect.usecases.session_updates import update_session
from tests.fakes.builders import SESSION_ID, a_session, causes
from tests.fakes.clock import NOW
from tests.fakes.sessions import ContestedSessions, FakeSessions

# The most callers that join a session with a write each; more join without one.
CROWD = 100


def note(session: Session) -> Session:
    return session.note(at=NOW, actor=Actor.SERVICE, cause="noted")


@pytest.mark.parametrize("races", [0, 1, 2, CROWD])
def test_a_change_that_loses_a_race_is_decided_again(races: int) -> None:
    sessions = ContestedSessions(races).with_session(a_session(Status.AUTHORIZING))

    changed = update_session(sessions, SESSION_ID, note)

    assert changed == sessions.get(SESSION_ID)
    assert causes(changed) == ["session_opened", "noted"]


def test_an_update_that_loses_too_many_races_fails_in_the_caller() -> None:
    sessions = ContestedSessions(races=999).with_session(a_session(Status.AUTHORIZING))

    with pytest.raises(SessionChanged):
        update_session(sessions, SESSION_ID, note)

    assert causes(sessions.get(SESSION_ID)) == ["session_opened"]


def test_a_decision_to_change_nothing_writes_nothing(sessions: FakeSessions) -> None:
    sessions.with_session(a_session())

    update_session(sessions, SESSION_ID, lambda session: session)
    update_session(
        sessions, SESSION_ID, lambda session: replace(session, has_pending_evidence=session.has_pending_evidence)
    )

    assert sessions.saves == []


def test_an_absent_record_is_not_created(sessions: FakeSessions) -> None:
    with pytest.raises(SessionNotFound):
        update_session(sessions, SESSION_ID, note)
