"""The state machine of one version with the functions of another, as during a deployment.

An execution keeps the definition that it was started with, for as long as a link lives, while functions change at
once. Functions are also updated before or after the definition, or rolled back alone.
"""

import json
from typing import Any

import pytest

from tests.compat.paths import PATHS, play
from tests.compat.release import DEFINITION, ROOT, definition_of, unpack, versions
from tests.model import machine

_ASKED = "ReconnectRequired"


def _ends(ended: str, *published: str, starts: int = 1, executions: tuple[str, ...] = ("SUCCEEDED",)) -> dict[str, Any]:
    return {
        "ended": [ended] if ended else [],
        "starts": starts,
        "executions": list(executions),
        "announced": list(published),
        "violations": [],
        "undefined": [],
    }


_TWO = ("SUCCEEDED", "SUCCEEDED")
_EXPECTED = {
    "without a question": _ends("SUCCEEDED", "SessionSucceeded"),
    "answered": _ends("SUCCEEDED", _ASKED, "SessionSucceeded"),
    "answered, the redirect is lost": _ends("SUCCEEDED", _ASKED, "SessionSucceeded"),
    "signed in anew": _ends("SUCCEEDED", _ASKED, "SessionSucceeded"),
    "clicked after the attempt died": _ends("SUCCEEDED", _ASKED, "SessionSucceeded", starts=2),
    "clicked in a new execution": _ends("SUCCEEDED", _ASKED, "SessionSucceeded", starts=2, executions=_TWO),
    "nobody came": _ends("EXPIRED USER_ABSENT", _ASKED, "SessionExpired"),
    "refused": _ends("FAILED DISABLED_LOGIN", "SessionFailed"),
    "busy at first": _ends("SUCCEEDED", "SessionSucceeded", starts=2),
    "refreshed after the end": _ends(
        "EXPIRED USER_ABSENT", _ASKED, "SessionExpired", "SessionCorrected", executions=_TWO
    ),
    "opened by a workflow": _ends("SUCCEEDED", _ASKED, "SessionSucceeded"),
    "joined by a workflow": _ends("SUCCEEDED", _ASKED, "SessionSucceeded", executions=_TWO),
    "refused to a workflow": _ends("", starts=0, executions=("FAILED",)),
    "cancelled": _ends("CANCELLED", _ASKED, "SessionCancelled"),
}


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return how every path ends with the previous release's functions and today's definition."""
    todays = (ROOT / DEFINITION).read_text()
    release = unpack(versions()[-1], tmp_path_factory.mktemp("functions"), definition=todays)
    ends: dict[str, Any] = json.loads(release.run("tests.compat.paths"))
    return ends


def test_every_path_has_an_expected_end() -> None:
    assert _EXPECTED.keys() == PATHS.keys()


@pytest.mark.parametrize("path", PATHS)
def test_a_path_ends_as_expected(path: str) -> None:
    assert play(path) == _EXPECTED[path]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("version", versions())
def test_todays_functions_work_under_an_earlier_state_machine(
    version: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = definition_of(version)
    monkeypatch.setattr(machine, "MACHINE", definition)
    monkeypatch.setattr(machine, "STATES", definition["States"])

    assert play(path) == _EXPECTED[path]


@pytest.mark.parametrize("path", PATHS)
def test_the_previous_functions_work_under_todays_state_machine(rolled_back: dict[str, Any], path: str) -> None:
    assert rolled_back[path] == _EXPECTED[path]
