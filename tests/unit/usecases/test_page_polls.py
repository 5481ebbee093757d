"""While the page is open its requests poll the question; only news reaches the workflow, which polls for itself."""

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode
from reconnect.model.outcomes import FlinksReply
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link
from tests.fakes.builders import SIGNING_KEY, TASK_TOKEN, a_reply, a_session, an_attempt
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

ASKING = a_session(Status.AWAITING_USER)
OPEN, ANSWERED = a_reply(203), a_reply(200)


def follow(world: World, session: Session, reply: FlinksReply | Exception = ANSWERED, times: int = 1) -> None:
    """Request the page's status `times` times in one Lambda environment."""
    world.sessions.with_session(session)
    world.flinks = FakeFlinks(read_authorize=reply)
    page = world.service.connect_page
    for _ in range(times):
        page.follow(Link(session.session_id, session.link_expires_at).sign(SIGNING_KEY))


@pytest.mark.parametrize(
    ("reply", "is_news"),
    [
        (ANSWERED, True),
        (a_reply(400, "SESSION_NONEXISTENT"), True),
        (a_reply(400, "INVALID_SECURITY_RESPONSE"), True),
        (OPEN, False),
        (a_reply(202, "OPERATION_PENDING"), False),
        (a_reply(401, "TOO_MANY_REQUESTS"), False),
    ],
)
def test_the_workflow_polls_at_once_if_the_question_is_not_open_any_more(
    world: World, reply: FlinksReply, is_news: bool
) -> None:
    follow(world, ASKING, reply)

    assert world.workflow.interrupted == ([TASK_TOKEN] if is_news else [])
    assert world.sessions.saves == []


def test_many_requests_of_pages_cause_few_polls(world: World) -> None:
    follow(world, ASKING, OPEN, times=50)

    assert world.flinks.calls == ["read_authorize"]


def test_the_next_poll_follows_after_the_interval(world: World) -> None:
    world.sessions.with_session(ASKING)
    world.flinks = FakeFlinks(read_authorize=OPEN)
    page = world.service.connect_page
    for _ in range(3):
        page.follow(Link(ASKING.session_id, ASKING.link_expires_at).sign(SIGNING_KEY))
        world.clock.turn(seconds=world.settings.page_poll_seconds)

    assert world.flinks.calls == ["read_authorize"] * 3


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.AWAITING_USER])
def test_only_an_open_question_is_polled(world: World, status: Status) -> None:
    follow(world, a_session(status))

    assert world.flinks.calls == []


def test_a_sign_in_is_not_polled_because_its_request_id_is_dead(world: World) -> None:
    follow(world, a_session(Status.AWAITING_USER, attempt=an_attempt(asked=Ask.SIGN_IN)))

    assert world.flinks.calls == []


def test_an_instance_without_a_status_call_is_not_polled(world: World) -> None:
    world.set(flinks_authorize_mode=AuthorizeMode.SYNC)

    follow(world, ASKING)

    assert world.flinks.calls == []


def test_the_page_is_served_while_flinks_or_step_functions_is_down(world: World) -> None:
    follow(world, ASKING, FlinksUnavailable("down"))
    world.workflow.is_down = True
    follow(world, ASKING)

    assert world.counted == ["FlinksCallFailed", "WakeFailed"]
