"""Deploying: updates, several stacks, and refusals that say what to do."""

from pathlib import Path

import pytest

from devtools.engine import EngineError, LocalEngine, Stack
from devtools.engine.gaps import refer_to_secrets_by_arn
from tests.system.engine.fixtures import Invoke

APP = Path(__file__).parent / "app" / "template.yaml"

_TWO_OF_ONE_NAME = """
Resources:
  First:
    Type: AWS::Events::EventBus
    Properties: {Name: the-only-one}
  Second:
    Type: AWS::Events::EventBus
    DependsOn: First
    Properties: {Name: the-only-one}
"""


def test_two_stacks_live_side_by_side_and_one_is_updated_in_place(
    engine: LocalEngine, app: Stack, invoke: Invoke
) -> None:
    first = engine.deploy(APP, name="second", parameters={"Greeting": "bonjour"})
    assert _greeting(invoke, first) == "bonjour"
    assert _greeting(invoke, app) == "hello"
    assert not set(first.outputs.values()) & set(app.outputs.values())

    updated = engine.deploy(APP, name="second", parameters={"Greeting": "salut", "WithAlarm": "no"})

    assert _greeting(invoke, updated) == "salut"
    assert updated.outputs == first.outputs
    assert set(first.resources) - set(updated.resources) == {"Alarm"}
    assert engine.deploy(APP, name="second", parameters={"Greeting": "salut", "WithAlarm": "no"}) == updated


def test_generated_secrets_and_table_settings_exist(engine: LocalEngine, app: Stack) -> None:
    secret = engine.client("secretsmanager").get_secret_value(SecretId=app.outputs["SecretArn"])
    assert app.outputs["SecretArn"].startswith("arn:aws:secretsmanager:")
    assert '"value": "' in secret["SecretString"]

    table = engine.client("dynamodb").describe_table(TableName=app.outputs["TableName"])["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["due"]
    lifetime = engine.client("dynamodb").describe_time_to_live(TableName=app.outputs["TableName"])
    assert lifetime["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_a_parameter_the_template_does_not_allow_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(EngineError, match="Greeting"):
        engine.deploy(APP, name="shouting", parameters={"Greeting": "HELLO"})


def test_a_resource_that_does_not_deploy_is_named_with_its_reason(engine: LocalEngine, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(_TWO_OF_ONE_NAME)

    with pytest.raises(EngineError, match=r"Second \(AWS::Events::EventBus\)"):
        engine.deploy(template, name="twins")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Resources: {", "not readable YAML"),
        ("Outputs: {}", "no Resources"),
        (
            "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: nodejs22.x, CodeUri: .}}}",
            "Python",
        ),
        (
            "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: python3.13, CodeUri: x}}}",
            "F.CodeUri",
        ),
    ],
)
def test_a_template_that_cannot_be_packaged_says_why(engine: LocalEngine, tmp_path: Path, text: str, hint: str) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(text)

    with pytest.raises(EngineError, match=hint):
        engine.deploy(template, name="bad")


def test_a_name_that_cannot_be_in_a_url_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(EngineError, match="Stack name"):
        engine.api_url_for("My Stack")


def test_a_reference_to_a_secret_becomes_its_arn() -> None:
    template = {
        "Resources": {
            "Key": {"Type": "AWS::SecretsManager::Secret"},
            "Role": {
                "Type": "X",
                "A": {"Ref": "Key"},
                "B": {"Fn::Sub": "${Key}-${Other}"},
                "C": {"Fn::Sub": ["${Key}${Name}", {"Name": {"Ref": "Key"}}]},
            },
        }
    }

    role = refer_to_secrets_by_arn(template)["Resources"]["Role"]

    arn = {"Fn::GetAtt": ["Key", "Id"]}
    assert role["A"] == arn
    assert role["B"] == {"Fn::Sub": "${Key.Id}-${Other}"}
    assert role["C"] == {"Fn::Sub": ["${Key.Id}${Name}", {"Name": arn}]}


def _greeting(invoke: Invoke, stack: Stack) -> str:
    return str(invoke(stack, "ProbeFunction", {"modules": []})["environment"]["GREETING"])
