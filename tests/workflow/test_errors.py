"""The names of errors: the States Language matches them letter by letter and knows no inheritance."""

import re

import pytest

from reconnect.domain import errors
from tests.template.wired import errors_of
from tests.workflow.definition import STATES, TASKS, function_of

_DOMAIN = {name for name, value in vars(errors).items() if isinstance(value, type)}
# Step Functions' reference, "Error names", and Lambda's, "Handle transient Lambda service exceptions".
_AWS = {
    "States.ALL",
    "States.Timeout",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
# The tree at the top of errors.py says of each error whether a repeat is safe.
_REPEATABLE = set(re.findall(r"(\w+) .*repeat: yes", errors.__doc__ or ""))


def _repeated_by(name: str) -> set[str]:
    return {error for retry in TASKS[name].get("Retry", []) for error in retry["ErrorEquals"]}


@pytest.mark.parametrize("name", TASKS)
def test_every_error_that_is_matched_has_a_name_that_exists(name: str) -> None:
    caught = {error for catch in STATES[name].get("Catch", []) for error in catch["ErrorEquals"]}

    assert caught | _repeated_by(name) <= _DOMAIN | _AWS


@pytest.mark.parametrize("name", TASKS)
def test_no_state_repeats_an_error_that_its_function_cannot_raise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _repeated_by(name) & _DOMAIN <= errors_of(function_of(TASKS[name]), monkeypatch)


@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"CloseSession"}))
def test_every_error_that_is_safe_to_repeat_is_repeated_where_it_can_happen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert errors_of(function_of(TASKS[name]), monkeypatch) & _REPEATABLE <= _repeated_by(name)


def test_the_tree_of_errors_says_of_each_whether_to_repeat_it() -> None:
    leaves = {name for name in _DOMAIN if not vars(errors)[name].__subclasses__()}

    assert {name for name in leaves if f" {name} " not in (errors.__doc__ or "")} == set()
    assert {"SessionChanged", "WorkflowUnavailable", "AnnouncementFailed"} == _REPEATABLE
