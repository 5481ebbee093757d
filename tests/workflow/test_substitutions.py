"""The definition's placeholders and the template's substitutions: one name for one thing."""

from tests.template.template import WORKFLOW, behind_alias
from tests.workflow.definition import CALLS, PATH, ROOT, TOKEN_WAITS, function_of, placeholders

_SUBSTITUTED = WORKFLOW["DefinitionSubstitutions"]


def test_the_template_deploys_this_definition_as_a_standard_workflow() -> None:
    assert ROOT / WORKFLOW["DefinitionUri"] == PATH
    assert WORKFLOW["Type"] == "STANDARD"


def test_every_placeholder_is_substituted_and_every_substitution_is_used() -> None:
    assert placeholders(PATH.read_text()) == _SUBSTITUTED.keys()


def test_a_placeholder_becomes_the_alias_of_the_function_it_names() -> None:
    names = {placeholder: placeholder.removesuffix("Arn") for placeholder in _SUBSTITUTED}

    assert {placeholder: behind_alias(value) for placeholder, value in _SUBSTITUTED.items()} == names


def test_a_state_calls_the_function_of_its_name() -> None:
    named = CALLS.keys() - TOKEN_WAITS.keys() - {"ContinueAsNew", "Park"}

    assert {name: function_of(CALLS[name]) for name in named} == {name: name for name in named}


def test_both_waits_for_the_user_call_the_function_that_keeps_the_token() -> None:
    assert {function_of(wait) for wait in TOKEN_WAITS.values()} == {"BuildConnectUrl"}


def test_the_only_waits_for_a_token_are_those_for_the_user() -> None:
    assert TOKEN_WAITS.keys() == {"AwaitRedirect", "AwaitClick"}
