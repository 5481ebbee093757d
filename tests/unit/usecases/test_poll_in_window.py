"""Within a window an invocation polls a pending attempt again and again; the rest is left to the wait loop."""

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

import pytest

from reconnect.model.errors import FlinksUnavailable
from reconnect.model.observations import Observation
from reconnect.model.outcomes import FlinksReply, Outcome
from reconnect.model.session import Actor, Status
from reconnect.model.step import Polled
from tests.fakes.builders import SESSION_ID, a_reply
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

PENDING, ASKED = a_reply(202, "OPERATION_PENDING"), a_reply(203)


class Bank(FakeFlinks):
    """Asks its question after so many polls, and cancels the session before one, if told to."""

    def __init__(self, world: World, asks_after: int = 999, cancels_before: int = 999) -> None:
        super().__init__()
        self.world, self.asks_after, self.cancels_before = world, asks_after, cancels_before

    def read_authorize(self, request_id: str) -> FlinksReply:
        super().read_authorize(request_id)
        polls = len(self.calls)
        if polls + 1 == self.cancels_before:
            session = self.world.session
            ended = replace(session, status=Status.CANCELLED).note(at=NOW, actor=Actor.CALLER, cause="cancelled")
            self.world.sessions.save(ended)
        return ASKED if polls > self.asks_after else PENDING


def poll(world: World, bank: FakeFlinks, window: int, polls: int = 0) -> Polled:
    world.with_session(Status.AUTHORIZING)
    world.flinks = bank
    return world.service.poll_in_window(SESSION_ID, polls, 0, window=window)


@pytest.mark.parametrize("asks_after", range(0, 15, 3))
def test_a_verdict_within_the_window_is_found_in_one_step(world: World, asks_after: int) -> None:
    polled = poll(world, Bank(world, asks_after), window=25)

    assert (polled.step.outcome, polled.polls) == (Outcome.MFA_REQUIRED, 0)
    assert [(each.code, each.polls) for each in polled.observations] == [
        *([("OPERATION_PENDING", asks_after)] if asks_after else []),
        ("SECURITY_CHALLENGE", 1),
    ]


@pytest.mark.parametrize("window", range(26))
@pytest.mark.parametrize("polls", [0, 11, 40, 67])
def test_a_window_never_lasts_longer_than_it_may(world: World, window: int, polls: int) -> None:
    polled = poll(world, Bank(world), window, polls)

    assert world.clock() <= NOW + timedelta(seconds=window)
    assert world.clock() + timedelta(seconds=polled.step.wait_seconds) > NOW + timedelta(seconds=window)
    assert polled.polls == polls + len(world.flinks.calls) == polls + polled.observations[0].polls


def test_without_a_window_each_step_polls_once_in_the_slow_rhythm(world: World) -> None:
    polled = poll(world, Bank(world), window=0, polls=4)

    assert (world.flinks.calls, polled.polls, polled.step.wait_seconds) == (["read_authorize"], 5, 8)


def test_a_lost_poll_is_followed_by_another(world: World) -> None:
    class LosesOne(Bank):
        def read_authorize(self, request_id: str) -> FlinksReply:
            reply = super().read_authorize(request_id)
            if len(self.calls) == 2:
                raise FlinksUnavailable("reset")
            return reply

    assert poll(world, LosesOne(world, asks_after=5), window=25).step.outcome == Outcome.MFA_REQUIRED


def test_a_session_that_ends_during_the_window_is_polled_no_more(world: World) -> None:
    polled = poll(world, Bank(world, cancels_before=4), window=25)

    assert len(world.flinks.calls) == 3
    assert polled.observations == (Observation(NOW, "OPERATION_PENDING", 3),), "what was observed is kept"


def test_in_windows_a_bank_has_as_much_time_as_without(world: World) -> None:
    pacing = world.settings.pacing()
    most = poll(world, Bank(world), window=1).most_polls
    most_without = poll(world, Bank(world), window=0).most_polls

    in_windows = sum(map(pacing.in_window, range(most)))
    without = sum(map(pacing.before_poll, range(most_without)))

    assert without * 0.9 <= in_windows <= without * 1.1


def test_a_rhythm_of_zero_does_not_turn_a_window_into_a_storm(world: World) -> None:
    world.set(poll_interval_seconds=0)

    poll(world, Bank(world), window=10)

    assert len(world.flinks.calls) <= 11


def test_the_rhythm_in_a_window_never_becomes_faster(world: World) -> None:
    waits = [world.settings.pacing().in_window(polls) for polls in range(100)]

    assert waits == list(accumulate(waits, max))


def test_a_throttled_poll_is_not_counted_and_not_repeated_at_once(world: World) -> None:
    class Throttles(Bank):
        def read_authorize(self, request_id: str) -> FlinksReply:
            reply = super().read_authorize(request_id)
            return a_reply(401, "TOO_MANY_REQUESTS") if len(self.calls) <= 3 else reply

    polled = poll(world, Throttles(world, asks_after=3), window=25)

    assert (polled.step.outcome, len(world.flinks.calls)) == (Outcome.MFA_REQUIRED, 4)
    assert world.clock() >= NOW + timedelta(seconds=3 * 5)
    assert poll(world, FakeFlinks(read_authorize=a_reply(401, "TOO_MANY_REQUESTS")), window=25, polls=7).polls == 7


def test_polls_are_rare_while_others_wait_for_their_turn_at_flinks(world: World) -> None:
    world.set(flinks_requests_per_second=1)
    world.service.start_authorize.admit(world.with_session(session_id="another"))

    crowded = poll(world, Bank(world), window=1).step.wait_seconds

    assert crowded == world.settings.pacing().before_poll(1) > world.settings.pacing().in_window(1)
