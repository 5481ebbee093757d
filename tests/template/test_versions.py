"""Deploys: everything calls published versions through an alias, every change publishes one, a canary can stop."""

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.template.template import ALIAS, FUNCTIONS, GLOBALS, MACHINES, RESOURCES, TEMPLATE, of_type, target
from tests.template.transformed import TRANSFORMS, references, transformed

_PREFERENCES = TEMPLATE["Parameters"]["DeploymentPreference"]["AllowedValues"]
_CANARY = "Canary10Percent10Minutes"
# SAM's own parts of a function; its metrics, which have no alias in their name; and a reference with `:live` after it.
_OF_THE_FUNCTION = {
    "AWS::Lambda::Version",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::QueryDefinition",
    "AWS::ApiGatewayV2::Integration",
}

Transformed = Callable[..., dict[str, Any]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Transformed:
    """`made(parameters, layer)` returns the resources that CloudFormation deploys."""
    return lambda *given: transformed(monkeypatch, *given)["Resources"]


def _versions(resources: dict[str, Any]) -> set[str]:
    return {name for name, found in resources.items() if found["Type"] == "AWS::Lambda::Version"}


def test_every_function_has_an_alias_and_so_does_each_workflow(made: Transformed) -> None:
    aliases = {name for name, found in made().items() if found["Type"].endswith("Alias")}

    assert aliases == {f"{name}{ALIAS}" for name in (*FUNCTIONS, *MACHINES)}


def test_nothing_refers_to_a_function_but_through_its_alias(made: Transformed) -> None:
    direct = {
        (name, reference)
        for name, found in made().items()
        for reference in references(found)
        if reference in FUNCTIONS and found["Type"] not in _OF_THE_FUNCTION
    }

    assert direct == set()


def test_executions_start_through_the_alias_of_the_workflow() -> None:
    started = [variables for function in FUNCTIONS.values() if (variables := _own(function).get("STATE_MACHINE_ARN"))]

    assert len(started) > 1
    assert [each for each in started if not target(each).endswith(":stateMachine:${AWS::StackName}:live")] == []
    assert target(TEMPLATE["Outputs"]["StateMachineArn"]["Value"]) == f"Workflow{ALIAS}"


def test_a_change_of_the_layer_alone_publishes_a_version_of_every_function(made: Transformed) -> None:
    assert _versions(made({}, "layer")) & _versions(made({}, "another")) == set()


def test_a_new_value_of_a_parameter_publishes_a_version_of_every_function(made: Transformed) -> None:
    assert _versions(made()) & _versions(made({"LogLevel": "DEBUG"})) == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_new_reservation_changes_what_lambda_publishes(name: str) -> None:
    reserved = FUNCTIONS[name].get("ReservedConcurrentExecutions")

    assert _own(FUNCTIONS[name]).get("RESERVED_CONCURRENCY") == (reserved and reserved["Fn::If"][1])


def test_an_unchanged_template_publishes_nothing(made: Transformed) -> None:
    assert _versions(made()) == _versions(made())


def test_a_setting_is_in_the_template_before_sam_sees_it() -> None:
    # SAM publishes for a new value only if AWS::LanguageExtensions has written it into the template before.
    assert TRANSFORMS == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]


def test_earlier_versions_keep_what_they_need(made: Transformed) -> None:
    kept = {name: found for name, found in made().items() if found["Type"].endswith("Version")}

    assert {found["DeletionPolicy"] for found in kept.values()} == {"Retain"}
    assert kept["WorkflowVersion"]["UpdateReplacePolicy"] == "Retain"


def test_a_deploy_without_a_canary_needs_no_codedeploy(made: Transformed) -> None:
    assert [name for name, found in made().items() if found["Type"].startswith("AWS::CodeDeploy")] == []
    assert not any("UpdatePolicy" in found for found in made().values())


def test_a_canary_shifts_every_function_and_the_alarms_stop_it(made: Transformed) -> None:
    resources = made({"DeploymentPreference": _CANARY})
    groups = {name: found["Properties"] for name, found in resources.items() if "DeploymentGroup" in found["Type"]}
    brakes = [target(each) for each in GLOBALS["DeploymentPreference"]["Alarms"]]

    assert groups.keys() == {f"{name}DeploymentGroup" for name in FUNCTIONS}
    for name, group in groups.items():
        assert [target(each["Name"]) for each in group["AlarmConfiguration"]["Alarms"]] == brakes
        shift = resources[name.replace("DeploymentGroup", ALIAS)]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert shift["DeploymentGroupName"] == {"Ref": name}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_same_alarms_stop_the_canary_of_a_workflow(machine: str) -> None:
    of_functions, of_workflow = GLOBALS["DeploymentPreference"], MACHINES[machine]["DeploymentPreference"]

    assert of_workflow["Alarms"]["Fn::If"][:2] == ["IsGradual", of_functions["Alarms"]]
    assert {target(each) for each in of_functions["Alarms"]} <= of_type("AWS::CloudWatch::Alarm").keys()
    # CodeDeploy takes ten. One that misses data in a quiet hour would stop every deploy.
    assert len(of_functions["Alarms"]) <= 10
    assert [each for each in of_functions["Alarms"] if _misses_data(target(each))] == []


@pytest.mark.parametrize("preference", _PREFERENCES)
def test_cloudformation_finds_an_order_for_the_resources(preference: str, made: Transformed) -> None:
    resources = made({"DeploymentPreference": preference})
    graph = {name: set(references(found)) & resources.keys() for name, found in resources.items()}

    assert set(TopologicalSorter(graph).static_order()) == resources.keys()


@pytest.mark.parametrize("preference", _PREFERENCES)
def test_a_canary_lasts_as_long_as_its_name_says(preference: str) -> None:
    shift = TEMPLATE["Mappings"]["Deployments"][preference]
    share, _, minutes = preference.removeprefix("Canary").removesuffix("Minutes").partition("Percent")

    if preference == "AllAtOnce":
        assert shift == {"Enabled": "false", "Type": "ALL_AT_ONCE", "Minutes": 0}
    else:
        assert shift == {"Enabled": "true", "Type": "CANARY", "Minutes": int(minutes)}
        for machine in MACHINES.values():
            assert machine["DeploymentPreference"]["Percentage"]["Fn::If"][:2] == ["IsGradual", int(share)]


def _own(function: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def _misses_data(alarm: str) -> bool:
    return bool(RESOURCES[alarm]["Properties"]["TreatMissingData"] == "breaching")
