"""The ways through the workflow, whatever is decided on them."""

import pytest

from tests.workflow.definition import ENDINGS, MACHINE, STATES, reachable, ways

START = MACHINE["StartAt"]


def test_every_way_leads_to_a_state_that_exists() -> None:
    assert {way.target for way in ways()} <= STATES.keys()


def test_every_state_can_be_reached_from_the_start() -> None:
    assert reachable(START) | {START} == STATES.keys()


def test_the_workflow_ends_only_where_a_session_is_closed_followed_or_was_never_opened() -> None:
    endings = {name for name, state in STATES.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")}

    assert endings == ENDINGS


def test_no_way_leaves_an_ending() -> None:
    assert [way for way in ways() if way.source in ENDINGS] == []


@pytest.mark.parametrize("name", sorted(STATES.keys() - ENDINGS))
def test_every_state_can_come_to_an_end(name: str) -> None:
    assert reachable(name) & ENDINGS


@pytest.mark.parametrize("name", sorted({way.source for way in ways() if way.target == "CloseSession"}))
def test_whoever_holds_a_session_closes_it_and_never_ends_without(name: str) -> None:
    assert reachable(name) & ENDINGS == {"CloseSession"}


def test_every_choice_says_where_the_rest_goes() -> None:
    assert [name for name, state in STATES.items() if state["Type"] == "Choice" and "Default" not in state] == []


def test_only_a_workflow_that_joined_another_session_reads_it_and_never_touches_the_bank() -> None:
    assert "StartAuthorize" not in reachable("ReadSession")
    assert "CloseSession" not in reachable("ReadSession")
