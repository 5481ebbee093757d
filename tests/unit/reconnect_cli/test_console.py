"""The console's guards and calls, without sockets: who may ask what, and what never reaches the page."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import NoCredentialsError
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.hash_chain import check
from reconnect_cli.cli import main
from reconnect_cli.console.guard import Guard
from reconnect_cli.console.messages import HEADERS, Reply, Request
from reconnect_cli.console.routes import Console
from reconnect_client import ApiProblem, NoAnswer
from tests.fakes.builders import LOGIN_ID, SESSION_ID
from tests.fakes.console_api import BATCH_ID, ENDED_ID, OF_THE_USER, USER_REF, WAITING_ID, ConsoleApi

Headers = Mapping[str, str | None]

HOST = "127.0.0.1:4711"
KNOWN = {"about", "batches", "institutions", "sessions", "evidence", "find", "remind", "extend", "cancel"}
ACTIONS = [("remind", {}), ("extend", {"linkLifetimeHours": 336}), ("cancel", {})]


class Browser:
    """A browser with the console's address, which it has opened unless a test says otherwise."""

    def __init__(self, *, allows_actions: bool = False, has_institutions: bool = True) -> None:
        self.api, self.guard = ConsoleApi(has_institutions=has_institutions), Guard(HOST)
        self.console = Console(self.api, self.guard, allows_actions=allows_actions)
        self.token = urlsplit(self.guard.address).path
        self.cookie = ""

    def enters(self) -> "Browser":
        reply = self.sends("GET", self.token)
        assert (reply.status, reply.headers["Location"]) == (303, self.guard.room)
        self.cookie = reply.headers["Set-Cookie"].partition(";")[0]
        return self

    def sends(self, method: str, path: str, body: bytes = b"", headers: Headers = MappingProxyType({})) -> Reply:
        usual: dict[str, str | None] = {"host": HOST, "cookie": self.cookie, "sec_fetch_site": "same-origin"}
        if method == "POST":
            usual |= {"origin": f"http://{HOST}", "content_type": "application/json"}
        sent = {name.replace("_", "-"): value for name, value in {**usual, **headers}.items() if value is not None}
        return self.console.answer(Request(method, path, sent, body))

    def asks(self, path: str, **headers: str | None) -> Reply:
        return self.sends("GET", f"{self.guard.room}{path}", headers=headers)

    def posts(self, path: str, fields: Any, **headers: str | None) -> Reply:
        return self.sends("POST", f"{self.guard.room}{path}", json.dumps(fields).encode(), headers)


@pytest.fixture
def browser() -> Browser:
    return Browser().enters()


@pytest.fixture
def acting() -> Browser:
    return Browser(allows_actions=True).enters()


def code_of(reply: Reply) -> str:
    return str(json.loads(reply.body)["code"])


# Who may ask


def test_the_address_opens_the_console_once() -> None:
    browser = Browser().enters()

    again = browser.sends("GET", browser.token, headers={"cookie": None})

    assert (again.status, code_of(again)) == (403, "console_token_used")
    assert "Set-Cookie" not in again.headers


def test_a_wrong_token_does_not_use_up_the_right_one() -> None:
    browser = Browser()

    assert browser.sends("GET", "/enter/wrong").status == 403
    assert browser.enters().asks("").status == 200


def test_the_cookie_is_for_the_page_alone_and_is_not_the_token() -> None:
    browser = Browser()

    cookie = browser.sends("GET", browser.token).headers["Set-Cookie"]

    assert cookie.split("; ")[1:] == [f"Path={browser.guard.room}", "HttpOnly", "SameSite=Strict"]
    assert browser.token.removeprefix("/enter/") not in cookie


@pytest.mark.parametrize("cookie", [None, "", "reconnect_console=", "reconnect_console=wrong", 'a="', "é=é"])
@pytest.mark.parametrize("path", ["", "console.js", "api/about", f"api/sessions/{SESSION_ID}", "nothing"])
def test_without_the_cookie_nothing_is_answered(browser: Browser, path: str, cookie: str | None) -> None:
    reply = browser.asks(path, cookie=cookie)

    assert (reply.status, code_of(reply)) == (403, "console_not_entered")


@given(host=st.one_of(st.none(), st.text(), st.sampled_from(["localhost:4711", "127.0.0.1", "evil.test:4711"])))
def test_a_request_that_names_another_host_is_refused(host: str | None) -> None:
    browser = Browser().enters()

    replies = browser.asks("api/about", host=host), browser.sends("GET", browser.token, headers={"host": host})

    assert [(reply.status, code_of(reply)) for reply in replies] == [(421, "console_other_host")] * 2


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_or_port_may_not_even_read(browser: Browser, site: str) -> None:
    reply = browser.asks("api/about", sec_fetch_site=site)

    assert (reply.status, code_of(reply)) == (403, "console_other_page")


