"""The attempt is gone: the workflow waits until the user starts another."""

from dataclasses import replace

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import EvidencePending
from reconnect.model.session import Status
from tests.fakes.builders import SESSION_ID, causes
from tests.unit.world import World


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AUTHORIZING)
    return world


def test_after_a_dead_attempt_the_session_waits_for_a_click(world: World) -> None:
    world.ask()

    world.service.build_connect_url.await_click(SESSION_ID, "token-2")

    session = world.session
    assert session.status is Status.AWAITING_CLICK
    assert (session.task_token, session.connect_url) == ("token-2", None)
    assert causes(session)[-1] == "attempt_gone"


def test_a_user_who_was_asked_to_answer_is_not_notified_again(world: World) -> None:
    world.ask()

    world.service.build_connect_url.await_click(SESSION_ID, "token-2")

    assert world.sessions.event_types == ["ReconnectRequired"]


def test_a_user_who_was_never_asked_before_is_notified_to_click(world: World) -> None:
    """The attempt may die before the user was asked, as when Flinks forgets it: then this is the first request."""
    world.service.build_connect_url.await_click(SESSION_ID, "token-1")
    world.sessions.save(replace(world.session, status=Status.AUTHORIZING, task_token=None))

    world.ask(Ask.ANSWER, "token-2")

    assert world.sessions.event_types == ["ReconnectRequired"]
    assert world.sessions.published[0].status is Status.AWAITING_CLICK


def test_a_wait_for_a_click_is_published_once_despite_a_redirect(world: World) -> None:
    world.service.build_connect_url.await_click(SESSION_ID, "token-1")
    world.sessions.save(replace(world.session, status=Status.AUTHORIZING, task_token=None))

    world.service.build_connect_url.await_click(SESSION_ID, "token-2")

    assert world.session.task_token == "token-2"
    assert world.sessions.event_types == ["ReconnectRequired"]


def test_evidence_from_before_the_wait_for_a_click_is_handled_first(world: World) -> None:
    world.with_session(Status.AUTHORIZING, has_pending_evidence=True)

    with pytest.raises(EvidencePending):
        world.service.build_connect_url.await_click(SESSION_ID, "token-1")

    assert (world.session.status, world.session.has_pending_evidence) == (Status.AUTHORIZING, False)
    assert world.sessions.published == []
