"""Flinks takes only so many requests a second: sessions wait for their turn, and none fails."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator
from reconnect_cli.following import follow
from tests.deployed import FAST
from tests.system.support import a_login

_SESSIONS, _RATE = 6, 8.0
# Seconds; turns and refused requests are waited for in real time.
_PATIENCE = 200


@pytest.fixture(scope="module")
def busy(engine: LocalEngine) -> Iterator[Service]:
    with Simulator(settings=Settings(requests_per_second=_RATE)) as simulator:
        yield deploy_service(
            engine, simulator, "busy", {**FAST, "PollIntervalSeconds": "2", "FetchIntervalSeconds": "2"}
        )


@pytest.mark.timeout(300)
def test_sessions_beyond_flinks_rate_are_queued_and_all_succeed(busy: Service) -> None:
    logins = [a_login(busy, "greatday_nomfa") for _ in range(_SESSIONS)]

    with ThreadPoolExecutor(_SESSIONS) as callers:
        opened = list(callers.map(lambda login: busy.api.open_session(loginId=login).body["sessionId"], logins))
    ended = [list(follow(busy.api, session_id, patience=_PATIENCE))[-1] for session_id in opened]

    assert Counter(session["status"] for session in ended) == {"SUCCEEDED": _SESSIONS}
    assert any(entry["cause"] == "queued" for session in ended for entry in session["timeline"])
    assert {session["expectedAt"] for session in ended} == {None}
