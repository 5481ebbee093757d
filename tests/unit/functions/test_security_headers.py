"""Every reply of every endpoint has the security headers: pages, JSON, redirects, errors and empty replies."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from reconnect.model.errors import ReconnectError, RemindedRecently, TooSoon
from reconnect.model.session import Status
from reconnect.runtime.problems import PROBLEMS
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import EVENTS, event
from tests.template.template import ROUTES, function_behind, snake
from tests.unit.functions.conftest import Deployed
from tests.unit.functions.test_events import CASES, run

_KEYS = {route["RouteKey"]: snake(function_behind(name)) for name, route in ROUTES.items()}
_REQUESTS = [case for case in CASES if "requestContext" in event(case)]
_EXACTLY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"}


def assert_protected(reply: dict[str, Any]) -> None:
    headers = reply["headers"]
    assert {name: headers.get(name) for name in _EXACTLY} == _EXACTLY
    assert set(headers["Content-Security-Policy"].split("; ")) >= _POLICY
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(headers["Permissions-Policy"].split(", "))
    assert len({name.lower() for name in headers}) == len(headers), "each header once"


class _Failing:
    """A service whose every use case raises the same error; settings and counts are as ever."""

    def __init__(self, error: ReconnectError) -> None:
        self._error, self.settings = error, SimpleNamespace(flinks_connect_base_url="https://connect.test")

    def count(self, *_: str, **__: str) -> None:
        """Count nothing."""

    def __getattr__(self, _name: str) -> "_Failing":
        return self

    def __call__(self, *_: object, **__: object) -> None:
        raise self._error


@pytest.mark.parametrize("case", _REQUESTS)
def test_every_recorded_request_is_answered_with_the_security_headers(deployed: Deployed, case: str) -> None:
    assert_protected(run(deployed, case))


@pytest.mark.parametrize("error", [each for each in PROBLEMS if each is not TooSoon])
@pytest.mark.parametrize("key", _KEYS)
def test_every_error_of_every_route_has_the_security_headers(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, key: str, error: type[ReconnectError]
) -> None:
    handler = importlib.import_module(f"functions.{_KEYS[key]}.app")
    has_time = issubclass(error, TooSoon | RemindedRecently)
    raised = error({"a": "b"} if error.__name__ == "InvalidRequest" else NOW if has_time else "why")
    monkeypatch.setattr(handler, "service", lambda: _Failing(raised))

    reply = deployed.invoke(_KEYS[key], _request(key))

    assert_protected(reply)
    # A redirect that is lost ends kindly, and a short link leads to its page, which then says what fails.
    assert reply["statusCode"] >= 400 or _KEYS[key] == "redirect_webhook" or "/c/" in key


def test_the_recorded_requests_cover_every_route_and_every_kind_of_reply(deployed: Deployed) -> None:
    statuses = {run(deployed, case)["statusCode"] for case in _REQUESTS}

    assert {event(case)["routeKey"] for case in _REQUESTS} == _KEYS.keys()
    assert statuses == {200, 202, 204, 303, 400, 401, 404, 409}


def test_a_click_on_an_ended_link_is_answered_with_the_security_headers(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.CANCELLED))

    for name in ("page", "status", "attempts", "head"):
        assert_protected(deployed.invoke("connect_page", event(f"connect_page/{name}")))


def _request(key: str) -> dict[str, Any]:
    """A recorded request of a route."""
    paths = sorted(EVENTS.glob(f"{_KEYS[key]}/*.json"))
    recorded = (event(f"{path.parent.name}/{path.stem}") for path in paths)
    return next(each for each in recorded if each.get("routeKey") == key)
