"""Links as they arrive from mail, and every other path, at the deployed service."""

import pytest
import requests

from devtools.service import Service
from tests.system.support import open_session, wait_until

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def link(service: Service) -> str:
    session_id = open_session(service, "Greatday")
    return str(wait_until(service, session_id, "AWAITING_USER")["link"])


@pytest.mark.parametrize("after", ["/", "//", ".", ")", "%20", "%E2%80%8B", "%3E", "%2C%22"])
def test_a_link_with_stray_characters_opens_its_page(link: str, after: str) -> None:
    reply = requests.get(link + after, headers=BROWSER, timeout=30)

    assert (reply.status_code, reply.url) == (200, link)


@pytest.mark.parametrize("path", ["/connect//", "//connect/", "/c/"])
def test_a_link_at_another_path_leads_to_its_page(service: Service, link: str, path: str) -> None:
    signed = link.rpartition("/")[2]

    reply = requests.get(f"{service.api.url}{path}{signed}", headers=BROWSER, timeout=30)

    # The engine takes a doubled slash at the beginning for one, so it may serve the page there.
    assert (reply.status_code, reply.url.replace("//connect", "/connect")) == (200, link)


def test_a_cut_link_is_said_to_be_cut(link: str) -> None:
    for cut in (link[:-1], link[:-20], link[:-44], f"{link[:-20]}/"):
        reply = requests.get(cut, headers=BROWSER, timeout=30)
        assert reply.status_code == 404
        assert "The end of the link is missing" in reply.text


@pytest.mark.parametrize("path", ["/wp-login.php", "/sessions/a/b/c", "/connection"])
def test_any_other_path_is_a_page_for_browsers_and_a_problem_for_programs(service: Service, path: str) -> None:
    address = f"{service.api.url}{path}"

    page, problem = (requests.get(address, headers=headers, timeout=30) for headers in (BROWSER, {}))

    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here" in page.text
    assert (problem.status_code, problem.headers["Content-Type"]) == (404, "application/problem+json")
    assert problem.json()["title"] == "No such endpoint"
    assert requests.delete(address, headers=BROWSER, timeout=30).json() == problem.json()


def test_a_head_request_answers_like_a_get_without_a_body(service: Service, link: str) -> None:
    signed = link.rpartition("/")[2]
    for address in (link, f"{link}/", f"{service.api.url}/c/{signed}", f"{service.api.url}/nowhere"):
        got, checked = (
            request(address, headers=BROWSER, timeout=30, allow_redirects=False)
            for request in (requests.get, requests.head)
        )
        assert (checked.status_code, checked.content) == (got.status_code, b"")
