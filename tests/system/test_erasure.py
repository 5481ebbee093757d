"""A login that must be forgotten leaves nothing behind, whatever is going on with it."""

from uuid import uuid4

import pytest

from local.service import Service
from tests.system.support import (
    a_login,
    execution_of,
    problem_of,
    sessions_of,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


def test_an_erased_login_leaves_no_record_and_nothing_running_and_twice_is_harmless(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    first = service.api.open_session(loginId=login_id).body["sessionId"]
    wait_until(service, first, "AWAITING_USER")
    service.api.cancel_session(first)
    second = service.api.open_session(str(uuid4()), loginId=a_login(service, "greatday_nomfa")).body["sessionId"]
    wait_for_end(service, second)

    receipt = service.api.erase_login(login_id)
    again = service.api.erase_login(login_id)

    assert receipt == {"sessions": 1, "wasKnown": True, "card": None}
    assert again == {"sessions": 0, "wasKnown": False, "card": None}
    assert problem_of(lambda: service.api.read_session(first)).status == 404
    assert not [item for item in sessions_of(service) if login_id in str(item)]
    assert service.api.read_session(second)["status"] == "SUCCEEDED"


def test_a_login_can_be_erased_while_its_user_is_at_the_bank(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    wait_until(service, session_id, "AWAITING_USER")

    receipt = service.api.erase_login(login_id, delete_card=True)

    assert receipt["sessions"] == 1
    assert receipt["card"]
    ended = wait_for_execution(service, execution_of(service, session_id)["executionArn"])
    assert ended["status"] == "SUCCEEDED"
    assert not [item for item in sessions_of(service) if login_id in str(item)]


@pytest.mark.parametrize("path", ["/logins/nonsense", f"/logins/{uuid4()}?deleteCard=perhaps"])
def test_an_erasure_that_cannot_be_meant_is_refused(service: Service, path: str) -> None:
    assert problem_of(lambda: service.api.request("DELETE", path)).status == 400
