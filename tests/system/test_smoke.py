"""`reconnect smoke` against the local stack, whole and broken in one place at a time."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from devtools.service import Service
from tests.system.commands import RECONNECT, operators_environment
from tests.system.support import a_login, listening

_WAITS = {"BackstopIntervalSeconds": "10", "UnattendedIntervalSeconds": "10"}


@pytest.fixture
def stack(deploy: Callable[..., Service]) -> Service:
    return deploy("smoke", **_WAITS)


def smoke(service: Service, username: str, *options: str, **variables: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Run it with the simulator's user; return the exit status and each check by name."""
    environment = {
        **operators_environment(service),
        "AWS_ENDPOINT_URL": service.engine.endpoint_url,
        **variables,
    }
    ran = subprocess.run(
        [RECONNECT, "smoke", a_login(service, username), "--user", "simulator", "--json", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    print(ran.stdout, ran.stderr)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return ran.returncode, {line["check"]: line for line in lines}


def failures(checks: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, line in checks.items() if line["mark"] == "FAILED"]


def test_a_whole_stack_passes_every_check(stack: Service) -> None:
    with listening(stack, "smoke-events") as queue:
        status, checks = smoke(stack, "Greatday", "--queue-url", queue)

    assert {name: line["mark"] for name, line in checks.items()} == dict.fromkeys(
        ("api", "signing", "session", "execution", "link_page", "user", "wake", "ended", "result", "event"), "OK"
    )
    assert status == 0


def test_what_a_login_without_a_question_cannot_tell_is_skipped(stack: Service) -> None:
    status, checks = smoke(stack, "greatday_nomfa")

    skipped = [name for name, line in checks.items() if line["mark"] == "SKIPPED"]
    assert (status, skipped) == (0, ["link_page", "user", "wake", "event"])


def test_credentials_that_aws_refuses_are_named(stack: Service) -> None:
    iam = stack.engine.client("iam")
    iam.create_user(UserName="smoke-stranger")
    key = iam.create_access_key(UserName="smoke-stranger")["AccessKey"]

    status, checks = smoke(
        stack, "Greatday", AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"]
    )

    assert (status, failures(checks)) == (1, ["api"])
    assert "execute-api:Invoke" in checks["api"]["sentence"]


def test_a_redirect_that_may_not_wake_the_workflow_is_named(stack: Service) -> None:
    with _without(stack, "RedirectWebhookRole", "states:SendTask"):
        status, checks = smoke(stack, "Greatday")

    assert (status, failures(checks)) == (1, ["wake"])
    assert "states:SendTaskSuccess" in checks["wake"]["sentence"]


def test_a_malformed_secret_is_named(deploy: Callable[..., Service]) -> None:
    service = deploy("smoke-secret", **_WAITS)
    service.engine.client("secretsmanager").put_secret_value(
        SecretId=service.stack.outputs["FlinksSecretArn"], SecretString="simulator-secret"
    )

    status, checks = smoke(service, "Greatday", "--patience", "10")

    assert (status, failures(checks)) == (1, ["execution"])
    assert "secret" in checks["execution"]["sentence"]


@contextmanager
def _without(service: Service, role: str, action: str) -> Iterator[None]:
    """Take away the statements of a role whose actions begin like this, and give them back."""
    iam, name = service.engine.client("iam"), service.stack.resources[role]
    [policy] = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    kept = [each for each in document["Statement"] if not str(each["Action"]).strip("['\"").startswith(action)]
    assert len(kept) < len(document["Statement"])
    less = json.dumps({**document, "Statement": kept})
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=less)
    yield
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
