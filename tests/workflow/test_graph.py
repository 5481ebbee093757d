"""The graph of the workflow, independent of its conditions."""

from tests.workflow.definition import (
    ENDINGS,
    MACHINE,
    OWN_ENDINGS,
    STATES,
    TASKS,
    function_of,
    never_repeated,
    reachable,
    ways,
)

START = MACHINE["StartAt"]


def test_every_transition_leads_to_an_existing_state() -> None:
    assert {way.target for way in ways()} <= STATES.keys()


def test_every_state_can_be_reached_from_the_start() -> None:
    assert reachable(START) | {START} == STATES.keys()


def test_the_workflow_ends_only_in_the_known_ending_states() -> None:
    endings = {name for name, state in STATES.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")}

    assert endings == ENDINGS


def test_no_transition_leaves_an_ending() -> None:
    assert [way for way in ways() if way.source in ENDINGS - {"CloseSession", "Park"}] == []


def test_the_ending_is_left_only_for_an_erased_session() -> None:
    (caught,) = TASKS["CloseSession"]["Catch"]

    assert (caught["ErrorEquals"], caught["Next"]) == (["SessionNotFound"], "Erased")
    assert {way.source for way in ways() if way.target == "Erased"} == {"CloseSession"}
    assert never_repeated("CloseSession") == {"SessionNotFound"}


def test_parking_is_left_only_by_its_errors() -> None:
    assert [way for way in ways() if way.source == "Park" and not TASKS["Park"]["End"]] == []
    assert {way.source for way in ways() if way.target == "Park"} == {"RouteOutcome"}
    assert function_of(TASKS["Park"]) == "BuildConnectUrl"


def test_every_state_can_reach_an_ending() -> None:
    assert [name for name in STATES.keys() - ENDINGS if not reachable(name) & ENDINGS] == []


def test_a_state_with_a_session_leads_to_its_closing_or_handover() -> None:
    endings = {way.source: reachable(way.source) & ENDINGS for way in ways() if way.target == "CloseSession"}

    assert endings
    assert {name: found for name, found in endings.items() if not {"CloseSession"} <= found <= OWN_ENDINGS} == {}


def test_a_session_is_handed_over_only_by_starting_its_next_execution() -> None:
    assert {way.source for way in ways() if way.target == "Continued"} == {"ContinueAsNew"}
    assert function_of(TASKS["ContinueAsNew"]) == "OpenSession"


def test_only_a_click_or_a_bank_that_is_down_lets_another_execution_take_over() -> None:
    assert {way.source for way in ways() if way.target == "ContinueAsNew"} == {"RouteWake", "RouteOutcome"}


def test_evidence_that_came_between_two_waits_is_handled_at_once() -> None:
    (caught,) = [catch for catch in TASKS["AwaitRedirect"]["Catch"] if "EvidencePending" in catch["ErrorEquals"]]

    assert caught["Next"] == TASKS["AwaitRedirect"]["Next"] == "FetchAccounts"
    assert "Assign" not in caught
    assert "EvidencePending" in never_repeated("AwaitRedirect")


def test_every_choice_has_a_default() -> None:
    assert [name for name, state in STATES.items() if state["Type"] == "Choice" and "Default" not in state] == []


def test_a_workflow_that_joined_another_session_never_touches_the_bank() -> None:
    assert "StartAuthorize" not in reachable("ReadSession")
    assert "CloseSession" not in reachable("ReadSession")
