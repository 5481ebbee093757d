"""Whole reconnects on the deployed template: real state machine, real handlers, real roles."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.system.support import (
    a_login,
    a_user_at,
    execution_of,
    open_session,
    states_entered,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


def causes(session: Snapshot) -> list[str]:
    return [entry["cause"] for entry in session["timeline"]]


def polls(session: Snapshot) -> list[str]:
    return [entry["cause"] for entry in session["timeline"] if entry["looks"]]


def test_without_a_question_the_accounts_are_read_without_the_user(service: Service) -> None:
    session_id = open_session(service, "greatday_nomfa")

    ended = wait_for_end(service, session_id)

    assert ended["status"] == "SUCCEEDED"
    assert ended["receipt"]["fresh"]
    assert ended["receipt"]["accounts"]["count"] > 1
    assert "challenge_shown" not in causes(ended)
    assert polls(ended) == ["OPERATION_PENDING", "AUTHORIZED", "OPERATION_PENDING"], "of the attempt, then of the data"
    execution = wait_for_execution(service, execution_of(service, session_id)["executionArn"])
    assert execution["status"] == "SUCCEEDED"


def test_short_waits_for_the_bank_are_spent_inside_the_functions(deploy: Callable[..., Service]) -> None:
    service = deploy("windows", StartWindowSeconds="8", PollWindowSeconds="25")
    session_id = open_session(service, "greatday_nomfa")

    ended = wait_for_end(service, session_id)

    wait_for_execution(service, execution_of(service, session_id)["executionArn"])
    states = states_entered(service, session_id)
    assert ended["status"] == "SUCCEEDED"
    assert polls(ended)[:2] == ["OPERATION_PENDING", "AUTHORIZED"]
    assert not {"WaitBeforePoll", "PollAuthorize"} & set(states)


def test_a_user_who_answers_and_comes_back_gets_fresh_accounts(deploy: Callable[..., Service]) -> None:
    # The backstop poll comes too late to matter.
    service = deploy("patient", BackstopIntervalSeconds="45", UnattendedIntervalSeconds="45")
    session_id = open_session(service, "Greatday")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    user.answer_correctly()
    page = user.follow_redirect()
    ended = wait_for_end(service, session_id)

    assert page.status_code == 200
    assert "You can close this page" in page.text
    assert ended["status"] == "SUCCEEDED"
    assert "redirected" in causes(ended)


def test_a_user_is_redirected_to_the_return_url_of_the_app(service: Service) -> None:
    session_id = open_session(service, "Greatday", returnUrl="https://app.example/banks?done=1")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
    user.answer_correctly()

    reply = user.follow_redirect(allow_redirects=False)

    assert reply.status_code == 303
    assert reply.headers["Location"] == "https://app.example/banks?done=1"
    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def test_an_answer_counts_even_if_the_redirect_never_comes(service: Service) -> None:
    session_id = open_session(service, "Greatday")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    user.answer_correctly()
    ended = wait_for_end(service, session_id)

    assert ended["status"] == "SUCCEEDED"
    assert "redirected" not in causes(ended)


def test_an_open_page_finds_the_answer_if_the_redirect_is_lost(deploy: Callable[..., Service]) -> None:
    service = deploy("patient", BackstopIntervalSeconds="45", UnattendedIntervalSeconds="45")
    waiting = wait_until(service, open_session(service, "Greatday"), "AWAITING_USER")

    a_user_at(waiting).answer_correctly()
    requests.get(f"{waiting['link']}/status", timeout=30).raise_for_status()
    ended = wait_for_end(service, waiting["sessionId"])

    assert ended["status"] == "SUCCEEDED"
    assert [entry["cause"] for entry in ended["timeline"] if entry["actor"] == "user"] == []


def test_a_wrong_answer_can_be_corrected_in_connect(service: Service) -> None:
    session_id = open_session(service, "Greatday")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    assert user.answer("Atlantis") is None
    user.answer_correctly()
    user.follow_redirect()

    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def test_a_redirect_without_an_answer_behind_it_does_not_end_the_session(service: Service) -> None:
    session_id = open_session(service, "Greatday")
    waiting = wait_until(service, session_id, "AWAITING_USER")
    user = a_user_at(waiting)

    requests.get(_redirect_url(waiting["connectUrl"]), timeout=30)
    user.answer_correctly()
    ended = wait_for_end(service, session_id)

    assert "redirected" in causes(ended)
    assert ended["status"] == "SUCCEEDED"


def test_a_second_request_for_a_live_login_joins_its_session(service: Service) -> None:
    login_id = a_login(service, "Greatday")

    first = service.api.open_session(loginId=login_id)
    second = service.api.open_session(loginId=login_id)

    assert (first.status, second.status) == (202, 200)
    assert second.body["joined"]
    assert second.body["sessionId"] == first.body["sessionId"]
    user = a_user_at(wait_until(service, first.body["sessionId"], "AWAITING_USER"))
    user.answer_correctly()
    wait_for_end(service, first.body["sessionId"])
    starts = [entry for entry in service.simulator.bank.journal if entry.action == "start"]
    assert [entry.login_id for entry in starts].count(login_id) == 1


def test_a_login_whose_session_has_ended_can_be_refreshed_again(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    first = service.api.open_session(loginId=login_id).body["sessionId"]
    wait_for_end(service, first)

    second = service.api.open_session(loginId=login_id)

    assert second.status == 202
    assert second.body["sessionId"] != first
    assert wait_for_end(service, second.body["sessionId"])["status"] == "SUCCEEDED"


def test_a_user_whose_sign_in_is_refused_signs_in_again_in_connect(service: Service) -> None:
    login_id = a_login(service, "sim_credentials")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]

    waiting = wait_until(service, session_id, "AWAITING_USER")
    user = a_user_at(waiting)
    user.sign_in(service.simulator.bank.find_login(login_id).username)
    user.follow_redirect()
    ended = wait_for_end(service, session_id)

    assert user.screen == "success"
    assert waiting["nextStep"]["owner"] == "user"
    assert "/v2/Credential/14?" in waiting["connectUrl"]
    assert "requestId" not in waiting["connectUrl"]
    assert ended["status"] == "SUCCEEDED"


@pytest.mark.parametrize("username", ["Greatday", "greatday_nomfa"])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("by-get", {"FlinksStatusCall": "get"}),
        ("by-authorize", {"FlinksAuthorizeMode": "sync"}),
    ],
)
def test_the_other_ways_to_call_flinks_work_as_well(
    deploy: Callable[..., Service], name: str, parameters: dict[str, str], username: str
) -> None:
    service = deploy(name, **parameters)
    session_id = open_session(service, username)

    if username == "Greatday":
        user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
        user.answer_correctly()
        user.follow_redirect()

    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def _redirect_url(connect_url: str) -> str:
    return parse_qs(urlsplit(connect_url).query)["redirectUrl"][0]