@pytest.mark.parametrize(
    "origin", [None, "null", "http://localhost:4711", "http://127.0.0.1:4712", "https://evil.test"]
)
def test_a_post_from_another_origin_reaches_no_service(acting: Browser, origin: str | None) -> None:
    reply = acting.posts(f"api/sessions/{WAITING_ID}/cancel", {}, origin=origin)

    assert (reply.status, code_of(reply), acting.api.asked) == (403, "console_other_page", [])


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_post_that_a_form_could_send_is_refused(acting: Browser, content_type: str | None) -> None:
    reply = acting.posts(f"api/sessions/{WAITING_ID}/cancel", {}, content_type=content_type)

    assert (reply.status, acting.api.asked) == (415, [])


def test_outside_its_own_path_the_console_has_nothing(browser: Browser) -> None:
    paths = ["/", "/api/about", "/favicon.ico", browser.guard.room.removesuffix("/")]

    assert [browser.sends("GET", path).status for path in paths] == [404] * 4


# What may be asked


@pytest.mark.parametrize(("action", "fields"), ACTIONS)
def test_without_allow_actions_no_change_reaches_the_service(browser: Browser, action: str, fields: Any) -> None:
    reply = browser.posts(f"api/sessions/{WAITING_ID}/{action}", fields)

    assert (reply.status, code_of(reply), browser.api.asked) == (403, "console_read_only", [])


@pytest.mark.parametrize(("action", "fields"), ACTIONS)
def test_with_allow_actions_a_change_is_sent_once(acting: Browser, action: str, fields: Any) -> None:
    reply = acting.posts(f"api/sessions/{WAITING_ID}/{action}", fields)

    assert reply.status == 200
    assert acting.api.asked == [("POST", f"/sessions/{WAITING_ID}/{action}", fields or None)]


@pytest.mark.parametrize("hours", [0, 721, 1.5, "24", True, None])
def test_a_lifetime_that_is_no_number_of_hours_is_refused(acting: Browser, hours: Any) -> None:
    reply = acting.posts(f"api/sessions/{WAITING_ID}/extend", {"linkLifetimeHours": hours})

    assert (reply.status, acting.api.asked) == (400, [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_a_post_changes_a_session(acting: Browser, method: str) -> None:
    reply = acting.sends(method, f"{acting.guard.room}api/sessions/{WAITING_ID}/cancel")

    assert (reply.status, reply.headers.get("Allow"), acting.api.asked) == (405, "POST", [])


@given(
    path=st.text(st.characters(codec="utf-8", exclude_characters="?"), min_size=1).filter(lambda it: it not in KNOWN)
)
def test_an_unknown_path_reaches_no_service(path: str) -> None:
    browser = Browser(allows_actions=True).enters()

    replies = [browser.asks(f"{before}{path}") for before in ("x", "api/", "../", f"api/sessions/{SESSION_ID}/")]

    assert {reply.status for reply in replies} == {404}
    assert browser.api.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"[" * 100_000, b"{}", b'{"loginId": 1}', b'{"a": "b"}', b'{"loginId":"a","userRef":"b"}'],
)
def test_a_search_that_names_no_one_thing_is_refused(browser: Browser, body: bytes) -> None:
    reply = browser.sends("POST", f"{browser.guard.room}api/find", body)

    assert (reply.status, code_of(reply), browser.api.asked) == (400, "console_request", [])


@pytest.mark.parametrize(
    "path", ["api/sessions?loginId=secret", "api/institutions?userRef=secret", "api/batches?status=RUNNING"]
)
def test_a_filter_that_the_page_does_not_have_is_refused(browser: Browser, path: str) -> None:
    assert browser.asks(path).status == 400
    assert browser.api.asked == []


# What the page gets


@pytest.mark.parametrize("by", [{"loginId": LOGIN_ID}, {"userRef": USER_REF}])
def test_a_login_is_found_without_naming_it_in_an_address(browser: Browser, by: dict[str, str]) -> None:
    reply = browser.posts("api/find", by)

    [login] = json.loads(reply.body)["logins"]
    assert (login["turn"], login["ageSeconds"], len(login["sessions"])) == ("user", 30 * 3600, 3)
    assert browser.api.asked == [("POST", "/logins/find", by)]


