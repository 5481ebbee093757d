"""The workflow waits for the user: first the token, then the URL."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import (
    EvidencePending,
    FlinksUnavailable,
    IllegalTransition,
    SessionEnded,
    StateInvalid,
)
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.model.signing import RedirectState
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, SESSION_ID, SIGNING_KEY, a_reply, an_attempt, causes
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit.world import World


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AUTHORIZING)
    return world


def query_of(session: Session) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(session.connect_url or "").query).items()}


def state_of(session: Session) -> str:
    return query_of(session)["redirectUrl"].removeprefix("https://api.test/redirect/")


def test_the_url_is_stored_together_with_the_task_token(world: World) -> None:
    session = world.ask(token="token-1")

    assert session.status is Status.AWAITING_USER
    assert (session.task_token, bool(session.connect_url)) == ("token-1", True)
    assert all(written.task_token for written in world.sessions.saves if written.connect_url)


def test_the_question_opens_when_it_is_shown(world: World) -> None:
    world.clock.turn(seconds=5)

    session = world.ask()

    assert session.attempt and (session.attempt.asked, session.attempt.asked_at) == (Ask.ANSWER, world.clock())
    assert causes(session)[-1] == "challenge_shown"


def test_the_url_opens_connect_on_the_attempt_and_comes_back_to_us(world: World) -> None:
    session = world.ask()

    assert session.connect_url and session.connect_url.startswith("https://connect.test/v2/?")
    assert query_of(session) == {
        "requestId": REQUEST_ID,
        "authorizeToken": "authorize-token-1",
        "redirectUrl": f"https://api.test/redirect/{state_of(session)}",
        "tag": SESSION_ID,
    }


def test_the_redirect_carries_a_state_that_verifies_until_the_link_ends(world: World) -> None:
    session = world.ask()

    state = RedirectState.verify(state_of(session), (SIGNING_KEY,), session.link_expires_at.replace(microsecond=0))
    assert (state.session_id, state.attempt_number) == (SESSION_ID, 1)


def test_connect_gets_the_sessions_language_and_the_test_bank_if_asked(world: World) -> None:
    world.with_session(Status.AUTHORIZING, language="fr")
    world.set(flinks_connect_demo=True)

    query = query_of(world.ask())

    assert (query["language"], query["demo"]) == ("fr", "true")


@pytest.mark.parametrize(("path", "expected"), [("/v2/", "/v2/Credential/14"), ("/", "/Credential/14")])
def test_a_user_who_must_sign_in_again_finds_the_bank_preselected(world: World, path: str, expected: str) -> None:
    world.set(flinks_connect_path=path)

    session = world.ask(Ask.SIGN_IN)

    assert urlsplit(session.connect_url or "").path == expected
    assert "requestId" not in query_of(session)
    assert causes(session)[-1] == "credentials_required"


@pytest.mark.parametrize("answer", [a_reply(401, "RETRY_LATER"), a_reply(200), FlinksUnavailable("down")])
def test_a_user_who_must_sign_in_again_at_an_unknown_bank_chooses_it(world: World, answer: Any) -> None:
    world.flinks = FakeFlinks(cached_authorize=answer, get_accounts_summary=answer)

    session = world.ask(Ask.SIGN_IN)

    assert session.status is Status.AWAITING_USER
    assert urlsplit(session.connect_url or "").path == "/v2/"


def test_the_bank_is_found_even_if_the_cached_flow_repeats_a_refusal(world: World) -> None:
    refused = a_reply(401, "INVALID_PASSWORD", request_id=REQUEST_ID)
    world.flinks = FakeFlinks(cached_authorize=refused, get_accounts_summary=a_reply(200, institution_id=77))

    session = world.ask(Ask.SIGN_IN)

    assert urlsplit(session.connect_url or "").path == "/v2/Credential/77"


@pytest.mark.parametrize("ask", Ask)
def test_no_url_of_ours_contains_the_login(world: World, ask: Ask) -> None:
    assert LOGIN_ID not in str(world.ask(ask).connect_url)


def test_the_write_that_asks_the_user_publishes_the_event(world: World) -> None:
    world.ask()

    assert world.sessions.event_types == ["ReconnectRequired"]
    assert world.sessions.published[0].status is Status.AWAITING_USER


def test_the_next_wait_for_a_question_only_replaces_the_token(world: World) -> None:
    shown = world.ask(token="token-1")
    world.clock.turn(seconds=15)

    session = world.ask(token="token-2")

    assert session.task_token == "token-2"
    assert replace(session, task_token="token-1", version=shown.version) == shown
    assert world.sessions.event_types == ["ReconnectRequired"]
    assert world.flinks.tokens == ["authorize-token-1"]


def test_another_kind_of_request_changes_the_page_without_an_event(world: World) -> None:
    first = world.ask(Ask.ANSWER)

    second = world.ask(Ask.SIGN_IN, token="token-2")

    assert second.connect_url != first.connect_url
    assert second.task_token == "token-2"
    assert world.sessions.event_types == ["ReconnectRequired"]


def test_the_question_of_a_new_attempt_appears_behind_the_same_link(world: World) -> None:
    first = world.ask()
    again = first.move(Status.AUTHORIZING, at=world.clock(), actor=Actor.SERVICE, cause="authorize_started")
    world.sessions.save(replace(again, attempt=an_attempt(number=2), connect_url=None, task_token=None))

    second = world.ask()

    assert second.connect_url != first.connect_url
    assert world.sessions.event_types == ["ReconnectRequired"], "the user is notified once: the link stays the same"


def test_the_user_is_notified_only_once_the_question_can_be_shown(world: World) -> None:
    world.flinks = FakeFlinks(generate_authorize_token=FlinksUnavailable("down"))
    with pytest.raises(FlinksUnavailable):
        world.ask()
    published_without_token = list(world.sessions.event_types)
    world.flinks = FakeFlinks()

    world.ask()

    assert (published_without_token, world.sessions.event_types) == ([], ["ReconnectRequired"])


def test_a_refused_token_shows_no_question(world: World) -> None:
    world.flinks = FakeFlinks(generate_authorize_token=a_reply(401, "ACCESS_DENIED"))

    with pytest.raises(FlinksUnavailable):
        world.ask()

    assert world.session.status is Status.AUTHORIZING


def test_a_user_is_not_asked_before_there_is_an_attempt(world: World) -> None:
    world.with_session(Status.STARTING)

    with pytest.raises(IllegalTransition):
        world.ask()


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_session_asks_no_user(world: World, status: Status) -> None:
    world.with_session(status)

    with pytest.raises(SessionEnded):
        world.ask()
    with pytest.raises(SessionEnded):
        world.service.build_connect_url.await_click(SESSION_ID, "token-2")

    assert (world.sessions.saves, world.flinks.calls) == ([], [])


def test_a_session_that_ends_while_its_question_is_prepared_stays_ended(world: World) -> None:
    class CancelledMeanwhile(FakeFlinks):
        def generate_authorize_token(self) -> Any:
            now = world.session
            world.sessions.save(world.end(now, "CANCELLED"))
            return super().generate_authorize_token()

    world.flinks = CancelledMeanwhile()

    with pytest.raises(SessionEnded):
        world.ask()

    assert (world.session.status, world.session.connect_url) == (Status.CANCELLED, None)


@pytest.mark.parametrize("ask", Ask)
def test_evidence_from_before_the_wait_is_handled_without_asking(world: World, ask: Ask) -> None:
    world.with_session(Status.AUTHORIZING, has_pending_evidence=True)

    with pytest.raises(EvidencePending):
        world.ask(ask)

    assert (world.session.status, world.session.task_token, world.session.has_pending_evidence) == (
        Status.AUTHORIZING,
        None,
        False,
    )
    assert (world.sessions.published, world.flinks.calls) == ([], [])


def test_evidence_is_handled_once_and_then_the_wait_begins(world: World) -> None:
    world.with_session(Status.AUTHORIZING, has_pending_evidence=True)
    with pytest.raises(EvidencePending):
        world.ask()

    assert world.ask().status is Status.AWAITING_USER


def test_evidence_during_the_renewal_of_a_wait_is_not_lost(world: World) -> None:
    class ComesBackMeanwhile(FakeSessions):
        def get(self, session_id: str) -> Session:
            session = super().get(session_id)
            if session.task_token == "token-1" and not any(entry.cause == "redirected" for entry in session.timeline):
                back = session.move(Status.AUTHORIZING, at=world.clock(), actor=Actor.USER, cause="redirected")
                super().save(replace(back, task_token=None, connect_url=None, has_pending_evidence=True))
            return session

    world.ask(token="token-1")
    contested = ComesBackMeanwhile().with_session(world.session)
    world.sessions = contested

    with pytest.raises(EvidencePending):
        world.service.build_connect_url.await_redirect(SESSION_ID, "token-2", Ask.ANSWER)

    assert (world.session.status, world.session.task_token) == (Status.AUTHORIZING, None)


def test_an_unanswered_question_is_shown_again_without_an_event(world: World) -> None:
    world.ask(token="token-1")
    world.sessions.save(replace(world.session, status=Status.AUTHORIZING, task_token=None, connect_url=None))

    session = world.ask(token="token-2")

    assert (session.status, session.task_token) == (Status.AWAITING_USER, "token-2")
    assert query_of(session)["authorizeToken"] == "authorize-token-2"
    assert world.sessions.event_types == ["ReconnectRequired"]


def test_a_redirect_is_accepted_an_hour_longer_than_the_link(world: World) -> None:
    session = world.ask()
    state, end = state_of(session), session.link_expires_at.replace(microsecond=0) + timedelta(hours=1)

    assert RedirectState.verify(state, (SIGNING_KEY,), end).session_id == SESSION_ID
    with pytest.raises(StateInvalid):
        RedirectState.verify(state, (SIGNING_KEY,), end + timedelta(seconds=1))


def test_the_bank_to_sign_in_at_is_stored_for_the_page(world: World) -> None:
    session = world.ask(Ask.SIGN_IN)

    assert session.attempt and session.attempt.institution_id == 14
