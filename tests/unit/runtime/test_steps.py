"""What a step tells the state machine."""

import pytest

from reconnect.model.outcomes import Outcome
from reconnect.model.step import Step
from reconnect.runtime.aws import install
from reconnect.runtime.service import Service
from reconnect.runtime.steps import polled_once, step_reply
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings


@pytest.fixture(autouse=True)
def installed() -> None:
    install(Service(FakePorts(), a_settings()))


@pytest.mark.parametrize(("wait", "said"), [(0, 5), (2, 5), (10, 10)])
def test_a_throttled_call_is_repeated_after_five_seconds_at_the_earliest(wait: int, said: int) -> None:
    assert step_reply(polled_once(Step(Outcome.PENDING, "TOO_MANY_REQUESTS", wait), ()))["waitSeconds"] == said
    assert step_reply(polled_once(Step(Outcome.PENDING, "OPERATION_PENDING", wait), ()))["waitSeconds"] == wait


def test_a_wait_for_a_turn_at_flinks_is_no_observation_of_the_bank() -> None:
    assert step_reply(polled_once(Step(Outcome.TRY_LATER, "QUEUED", 40), ()))["seen"] == ""
