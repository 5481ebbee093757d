"""The definition's placeholders and the template's substitutions: one name for one thing."""

import pytest

from tests.template.template import WORKFLOW, target
from tests.workflow.definition import CALLS, PATH, ROOT, TOKEN_WAITS, function_of, placeholders

_SUBSTITUTED = WORKFLOW["DefinitionSubstitutions"]


def test_the_template_deploys_this_definition_as_a_standard_workflow() -> None:
    assert ROOT / WORKFLOW["DefinitionUri"] == PATH
    assert WORKFLOW["Type"] == "STANDARD"


def test_every_placeholder_is_substituted_and_every_substitution_is_used() -> None:
    assert placeholders(PATH.read_text()) == _SUBSTITUTED.keys()


@pytest.mark.parametrize("placeholder", _SUBSTITUTED)
def test_a_placeholder_becomes_the_arn_of_the_function_it_names(placeholder: str) -> None:
    assert _SUBSTITUTED[placeholder] == {"Fn::GetAtt": [placeholder.removesuffix("Arn"), "Arn"]}
    assert target(_SUBSTITUTED[placeholder]) == placeholder.removesuffix("Arn")


@pytest.mark.parametrize("name", sorted(CALLS.keys() - TOKEN_WAITS.keys() - {"ContinueAsNew"}))
def test_a_state_calls_the_function_of_its_name(name: str) -> None:
    assert function_of(CALLS[name]) == name


@pytest.mark.parametrize("name", TOKEN_WAITS)
def test_both_waits_for_the_user_go_through_the_function_that_keeps_the_token(name: str) -> None:
    assert function_of(TOKEN_WAITS[name]) == "BuildConnectUrl"


def test_the_only_waits_for_a_token_are_those_for_the_user() -> None:
    assert TOKEN_WAITS.keys() == {"AwaitRedirect", "AwaitClick"}
