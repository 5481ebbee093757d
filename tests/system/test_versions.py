"""A deploy moves aliases to published versions; a session that is under way goes on over it."""

from collections.abc import Callable

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Simulator
from tests.deployed import FAST
from tests.system.support import a_user_at, execution_of, open_session, sweep, wait, wait_for_end, wait_until
from tests.template.template import ALIAS, FUNCTIONS


def _versions_run(service: Service, function: str) -> set[str]:
    lines = service.engine.function_logs(service.stack, function)
    return {line.split("Version: ")[1] for line in lines if line.startswith("START ")}


def _published(service: Service) -> dict[str, str]:
    aliases = {name: service.stack.resources[f"{name}{ALIAS}"] for name in FUNCTIONS}
    described = service.engine.client("lambda").get_function_configuration
    return {name: described(FunctionName=alias)["Version"] for name, alias in aliases.items()}


def test_new_reservations_alone_can_be_deployed(deploy: Callable[..., Service], simulator: Simulator) -> None:
    before = deploy("reserving")
    reserved = {f"{kind}Concurrency": "5" for kind in ("Page", "Return", "Worker", "Sweeper")}

    after = deploy_service(
        before.engine, simulator, "reserving", {**FAST, **reserved, "DeploymentPreference": "Canary10Percent10Minutes"}
    )

    published = _published(after)
    assert {name for name, version in published.items() if version == "2"} == {
        *("ConnectPage", "RedirectWebhook", "FlinksWebhook"),
        *("StartAuthorize", "PollAuthorize", "FetchAccounts", "SweepSessions"),
    }
    session_id = open_session(after, "greatday_nomfa")
    assert wait_for_end(after, session_id)["status"] == "SUCCEEDED"


def test_a_deleted_stack_keeps_its_records_and_can_be_deployed_again(engine: LocalEngine, simulator: Simulator) -> None:
    deployed = deploy_service(engine, simulator, "deleted", FAST)
    cloudformation = engine.client("cloudformation")
    deleted = deployed.stack
    stack_id = cloudformation.describe_stacks(StackName=deleted.name)["Stacks"][0]["StackId"]

    cloudformation.delete_stack(StackName=deleted.name)
    wait(
        lambda: cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"],
        lambda status: status != "DELETE_IN_PROGRESS",
    )

    # Not list_tables: its first page has a hundred names, and other tests make tables too.
    kept = engine.client("dynamodb").describe_table(TableName=deleted.outputs["TableName"])["Table"]
    assert kept["TableStatus"] == "ACTIVE"
    again = deploy_service(engine, simulator, "deleted", FAST)
    assert wait_for_end(again, open_session(again, "greatday_nomfa"))["status"] == "SUCCEEDED"


def test_an_update_is_taken_back_by_moving_the_aliases(deploy: Callable[..., Service], simulator: Simulator) -> None:
    before = deploy("taken-back")
    after = deploy_service(before.engine, simulator, "taken-back", {**FAST, "CooldownSeconds": "1"})
    functions = after.engine.client("lambda")
    for name in FUNCTIONS:
        function = after.stack.resources[name]
        [*_, earlier, _] = functions.list_versions_by_function(FunctionName=function)["Versions"]
        functions.update_alias(FunctionName=function, Name="live", FunctionVersion=earlier["Version"])

    session_id = open_session(after, "greatday_nomfa")

    assert wait_for_end(after, session_id)["status"] == "SUCCEEDED"
    assert set(_published(after).values()) == {"1"}
    assert _versions_run(after, "StartAuthorize") == {"1"}


def test_a_session_goes_on_over_a_deploy_and_only_published_versions_run(
    deploy: Callable[..., Service], simulator: Simulator
) -> None:
    before = deploy("versions")
    session_id = open_session(before, "Greatday")
    waiting = wait_until(before, session_id, "AWAITING_USER")
    started = execution_of(before, session_id)

    after = deploy_service(before.engine, simulator, "versions", {**FAST, "CooldownSeconds": "1"})
    user = a_user_at(waiting)
    user.answer_correctly()
    user.follow_redirect()

    assert wait_for_end(after, session_id)["status"] == "SUCCEEDED"
    sweep(after)
    assert (set(_published(after).values()), started["stateMachineAliasArn"]) == (
        {"2"},
        after.stack.outputs["StateMachineArn"],
    )
    assert set().union(*(_versions_run(after, name) for name in FUNCTIONS)) == {"1", "2"}
    assert _versions_run(after, "RedirectWebhook") == {"2"}