def test_a_list_is_read_page_by_page(browser: Browser) -> None:
    first = json.loads(browser.asks("api/sessions?needs=user").body)
    second = json.loads(browser.asks(f"api/sessions?needs=user&cursor={first['cursor']}").body)

    assert (len(first["sessions"]), len(second["sessions"]), second["cursor"]) == (25, 5, None)
    assert browser.api.asked[1] == ("GET", "/sessions?needs=user&cursor=25&limit=25", None)


def test_batches_are_listed_page_by_page_and_each_is_read_with_its_banks(browser: Browser) -> None:
    first = json.loads(browser.asks("api/batches").body)
    second = json.loads(browser.asks(f"api/batches?cursor={first['cursor']}").body)
    batch = json.loads(browser.asks(f"api/batches/{BATCH_ID}").body)

    assert (len(first["batches"]), len(second["batches"]), second["cursor"]) == (25, 5, None)
    assert first["batches"][0]["batchId"] == BATCH_ID
    assert [each["bank"] for each in batch["institutions"]] == ["Zag", None]
    assert [path for _, path, _ in browser.api.asked] == ["/batches", "/batches?cursor=25", f"/batches/{BATCH_ID}"]


def test_a_batch_is_only_read(acting: Browser) -> None:
    replies = [acting.posts(f"api/batches/{BATCH_ID}{action}", {}) for action in ("", "/stop", "/caps")]

    assert ([reply.status for reply in replies], acting.api.asked) == ([405, 404, 404], [])


@pytest.mark.parametrize(("action", "fields"), ACTIONS)
def test_the_page_never_gets_an_address_that_is_the_users(acting: Browser, action: str, fields: Any) -> None:
    replies = [acting.asks(f"api/sessions/{WAITING_ID}"), acting.posts(f"api/sessions/{WAITING_ID}/{action}", fields)]

    assert [reply.status for reply in replies] == [200, 200]
    assert [address for reply in replies for address in OF_THE_USER if address.encode() in reply.body] == []


def test_a_timeline_is_told_in_words(browser: Browser) -> None:
    session = json.loads(browser.asks(f"api/sessions/{WAITING_ID}").body)

    assert session["sentence"].startswith("The bank")
    assert [entry["text"] for entry in session["timeline"]][2:4] == [
        "is still working (202), seen 5 times",
        "has a question: the user can answer in Connect",
    ]


def test_the_evidence_is_the_file_that_verify_accepts(browser: Browser) -> None:
    reply = browser.asks(f"api/sessions/{ENDED_ID}/evidence")

    assert check(reply.body) == browser.api.evidence(ENDED_ID)
    assert reply.headers["Content-Disposition"] == f'attachment; filename="evidence-{ENDED_ID}.json"'


def test_a_service_without_institutions_answers_404(browser: Browser) -> None:
    assert browser.asks("api/institutions").status == 200
    assert Browser(has_institutions=False).enters().asks("api/institutions").status == 404


@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        (ApiProblem(429, {"title": "Not now", "detail": "Wait.", "code": "reminded_recently"}), 429, "Wait."),
        (ApiProblem(404, {"title": "Unknown", "code": "session_not_found"}), 404, "No session has this id"),
        (ApiProblem(403, {"message": "Forbidden"}), 403, "Forbidden"),
        (NoAnswer("The service does not answer."), 502, "The service does not answer."),
        (NoCredentialsError(), 502, "Your AWS credentials cannot be used"),
    ],
)
def test_what_the_service_refuses_is_said_in_its_words(
    browser: Browser, problem: Exception, status: int, words: str
) -> None:
    browser.api.problem = problem

    reply = browser.asks(f"api/sessions/{SESSION_ID}")

    assert reply.status == status
    assert words in json.loads(reply.body)["sentence"]


@pytest.mark.parametrize("name", ["", "console.css", "console.js", "batches.js", "page.js"])
def test_the_page_has_no_inline_script_or_style_and_loads_nothing_else(browser: Browser, name: str) -> None:
    content = browser.asks(name).body.decode()

    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert [
        each for each in ("style=", "onclick=", "innerHTML", "https://", "url(", "@import") if each in content
    ] == []


# The command


def test_a_taken_port_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: Any, **__: Any) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")
    monkeypatch.setattr("reconnect_cli.console.server.Server", taken)

    ran = CliRunner().invoke(main, ["console", "--port", "4711", "--no-open"])

    assert ran.exit_code == 1
    assert ran.stderr == "Error: Port 4711 cannot be used: Address already in use. Choose another one with --port.\n"
