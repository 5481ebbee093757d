"""A link that support extends: the execution waits on, and the link that was sent first still works."""

import pytest

from reconnect.model.session import Status
from tests.model.acting import Acting

DAY = 24 * 3600


def extend(acting: Acting, session_id: str, days: int) -> None:
    run = acting.world.endpoints.extend(session_id, 24 * days)
    acting.world.settle()
    assert run.reply["statusCode"] == 200, run.reply


@pytest.mark.parametrize("at", [1, 6 * DAY])
def test_a_user_who_comes_after_the_first_end_of_an_extended_link_succeeds(acting: Acting, at: int) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.world.pass_time(at)
    extend(acting, session_id, 20)
    acting.world.pass_time(15 * DAY - at)

    assert acting.session(session_id).status is Status.AWAITING_CLICK
    assert acting.click(session_id)["stage"] == "contacting"
    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.answer()
    acting.redirect(session_id)
    acting.pass_until(session_id, Status.SUCCEEDED)
    acting.run_out()


def test_an_extended_link_ends_at_its_new_end(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    extend(acting, session_id, 10)
    extend(acting, session_id, 12)

    acting.world.pass_time(12 * DAY - 60)
    assert acting.session(session_id).status is Status.AWAITING_CLICK
    acting.world.pass_time(120)

    assert acting.session(session_id).status is Status.EXPIRED
    assert acting.published().count("SessionExpired") == 1
    acting.run_out()
