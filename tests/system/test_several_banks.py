"""Several banks of one person, who is not there: one link, and one page that goes through them all."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import requests

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.system.support import a_login, a_user_at, wait, wait_for_end, wait_until


def parked(service: Service, user: str) -> Snapshot:
    request = {"loginId": a_login(service, "Greatday"), "presence": "absent", "userRef": user}
    return wait_until(service, str(service.api.open_session(**request).body["sessionId"]), "AWAITING_CLICK")


def next_link_in(page: str) -> str:
    found = re.search(r'<a id="next-link" [^>]*href="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def address_of(link: str) -> str:
    return link.partition("?")[0]


def answer(service: Service, session: Snapshot) -> None:
    """Click on the page, and answer the bank."""
    requests.post(f"{session['link']}/attempts", json={}, timeout=60)
    a_user_at(wait_until(service, session["sessionId"], "AWAITING_USER")).answer_correctly()
    assert wait_for_end(service, session["sessionId"])["status"] == "SUCCEEDED"


def status(link: str, **query: str) -> dict[str, Any]:
    return dict(requests.get(f"{address_of(link)}/status", params=query, timeout=60).json())


def test_one_link_leads_through_all_banks_of_a_person_and_to_nobody_elses(service: Service) -> None:
    anna, ben = f"anna-{uuid4()}", f"ben-{uuid4()}"
    first, second, third, other = (parked(service, user) for user in (anna, anna, anna, ben))

    # The index of a person's sessions is read as of a second ago.
    page = wait(lambda: requests.get(first["link"], timeout=60).text, next_link_in)
    answer(service, first)
    to_second = status(first["link"], next="true")["nextBank"]
    answer(service, second)
    to_third = status(to_second["link"], next="true")["nextBank"]
    reported = requests.post(f"{address_of(to_third['link'])}/events", json={"page": "led"}, timeout=60)
    answer(service, third)

    assert address_of(next_link_in(page)) == address_of(to_second["link"]) == second["link"]
    assert address_of(to_third["link"]) == third["link"]
    assert {to_second["institution"], to_third["institution"]} == {"FlinksCapital"}
    assert reported.status_code == 204
    shown = status(third["link"], next="true")
    assert (shown["nextBank"], shown["wasLast"]) == (None, True)
    assert next_link_in(requests.get(other["link"], timeout=60).text) == ""


def test_whom_the_page_leads_is_asked_by_one_event_only(service: Service) -> None:
    anna = f"anna-{uuid4()}"
    first, second = (parked(service, anna) for _ in range(2))
    before = service.api.read_session(second["sessionId"])

    requests.post(f"{second['link']}/events", json={"page": "led"}, timeout=60)

    after = service.api.read_session(second["sessionId"])
    causes = [entry["cause"] for entry in after["timeline"] if entry["actor"] == "user"]
    assert (first["holdReason"], before["holdReason"], causes) == (None, "asked_recently", ["led_here"])
