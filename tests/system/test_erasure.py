"""An erasure removes everything about a login, in every stage of its sessions."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import requests

from devtools.service import Service, local_api
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.model.hash_chain import check, to_file
from reconnect_client.api import ApiProblem
from reconnect_client.results import fetch_result
from tests.system.support import (
    a_login,
    execution_of,
    open_session,
    problem_of,
    sessions_of,
    starts_of,
    table_of,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


def test_an_erasure_leaves_no_record_and_no_execution_and_can_be_repeated(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    first = service.api.open_session(loginId=login_id).body["sessionId"]
    wait_until(service, first, "AWAITING_USER")
    service.api.cancel_session(first)
    second = open_session(service, "greatday_nomfa")
    wait_for_end(service, second)

    erased = service.api.erase_login(login_id)
    again = service.api.erase_login(login_id)

    receipt = check(to_file(erased.pop("receipt")))
    assert erased == {"sessions": 1, "results": 0, "wasKnown": True, "card": None}
    assert [entry["sessionId"] for entry in receipt["entries"]] == [first]
    assert again.pop("receipt")["entries"] == []
    assert again == {"sessions": 0, "results": 0, "wasKnown": False, "card": None}
    assert problem_of(lambda: service.api.read_session(first)).status == 404
    assert not [item for item in sessions_of(service) if login_id in str(item)]
    assert service.api.read_session(second)["status"] == "SUCCEEDED"


def test_after_an_erasure_no_data_can_be_fetched_even_by_a_live_link(service: Service) -> None:
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
    """Return how many objects the bucket holds for a session."""
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


def test_after_an_erasure_the_table_names_neither_the_login_nor_its_key(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    key = f"refresh-{login_id}"
    session_id = service.api.open_session(key, loginId=login_id).body["sessionId"]
    wait_until(service, session_id, "AWAITING_USER")

    service.api.erase_login(login_id)

    items = sessions_of(service)
    assert not [item for item in items if login_id in str(item) or _plain_hash(f"api/{key}") in str(item)]
    (left,) = [item for item in items if session_id in item["pk"]["S"]]
    assert left.keys() == {"pk", "sk", "fmt", "erased", "expires_at"}


def test_after_an_erasure_no_batch_that_waits_names_the_login(service: Service) -> None:
    erased, kept = a_login(service, "Greatday"), a_login(service, "Greatday")
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    # Its list is not complete, so it begins nothing.
    service.api.open_batch(loginIds=[erased, kept], moreItems=True, deadline=deadline, maxPerInstitution=1)
    assert [item for item in sessions_of(service) if erased in str(item)]

    answer = service.api.erase_login(erased)

    rows = str(sessions_of(service))
    assert (answer["wasKnown"], erased in rows, kept in rows) == (True, False, True)


def _plain_hash(text: str) -> str:
    """Return the hash that anyone could compute from a guessed text."""
    return hashlib.sha256(text.encode()).hexdigest()


def test_no_attempt_starts_beside_one_that_an_erasure_left_at_the_bank(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    wait_until(service, service.api.open_session(loginId=login_id).body["sessionId"], "AWAITING_USER")
    service.api.erase_login(login_id)

    problem = problem_of(lambda: service.api.open_session(loginId=login_id))
    again = service.api.erase_login(login_id)

    assert problem.status == 429
    assert problem.body["nextAllowedAt"] > datetime.now(UTC).isoformat()
    assert starts_of(service, login_id) == 1
    assert (again["sessions"], again["results"], again["wasKnown"]) == (0, 0, False)


def test_an_erased_sessions_key_opens_another_that_old_links_do_not_open(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    erased = service.api.open_session("a-key-of-an-erased-session", loginId=login_id).body
    wait_for_end(service, erased["sessionId"])
    service.api.erase_login(login_id)

    opened = service.api.open_session("a-key-of-an-erased-session", loginId=login_id)

    assert opened.status == 202
    assert opened.body["sessionId"] != erased["sessionId"]
    assert wait_for_end(service, opened.body["sessionId"])["status"] == "SUCCEEDED"
    assert (
        service.api.open_session("a-key-of-an-erased-session", loginId=login_id).body["sessionId"]
        == (opened.body["sessionId"])
    )
    assert problem_of(lambda: service.api.read_session(erased["sessionId"])).status == 404
    assert requests.get(f"{erased['link']}/status", timeout=30).status_code == 404


@pytest.mark.parametrize("_round", range(3))
def test_a_login_opened_during_its_erasure_has_at_most_one_live_session(service: Service, _round: int) -> None:
    login_id = a_login(service, "Greatday")
    service.api.open_session(loginId=login_id)
    apis = [local_api(service.engine, service.stack) for _ in range(4)]

    def act(number: int) -> None:
        if number == 0:
            apis[0].erase_login(login_id)
        else:
            apis[number].open_session(loginId=login_id)

    with ThreadPoolExecutor(len(apis)) as pool:
        tried = [pool.submit(act, number) for number in range(len(apis))]

    assert {type(each.exception()) for each in tried} <= {type(None), ApiProblem}
    live = [each for each in sessions_of(service, login=login_id) if "live" in each]
    holder = DynamoDbLogins(table_of(service), lambda: datetime.now(UTC)).get(login_id).session_id
    assert [each["pk"]["S"] for each in live] in ([], [f"SESSION#{holder}"])


_ANYONE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("path", ["/logins/nonsense", f"/logins/{_ANYONE}?deleteCard=perhaps"])
def test_an_invalid_erasure_request_is_refused(service: Service, path: str) -> None:
    assert problem_of(lambda: service.api.request("DELETE", path)).status == 400
