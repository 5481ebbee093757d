"""Secrets, read through Secrets Manager: cached, and read again when a value does not fit."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from reconnect.adapters.secrets import FlinksCredentials, FlinksKeys, RotatingKey, Secret
from reconnect.model.errors import SecretsUnavailable
from tests.unit.adapters.conftest import StubbedClient

SECRET_ARN = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:a-secret-AbCdEf"


@dataclass
class Vault:
    """Secrets Manager with one secret, and the clock of the Lambda environment that reads it."""

    client: Any
    arn: str
    now: float = 1000.0
    reads: list[str] = field(default_factory=list)

    def get_secret_value(self, **wanted: str) -> Any:
        self.reads.append(wanted.get("VersionStage", "AWSCURRENT"))
        return self.client.get_secret_value(**wanted)

    @property
    def exceptions(self) -> Any:
        return self.client.exceptions

    def store(self, text: str) -> None:
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)

    def secret(self) -> Secret:
        return Secret(self, self.arn, lambda _: None)  # type: ignore[arg-type]


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    with mock_aws():
        client = boto3.client("secretsmanager")
        vault = Vault(client, client.create_secret(Name="a-secret", SecretString="first")["ARN"])
        monkeypatch.setattr(time, "monotonic", lambda: vault.now)
        yield vault


def test_a_secret_is_fetched_once_and_again_after_five_minutes(moto: Vault) -> None:
    keys = RotatingKey(moto.secret())
    read = [keys.known(), keys.known()]
    moto.store("second")
    moto.now += 299
    read.append(keys.known())
    moto.now += 1

    assert [*read, keys.known()] == [(b"first",)] * 3 + [(b"second",)]
    assert moto.reads == ["AWSCURRENT"] * 2


def test_after_a_rotation_both_values_are_in_force_and_read_together(moto: Vault) -> None:
    keys = RotatingKey(moto.secret())
    assert keys.known() == (b"first",)
    moto.store("second")
    assert keys.again() == keys.known() == (b"second", b"first")
    moto.store("third")
    moto.now += 300

    assert keys.known() == (b"third", b"second")


def test_a_secret_that_was_never_rotated_has_one_value(moto: Vault) -> None:
    assert RotatingKey(moto.secret()).again() == (b"first",)


def test_forgeries_cause_few_reads_and_a_new_key_is_found_within_seconds(moto: Vault) -> None:
    keys = RotatingKey(moto.secret())
    for _ in range(1000):
        keys.again()
    assert len(moto.reads) <= 21
    moto.store("second")
    moto.now += 20

    assert keys.again() == (b"second", b"first")


def test_a_rotation_between_the_two_reads_loses_no_new_value(moto: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = RotatingKey(moto.secret())
    read = moto.get_secret_value

    def rotate_after(**wanted: str) -> Any:
        value = read(**wanted)
        if "VersionStage" not in wanted:
            moto.store("second")
        return value

    monkeypatch.setattr(moto, "get_secret_value", rotate_after)

    assert keys.again() == (b"first", b"first")
    monkeypatch.undo()
    monkeypatch.setattr(time, "monotonic", lambda: moto.now)
    assert keys.again() == (b"second", b"first")


def test_known_values_are_used_while_the_secret_cannot_be_read(
    vault: StubbedClient, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.add_response("get_secret_value", {"SecretString": "a key"}, {"SecretId": SECRET_ARN})
    vault.add_client_error("get_secret_value", "ThrottlingException")
    vault.add_client_error("get_secret_value", "InternalServiceError")
    now = [7.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    keys = RotatingKey(Secret(vault.client, SECRET_ARN, counted.append))
    first = keys.known()
    now[0] += 300

    assert [keys.known(), keys.known(), keys.again()] == [first] * 3
    assert counted == ["SecretUnavailable"] * 2
    vault.assert_no_pending_responses()


def test_a_secret_that_cannot_be_read_raises_secrets_unavailable(vault: StubbedClient, counted: list[str]) -> None:
    vault.add_client_error("get_secret_value", "AccessDeniedException", service_message=f"not {SECRET_ARN}")

    with pytest.raises(SecretsUnavailable, match=r"^GetSecretValue: AccessDeniedException$"):
        RotatingKey(Secret(vault.client, SECRET_ARN, counted.append)).known()

    assert counted == ["SecretUnavailable"]


@pytest.mark.parametrize(
    ("stored", "credentials"),
    [
        ({"secretKey": "a", "xApiKey": "b"}, FlinksCredentials("a", "b")),
        ({"secretKey": "a"}, FlinksCredentials("a", None)),
    ],
)
def test_flinks_keys_are_read_from_json(moto: Vault, stored: Any, credentials: FlinksCredentials) -> None:
    moto.store(json.dumps(stored))
    keys = FlinksKeys(moto.secret())

    assert [keys.known(), keys.known()] == [credentials, credentials]
    moto.store('{"secretKey": "new"}')
    assert keys.again() == FlinksCredentials("new")


@pytest.mark.parametrize("stored", ["my-secret-key", "[]", '"my-secret-key"', "7", '{"secret_key": "my-secret-key"}'])
def test_malformed_keys_are_explained_but_never_quoted(moto: Vault, stored: str) -> None:
    moto.store(stored)

    with pytest.raises(SecretsUnavailable, match="must be JSON such as") as error:
        FlinksKeys(moto.secret()).known()

    assert "my-secret-key" not in str(error.value)
