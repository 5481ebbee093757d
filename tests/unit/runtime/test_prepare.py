"""What a function makes while Lambda initializes."""

import pytest

from reconnect.runtime import aws
from reconnect.runtime.settings import SettingsError


class _Parts:
    def __init__(self) -> None:
        self.made: list[str] = []

    def __getattr__(self, name: str) -> "_Parts":
        self.made.append(name)
        return self


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> _Parts:
    parts = _Parts()
    monkeypatch.setattr(aws, "service", lambda: parts)
    return parts


def test_in_lambda_the_named_parts_are_made(parts: _Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

    aws.prepare("start_authorize", "ports.flinks_credentials")

    assert parts.made == ["start_authorize", "ports", "flinks_credentials"]


def test_elsewhere_nothing_is_made(parts: _Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)

    aws.prepare("start_authorize")

    assert parts.made == []


def test_a_broken_setting_fails_the_invocation_not_the_initialization(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    monkeypatch.delenv("TABLE_NAME", raising=False)

    aws.prepare("read_session")

    with pytest.raises(SettingsError, match="TABLE_NAME is missing"):
        _ = aws.service().read_session
