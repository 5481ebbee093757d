"""The page's requests: when they look for the person's next bank, and what they answer of it."""

import json
from typing import Any

import pytest

from reconnect.model.institution import Institution
from reconnect.model.presence import Presence
from reconnect.model.session import Actor, Session, Status
from tests.fakes.builders import SESSION_ID, a_session
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import event
from tests.fakes.references import FakeReferences
from tests.fakes.settings import a_settings
from tests.unit.functions.conftest import Deployed

OTHER_ID = "f" * 32
ANNA = frozenset({"seal-of-anna"})
ENDED = [Status.SUCCEEDED, Status.STALE, Status.EXPIRED, Status.FAILED, Status.CANCELLED, Status.REPAIRED]
LIVE = [status for status in Status if status not in ENDED]


class References(FakeReferences):
    """Counts the requests."""

    reads = 0

    def find(self, seal: str) -> list[str]:
        self.reads += 1
        return super().find(seal)


def two_banks(deployed: Deployed, status: Status, **changes: Any) -> References:
    """Give Anna a session in this status, to which the events' link leads, and a parked one."""
    other = a_session(
        Status.AWAITING_CLICK,
        session_id=OTHER_ID,
        login_id="another-login",
        users=ANNA,
        task_token=None,
        presence=Presence.ABSENT,
        known_institution=Institution(None, "<Caisse>"),
    )
    deployed.sessions.with_session(a_session(status, **{"users": ANNA, **changes}), other)
    deployed.references = References()
    deployed.references.add(other, ANNA)
    return deployed.references


def asking(**query: str) -> dict[str, Any]:
    return {**event("connect_page/status"), "queryStringParameters": query}


def answer(deployed: Deployed, request: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(deployed.invoke("connect_page", request)["body"]))


def page_of(deployed: Deployed) -> str:
    return str(deployed.invoke("connect_page", event("connect_page/page"))["body"])


@pytest.mark.parametrize("status", Status)
def test_the_first_page_names_the_next_bank_with_and_without_a_script(deployed: Deployed, status: Status) -> None:
    two_banks(deployed, status)

    page = page_of(deployed)

    assert '<div id="next" class="next">' in page
    assert '<p id="next-text">Ensuite\N{NO-BREAK SPACE}: &lt;Caisse&gt; a aussi besoin de vous.</p>' in page
    assert f'href="https://api.test/connect/{OTHER_ID}.' in page
    assert 'led=true">Continuer vers &lt;Caisse&gt;</a>' in page


@pytest.mark.parametrize("status", ENDED)
def test_a_page_whose_user_is_done_gets_the_next_bank_if_it_asks(deployed: Deployed, status: Status) -> None:
    two_banks(deployed, status)

    shown = answer(deployed, asking(next="true"))

    assert shown["nextBank"]["institution"] == "<Caisse>"
    assert shown["nextBank"]["link"].startswith(f"https://api.test/connect/{OTHER_ID}.")


@pytest.mark.parametrize("query", [{}, {"next": "false"}])
@pytest.mark.parametrize("status", Status)
def test_a_poll_that_does_not_ask_reads_no_other_session(
    deployed: Deployed, status: Status, query: dict[str, str]
) -> None:
    references = two_banks(deployed, status)

    assert "nextBank" not in answer(deployed, asking(**query))
    assert references.reads == 0


@pytest.mark.parametrize("status", LIVE)
def test_while_the_bank_needs_the_user_here_a_poll_reads_no_other_session(deployed: Deployed, status: Status) -> None:
    references = two_banks(deployed, status)

    shown = answer(deployed, asking(next="true"))

    assert references.reads == (status is Status.FETCHING), "then the user is done"
    assert ("nextBank" in shown) is (status is Status.FETCHING)


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.SUCCEEDED])
def test_without_a_userref_nothing_is_read_and_nothing_is_shown(deployed: Deployed, status: Status) -> None:
    references = two_banks(deployed, status, users=frozenset())

    page, shown = page_of(deployed), answer(deployed, asking(next="true"))

    assert references.reads == 0
    assert ("nextBank" in shown, '<div id="next" class="next" hidden>' in page) == (False, True)
    assert '"asksNext":false' in page


def test_a_deployer_can_leave_each_link_with_its_own_session(deployed: Deployed) -> None:
    references = two_banks(deployed, Status.SUCCEEDED)
    deployed.settings = a_settings(next_bank_on_page=False)

    page, shown = page_of(deployed), answer(deployed, asking(next="true"))

    assert references.reads == 0
    assert OTHER_ID not in page + json.dumps(shown)


def test_a_check_of_the_link_reads_no_other_session(deployed: Deployed) -> None:
    references = two_banks(deployed, Status.AWAITING_USER)

    deployed.invoke("connect_page", event("connect_page/head"))

    assert references.reads == 0


def test_a_page_asks_for_the_next_bank_only_if_it_was_not_done_at_first(deployed: Deployed) -> None:
    two_banks(deployed, Status.AWAITING_USER)
    before = page_of(deployed)
    two_banks(deployed, Status.SUCCEEDED)
    done = page_of(deployed)

    assert ('"asksNext":true' in before, '"asksNext":false' in done) == (True, True)


def test_a_page_to_which_another_led_reports_that_once(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AWAITING_CLICK, presence=Presence.ABSENT, users=ANNA))
    request = event("connect_page/events") | {"body": '{"page": "led"}'}

    replies = [deployed.invoke("connect_page", request)["statusCode"] for _ in range(3)]

    session = deployed.sessions.get(SESSION_ID)
    assert replies == [204, 204, 204]
    assert [entry.cause for entry in session.timeline].count("led_here") == 1
    assert {each.ask for each in deployed.contacts.get(["user-seal-of-anna"])} == {f"{SESSION_ID}/led"}


def test_the_last_page_says_that_it_was_the_last(deployed: Deployed) -> None:
    def led(session: Session) -> Session:
        return session.note(at=NOW, actor=Actor.USER, cause="led_here")

    deployed.sessions.with_session(led(a_session(Status.SUCCEEDED, users=ANNA)))

    assert '<p id="last" data-for="done ended">' in page_of(deployed)
    assert answer(deployed, asking(next="true"))["wasLast"] is True

    deployed.sessions.with_session(a_session(Status.SUCCEEDED, users=ANNA))
    assert '<p id="last" data-for="done ended" hidden>' in page_of(deployed)


def test_no_log_or_metric_names_the_next_bank_or_its_link(deployed: Deployed) -> None:
    two_banks(deployed, Status.SUCCEEDED)

    page_of(deployed)
    answer(deployed, asking(next="true"))

    assert OTHER_ID not in deployed.output
    assert "Caisse" not in deployed.output
