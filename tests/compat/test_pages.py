"""The page of an earlier release goes on in open browsers, and asks today's functions."""

import re
import zipfile
from typing import Any

import pytest

from reconnect.model.session import Status
from reconnect.runtime.service import Service
from tests.compat.release import RELEASES, versions
from tests.fakes.builders import a_session
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.template.template import ROUTES

_SCRIPT = "connect_page.js"
# What only the answer to a click has.
_CONNECT_URL = "connectUrl"


def _script_of(version: str) -> str:
    with zipfile.ZipFile(RELEASES / f"release-{version}.zip") as kept:
        [path] = [name for name in kept.namelist() if name.endswith(_SCRIPT)]
        return kept.read(path).decode()


def _shown(status: Status) -> dict[str, Any]:
    return Service(FakePorts(), a_settings()).connect_page.view(a_session(status))


@pytest.mark.parametrize("version", versions())
def test_todays_answers_have_the_fields_that_an_earlier_page_reads(version: str) -> None:
    read = set(re.findall(r"\b(?:view|answer)\.(\w+)", _script_of(version)))

    assert read > {"stage", _CONNECT_URL}
    assert [status for status in Status if not read - {_CONNECT_URL} <= _shown(status).keys()] == []


@pytest.mark.parametrize("version", versions())
def test_an_earlier_page_knows_every_stage_of_today(version: str) -> None:
    known = set(re.findall(r"\"(\w+)\"|\b(\w+):", _script_of(version)))
    names = {name for pair in known for name in pair}

    assert [status for status in Status if _shown(status)["stage"] not in names] == []


@pytest.mark.parametrize("version", versions())
def test_the_calls_of_an_earlier_page_still_have_their_routes(version: str) -> None:
    called = {f"/connect/{{link}}{path}" for path in re.findall(r"call\(\"(/\w+)\"", _script_of(version))}

    assert len(called) == 3
    assert called <= {route["RouteKey"].split()[-1] for route in ROUTES.values()}
