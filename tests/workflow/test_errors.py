"""The names of errors: the States Language matches them letter by letter and knows no inheritance."""

import re

import pytest

from reconnect.adapters.step_functions import USER_ARRIVED
from reconnect.domain import errors
from tests.template.wired import errors_of
from tests.workflow.definition import CALLS, STATES, TASKS, function_of, never_repeated, repeated

_DOMAIN = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.ReconnectError)
}
# Step Functions' reference, "Error names"; Lambda's, "Handle transient Lambda service exceptions" and, of a function
# that ran out of its time or died, "Troubleshooting"; StartExecution's errors, which the SDK's name precedes.
_AWS = {
    "States.ALL",
    "States.Timeout",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "StepFunctions.ExecutionAlreadyExistsException",
}
# The tree at the top of errors.py says of each error whether a repeat is safe, and of some that it must come later.
_REPEATABLE = set(re.findall(r"(\w+) .*repeat: yes(?!, from)", errors.__doc__ or ""))
_HOPELESS = {"IllegalTransition", "SessionEnded", "SessionNotFound"}


@pytest.mark.parametrize("name", TASKS)
def test_every_error_that_is_matched_has_a_name_that_exists(name: str) -> None:
    caught = {error for catch in STATES[name].get("Catch", []) for error in catch["ErrorEquals"]}

    assert caught | repeated(name) | never_repeated(name) <= _DOMAIN | _AWS | {USER_ARRIVED}


@pytest.mark.parametrize("name", CALLS)
def test_no_state_speaks_of_an_error_that_its_function_cannot_raise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = (repeated(name) | never_repeated(name)) & _DOMAIN

    assert named <= errors_of(function_of(CALLS[name]), monkeypatch)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"CloseSession"}))
def test_every_error_that_is_safe_to_repeat_is_repeated_where_it_can_happen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = errors_of(function_of(CALLS[name]), monkeypatch) & _REPEATABLE

    assert safe <= repeated(name) or "States.ALL" in repeated(name)
    assert not safe & never_repeated(name)


@pytest.mark.parametrize("name", [name for name in CALLS if "States.ALL" in repeated(name)])
def test_where_everything_is_repeated_what_a_repeat_cannot_mend_is_excepted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hopeless = errors_of(function_of(CALLS[name]), monkeypatch) & _HOPELESS

    # The ending never meets one: a session that has ended, it leaves alone.
    assert hopeless <= never_repeated(name) or name == "CloseSession"


@pytest.mark.parametrize("name", ["StartAuthorize", "PollAuthorize", "AwaitRedirect", "AwaitClick", "FetchAccounts"])
def test_a_step_whose_session_has_ended_is_not_repeated_and_goes_to_the_ending(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "SessionEnded" in errors_of(function_of(CALLS[name]), monkeypatch)
    (caught,) = [catch for catch in CALLS[name]["Catch"] if {"SessionEnded", "States.ALL"} & set(catch["ErrorEquals"])]

    assert "SessionEnded" in never_repeated(name) or not {"SessionEnded", "States.ALL"} & repeated(name)
    assert caught["Next"] == "CloseSession"


@pytest.mark.parametrize("refusal", ["CoolingDown", "IdempotencyConflict", "InvalidRequest"])
def test_a_request_that_is_refused_is_not_sent_again_within_seconds(refusal: str) -> None:
    assert refusal in _DOMAIN
    assert not {refusal, "States.ALL"} & repeated("OpenSession")


def test_the_tree_of_errors_says_of_each_whether_to_repeat_it() -> None:
    leaves = {name for name in _DOMAIN if not vars(errors)[name].__subclasses__()}

    assert {name for name in leaves if f" {name} " not in (errors.__doc__ or "")} == set()
    assert {
        "SessionChanged",
        "StoreUnavailable",
        "SecretsUnavailable",
        "WorkflowUnavailable",
        "AnnouncementFailed",
        "ResultNotStored",
        "ResultNotErased",
        "ErasureUnfinished",
    } == _REPEATABLE
