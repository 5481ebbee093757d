"""Error names: the States Language matches them exactly and has no inheritance."""

import re

import pytest

from reconnect.adapters.step_functions import USER_ARRIVED
from reconnect.model import errors
from reconnect.model.errors import INTENDED
from tests.template.wired import errors_of
from tests.workflow.aws_errors import DID_NOT_RUN, MAY_HAVE_RUN
from tests.workflow.definition import CALLS, STATES, TASKS, function_of, never_repeated, repeated

_DOMAIN = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.ReconnectError)
}
_AWS = {"States.ALL", *DID_NOT_RUN, *MAY_HAVE_RUN}
# The tree at the top of errors.py says for each error whether a repeat is safe, and for some that it must be later.
_REPEATABLE = set(re.findall(r"(\w+) .*repeat: yes(?!, from)", errors.__doc__ or ""))
_TOO_SOON = {error.__name__ for error in errors.TooSoon.__subclasses__()}
_FLINKS = {name for name in _DOMAIN if issubclass(vars(errors)[name], errors.FlinksError)}
# A newer version's record is readable again once a rollback is undone; repeats may last until then.
_OUTLIVED = {"RecordUnreadable"}
# Errors that a function raises only for its other state, or handles itself: (state, error).
_NEVER_THERE = {
    ("OpenSession", "SessionNotFound"),
    # A try that was overtaken returns: its execution may be the one that has parked the session.
    ("Park", "WaitOvertaken"),
    *(("ContinueAsNew", error) for error in (*_TOO_SOON, "TooManyCallers", "IdempotencyConflict", "SessionErased")),
}


def _raised_in(state: str) -> set[str]:
    """The domain errors that a state can see. Flinks' replies are outcomes of the step, not errors."""
    raised = errors_of(function_of(CALLS[state])) - _FLINKS
    if state == "OpenSession":
        # The handler parses the request, and raises the login's current reason to wait.
        raised |= {"InvalidRequest", *_TOO_SOON}
    return {error for error in raised if (state, error) not in _NEVER_THERE}


def _caught_in(name: str) -> set[str]:
    return {error for catch in STATES[name].get("Catch", []) for error in catch["ErrorEquals"]}


def test_every_error_that_is_matched_has_a_name_that_exists() -> None:
    matched = {name: _caught_in(name) | repeated(name) | never_repeated(name) for name in TASKS}
    unknown = {name: errors - _DOMAIN - _AWS - {USER_ARRIVED} for name, errors in matched.items()}

    assert {name: errors for name, errors in unknown.items() if errors} == {}


def test_what_a_state_routes_by_is_counted_as_intended_and_a_bug_is_not() -> None:
    routed = {error for name in TASKS for error in (never_repeated(name) | _caught_in(name) | repeated(name)) & _DOMAIN}
    intended = {error.__name__ for error in INTENDED} | _TOO_SOON

    # A step answers an uncertain start as its outcome.
    assert routed - {"IllegalTransition", "AttemptUncertain"} == intended - {"TooSoon"}


@pytest.fixture(scope="module")
def raised() -> dict[str, set[str]]:
    """The errors that each state can see."""
    return {name: _raised_in(name) for name in CALLS}


def test_no_state_matches_an_error_that_its_function_cannot_raise(raised: dict[str, set[str]]) -> None:
    # Every step that changes a session's status may find that it is not allowed.
    idle = {name: (never_repeated(name) & _DOMAIN) - raised[name] - {"IllegalTransition"} for name in CALLS}

    assert {name: errors for name, errors in idle.items() if errors} == {}


def test_exactly_the_errors_that_a_repeat_cannot_fix_are_not_repeated(raised: dict[str, set[str]]) -> None:
    repeated_in_vain = {name: raised[name] - _OUTLIVED - _REPEATABLE - never_repeated(name) for name in CALLS}

    assert {name: errors for name, errors in repeated_in_vain.items() if errors} == {}
    assert {name: never_repeated(name) & _REPEATABLE for name in CALLS if never_repeated(name) & _REPEATABLE} == {}


@pytest.mark.parametrize(
    "name", ["StartAuthorize", "PollAuthorize", "AwaitRedirect", "AwaitClick", "Park", "FetchAccounts"]
)
def test_a_step_of_an_ended_session_closes_it_without_a_repeat(name: str, raised: dict[str, set[str]]) -> None:
    assert "SessionEnded" in raised[name]
    (caught,) = [catch for catch in CALLS[name]["Catch"] if {"SessionEnded", "States.ALL"} & set(catch["ErrorEquals"])]

    assert "SessionEnded" in never_repeated(name)
    assert caught["Next"] == "CloseSession"


def test_a_refused_request_is_not_repeated_by_the_workflow() -> None:
    assert {"IdempotencyConflict", "InvalidRequest", *_TOO_SOON} <= never_repeated("OpenSession")


def test_the_error_tree_says_for_each_error_whether_to_repeat_it() -> None:
    leaves = {name for name in _DOMAIN if not vars(errors)[name].__subclasses__()}

    assert {name for name in leaves if f" {name} " not in (errors.__doc__ or "")} == set()
    assert {
        "DataPending",
        "SessionChanged",
        "StoreUnavailable",
        "SecretsUnavailable",
        "WorkflowUnavailable",
        "PublishFailed",
        "RequestNotKept",
        "ResultNotStored",
        "ResultNotErased",
        "ErasureUnfinished",
        "FlinksThrottled",
    } == _REPEATABLE
