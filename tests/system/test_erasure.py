"""A login that must be forgotten leaves nothing behind, whatever is going on with it."""

from functools import partial
from uuid import uuid4

import pytest
import requests

from local.results import fetch_result
from local.service import Service
from tests.system.support import (
    a_login,
    execution_of,
    open_session,
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
    second = open_session(service, "greatday_nomfa")
    wait_for_end(service, second)

    receipt = service.api.erase_login(login_id)
    again = service.api.erase_login(login_id)

    assert receipt == {"sessions": 1, "results": 0, "wasKnown": True, "card": None}
    assert again == {"sessions": 0, "results": 0, "wasKnown": False, "card": None}
    assert problem_of(lambda: service.api.read_session(first)).status == 404
    assert not [item for item in sessions_of(service) if login_id in str(item)]
    assert service.api.read_session(second)["status"] == "SUCCEEDED"


def test_of_an_erased_login_no_data_can_be_fetched_not_even_by_a_link_that_still_lives(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    mine = [_read(service, login_id) for _ in range(2)]
    theirs = open_session(service, "greatday_nomfa")
    wait_for_end(service, theirs)
    links = [service.api.read_result(session_id)["url"] for session_id in mine]

    receipt = service.api.erase_login(login_id)

    assert (receipt["sessions"], receipt["results"]) == (2, 2)
    assert [requests.get(link, timeout=30).status_code for link in links] == [404, 404]
    assert [problem_of(partial(service.api.read_result, each)).status for each in mine] == [404, 404]
    assert [_stored(service, session_id) for session_id in (*mine, theirs)] == [0, 0, 1]
    assert fetch_result(service.api, theirs)


def _read(service: Service, login_id: str) -> str:
    session_id: str = service.api.open_session(loginId=login_id).body["sessionId"]
    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"
    return session_id


def _stored(service: Service, session_id: str) -> int:
    """How many objects lie in the bucket for a session."""
    bucket = service.stack.outputs["ResultsBucketName"]
    listed = service.engine.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"results/{session_id}/")
    return int(listed["KeyCount"])


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
