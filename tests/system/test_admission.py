"""Flinks takes only so many requests a second: sessions wait for their turn, and none fails."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator
from tests.deployed import FAST
from tests.system.support import a_login, wait_for_end

_SESSIONS, _RATE = 10, 4.0


@pytest.fixture(scope="module")
def busy(engine: LocalEngine) -> Iterator[Service]:
    with Simulator(settings=Settings(requests_per_second=_RATE)) as simulator:
        yield deploy_service(engine, simulator, "busy", {**FAST, "PollIntervalSeconds": "2"})


@pytest.mark.timeout(300)
def test_sessions_beyond_flinks_rate_are_queued_and_all_succeed(busy: Service) -> None:
    logins = [a_login(busy, "greatday_nomfa") for _ in range(_SESSIONS)]

    with ThreadPoolExecutor(_SESSIONS) as callers:
        opened = list(callers.map(lambda login: busy.api.open_session(loginId=login).body["sessionId"], logins))
    ended = [wait_for_end(busy, session_id) for session_id in opened]

    assert Counter(session["status"] for session in ended) == {"SUCCEEDED": _SESSIONS}
    assert any(entry["cause"] == "queued" for session in ended for entry in session["timeline"])
    assert {session["expectedAt"] for session in ended} == {None}
