"""A bank that is down for a while, with intervals of seconds instead of minutes."""

from collections import Counter
from collections.abc import Iterator

import pytest

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Simulator
from reconnect_cli.following import Snapshot, follow
from tests.deployed import FAST

_SESSIONS, _SICK, _WELL = 6, 2, 3
# Seconds.
_PROBE, _PATIENCE = 4, 120


@pytest.fixture(scope="module")
def patient(engine: LocalEngine) -> Iterator[Service]:
    with Simulator() as simulator:
        parameters = {"BankOutageHours": "1", "BankProbeSeconds": str(_PROBE), "TryLaterSeconds": "1"}
        yield deploy_service(engine, simulator, "patient", {**FAST, **parameters})


@pytest.mark.timeout(300)
def test_no_session_fails_because_its_bank_is_down_and_other_banks_go_on(patient: Service) -> None:
    bank = patient.simulator.bank
    logins = [bank.add_login("greatday_nomfa", _SICK) for _ in range(_SESSIONS)]
    well = bank.add_login("greatday_nomfa", _WELL)
    bank.refuse_all(_SICK, "RETRY_LATER")

    opened = [patient.api.open_session(loginId=login).body["sessionId"] for login in logins]
    other = patient.api.open_session(loginId=well).body["sessionId"]
    waiting = [_wait_for_bank(patient, session_id) for session_id in opened]
    refused = sum(entry.action == "start" and entry.login_id in logins for entry in bank.journal)
    bank.refuse_all(_SICK, None)
    ended = [list(follow(patient.api, session_id, patience=_PATIENCE))[-1] for session_id in opened]

    assert patient.api.read_session(other)["status"] == "SUCCEEDED"
    assert Counter(session["status"] for session in ended) == {"SUCCEEDED": _SESSIONS}
    assert {session["nextStep"]["owner"] for session in waiting} == {"bank"}
    # Without the breaker each makes four attempts, and then it has failed.
    assert refused < 3 * _SESSIONS
    assert all("bank_down" in [entry["cause"] for entry in session["timeline"]] for session in ended)


def _wait_for_bank(service: Service, session_id: str) -> Snapshot:
    return next(each for each in follow(service.api, session_id, patience=_PATIENCE) if each["expectedAt"])
