"""What support does, on the deployed stack with its real roles: find a login, list sessions, remind, extend."""

from uuid import uuid4

import pytest

from devtools.service import Service
from reconnect_client import ApiProblem
from reconnect_client.client import Client
from tests.system.support import a_login, wait_for_end, wait_until


def test_support_finds_lists_reminds_and_extends(service: Service) -> None:
    client, user, order = Client(service.api), f"user-{uuid4().hex}", f"order-{uuid4().hex}"
    login_id = a_login(service, "Greatday")
    opened = client.open(loginId=login_id, userRef=user, correlationId=order)
    session_id = opened["sessionId"]
    waiting = wait_until(service, session_id, "AWAITING_USER")

    found = [client.find(loginId=login_id), client.find(userRef=user), client.find(correlationId=order)]
    [login] = found[0]
    assert [[each["sessionId"] for each in logins[0]["sessions"]] for logins in found] == [[session_id]] * 3
    assert (login["turn"], login["mayDo"], login["blockedBy"]) == ("user", "remind", None)

    bank = login["sessions"][0]["institution"]
    assert bank and bank["names"]["en"]
    listed = [each["sessionId"] for each in client.sessions(needs="user", institution=bank["names"]["en"], limit=1)]
    assert session_id in listed
    assert session_id in [each["sessionId"] for each in client.sessions(status="AWAITING_USER")]

    extended = client.extend(session_id, link_lifetime_hours=720)
    assert extended["linkExpiresAt"] > waiting["linkExpiresAt"]
    assert [(entry["cause"], bool(entry["by"])) for entry in extended["timeline"]][-1] == ("link_extended", True)
    with pytest.raises(ApiProblem) as refused:
        service.api.remind_user(session_id)
    assert refused.value.code == "reminded_recently"

    client.cancel(session_id)
    wait_for_end(service, session_id)
    assert session_id not in [each["sessionId"] for each in client.sessions(needs="user")]
    with pytest.raises(ApiProblem) as not_needed:
        client.remind(session_id)
    assert not_needed.value.code == "user_not_needed"

    client.erase(login_id)
    for by in ({"loginId": login_id}, {"userRef": user}, {"correlationId": order}):
        with pytest.raises(ApiProblem) as unknown:
            client.find(**by)
        assert (unknown.value.status, unknown.value.code) == (404, "login_not_found")
