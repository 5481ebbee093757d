"""The console without its sockets: which request of the page becomes which call of the API."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib.resources import files
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from reconnect.model.hash_chain import to_file
from reconnect_cli.calling import call
from reconnect_cli.console.guard import Guard
from reconnect_cli.console.messages import Reply, Request, json_reply, refusal
from reconnect_cli.console.shown import batch_for_page, listed_for_page, login_for_page, session_for_page
from reconnect_cli.failing import Failed
from reconnect_client.api import Api

_SCRIPT = "text/javascript; charset=utf-8"
_FILES = {
    "": ("console.html", "text/html; charset=utf-8"),
    "console.css": ("console.css", "text/css; charset=utf-8"),
    **{name: (name, _SCRIPT) for name in ("console.js", "batches.js", "page.js")},
}
_FILTERS = frozenset({"needs", "status", "institution", "endedOn", "cursor"})
_NAMES = frozenset({"loginId", "userRef", "correlationId"})
_ID = "([0-9a-f]{32})"
_PAGE = 25
_MOST_HOURS = 720

Handler = Callable[..., Reply]


class Console:
    """Answers the page's requests with calls of the API that the operator's own credentials sign."""

    def __init__(self, api: Api, guard: Guard, *, allows_actions: bool) -> None:
        self._api, self._guard, self._allows_actions = api, guard, allows_actions
        # The API's connection is not made for threads, and the page asks for one thing after another.
        self._calling = Lock()
        session = f"api/sessions/{_ID}"
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", f"({'|'.join(map(re.escape, _FILES))})", self._file),
            ("GET", "api/about", self._about),
            ("POST", "api/find", self._find),
            ("GET", "api/sessions", self._list),
            ("GET", "api/institutions", self._institutions),
            ("GET", "api/batches", self._batches),
            ("GET", f"api/batches/{_ID}", self._batch),
            ("GET", session, self._session),
            ("GET", f"{session}/evidence", self._evidence),
            ("POST", f"{session}/(remind|extend|cancel)", self._act),
        ]

    def answer(self, request: Request) -> Reply:
        """Answer one request; every error is a reply."""
        if self._guard.is_other_host(request):
            return refusal(HTTPStatus.MISDIRECTED_REQUEST, "console_other_host", "This is no address of the console.")
        reply = self._guard.enter(request) or self._guard.refuse(request)
        if reply:
            return reply
        if not request.path.startswith(self._guard.room):
            return _not_found()
        path = request.path.removeprefix(self._guard.room)
        found = [(method, match, handler) for method, form, handler in self._routes if (match := _match(form, path))]
        for method, match, handler in found:
            if method == request.method:
                return self._handled(handler, request, match.groups())
        if found:
            allowed = ", ".join(method for method, _, _ in found)
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, "console_method", f"Only {allowed}.", Allow=allowed)
        return _not_found()

    def _handled(self, handler: Handler, request: Request, parts: tuple[str, ...]) -> Reply:
        try:
            return handler(request, *parts)
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "console_request", "The request cannot be read.")
        except Failed as problem:
            status = problem.facts.get("status") or HTTPStatus.BAD_GATEWAY
            # What the API refuses must not look like a refusal of the console itself.
            return refusal(int(status), str(problem.facts.get("code") or "no_code"), problem.message)

    def _call(self, request: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self._calling:
            return call(request)

    def _file(self, _request: Request, name: str) -> Reply:
        file, content_type = _FILES[name]
        content = files(__package__).joinpath("assets", file).read_bytes()
        return Reply(HTTPStatus.OK, content, content_type)

    def _about(self, _request: Request) -> Reply:
        return json_reply({"service": self._api.url, "allowsActions": self._allows_actions})

    def _find(self, request: Request) -> Reply:
        by = request.fields
        if len(by) != 1 or not by.keys() <= _NAMES or not all(isinstance(name, str) for name in by.values()):
            raise ValueError(by.keys())
        found = self._call(lambda: self._api.find_logins(**by))
        return json_reply({"logins": [login_for_page(login) for login in found["logins"]]})

    def _list(self, request: Request) -> Reply:
        filters = _only(_FILTERS, request.query)
        page = self._call(lambda: self._api.list_sessions(**filters, limit=_PAGE))
        return json_reply(
            {"sessions": [listed_for_page(session) for session in page["sessions"]], "cursor": page["cursor"]}
        )

    def _institutions(self, request: Request) -> Reply:
        query = urlencode(_only(frozenset({"window"}), request.query))
        path = f"/institutions{'?' if query else ''}{query}"
        return json_reply(self._call(lambda: self._api.request("GET", path).body))

    def _batches(self, request: Request) -> Reply:
        asked = _only(frozenset({"cursor"}), request.query)
        return json_reply(self._call(lambda: self._api.list_batches(**asked)))

    def _batch(self, _request: Request, batch_id: str) -> Reply:
        return json_reply(batch_for_page(self._call(lambda: self._api.read_batch(batch_id))))

    def _session(self, _request: Request, session_id: str) -> Reply:
        return json_reply(session_for_page(self._call(lambda: self._api.read_session(session_id))))

    def _evidence(self, _request: Request, session_id: str) -> Reply:
        document = self._call(lambda: self._api.read_evidence(session_id))
        return Reply(
            HTTPStatus.OK,
            to_file(document),
            "application/json",
            {"Content-Disposition": f'attachment; filename="evidence-{session_id}.json"'},
        )

    def _act(self, request: Request, session_id: str, action: str) -> Reply:
        if not self._allows_actions:
            return refusal(
                HTTPStatus.FORBIDDEN,
                "console_read_only",
                "This console only reads. Start it with --allow-actions to change sessions.",
            )
        given = request.fields
        match action:
            case "remind":
                done = self._call(lambda: self._api.remind_user(session_id))
            case "cancel":
                done = self._call(lambda: self._api.cancel_session(session_id))
            case _:
                hours = _hours_in(given)
                done = self._call(lambda: self._api.extend_link(session_id, hours))
        return json_reply(session_for_page(done))


def _only(known: frozenset[str], given: dict[str, str]) -> dict[str, str]:
    if not given.keys() <= known:
        raise ValueError(given.keys())
    return given


def _hours_in(given: Mapping[str, Any]) -> int:
    hours = given.get("linkLifetimeHours")
    if type(hours) is not int or not 1 <= hours <= _MOST_HOURS:
        raise ValueError("linkLifetimeHours")
    return hours


def _match(form: str, path: str) -> re.Match[str] | None:
    return re.fullmatch(form, path)


def _not_found() -> Reply:
    return refusal(HTTPStatus.NOT_FOUND, "console_no_such_path", "The console has no such path.")
