"""The endpoints: who may call them, and which function each route invokes."""

import json
import re

import pytest

from tests.template.template import (
    ALIAS,
    RESOURCES,
    ROOT,
    ROUTES,
    behind_alias,
    function_behind,
    grants,
    of_type,
    parameter_of,
    target,
)

_INTEGRATIONS = of_type("AWS::ApiGatewayV2::Integration")
_PERMISSIONS = of_type("AWS::Lambda::Permission")
_RULES = of_type("AWS::Events::Rule")
_SERVICE = ("/sessions", "/logins", "/institutions", "/batches", "/events")
# The routes of one function; each route's logical id begins with the function's.
_PAGE = {
    "GET /connect/{link}",
    "HEAD /connect/{link}",
    "GET /c/{link}",
    "HEAD /c/{link}",
    "$default",
    "GET /connect/{link}/status",
    "POST /connect/{link}/attempts",
    "POST /connect/{link}/events",
}
# The route of every other path.
_OTHER = "$default"
(_STAGE,) = of_type("AWS::ApiGatewayV2::Stage").values()


@pytest.mark.parametrize("route", ROUTES)
def test_only_service_endpoints_require_iam_signatures(route: str) -> None:
    path = ROUTES[route]["RouteKey"].split()[-1]

    assert ROUTES[route]["AuthorizationType"] == ("AWS_IAM" if path.startswith(_SERVICE) else "NONE")


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_invokes_its_function_with_payload_format_2(route: str) -> None:
    function = function_behind(route)
    integration = _INTEGRATIONS[f"{function}Integration"]

    assert route.startswith(function)
    assert ROUTES[route]["Target"] == {"Fn::Sub": f"integrations/${{{function}Integration}}"}
    assert behind_alias(integration["IntegrationUri"]) == function
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")


@pytest.mark.parametrize("integration", _INTEGRATIONS)
def test_every_integration_invokes_its_function_with_the_apis_role(integration: str) -> None:
    assert target(_INTEGRATIONS[integration]["CredentialsArn"]) == "HttpApiRole"


def test_the_api_may_invoke_only_the_functions_of_its_routes() -> None:
    assert sorted(grants("HttpApiRole")) == sorted(
        {("lambda:InvokeFunction", function_behind(route) + ALIAS, "") for route in ROUTES}
    )


def test_every_integration_has_a_route_and_only_rules_have_permissions() -> None:
    assert {f"{function_behind(route)}Integration" for route in ROUTES} == _INTEGRATIONS.keys()
    assert _PERMISSIONS.keys() == {f"{rule}Permission" for rule in _RULES}


def test_the_page_and_its_calls_are_one_function() -> None:
    behind = {found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "ConnectPage"}

    assert behind == _PAGE


def test_only_a_get_is_evidence_of_a_redirect() -> None:
    behind = [found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "RedirectWebhook"]

    assert behind == ["GET /redirect/{state}"], "a HEAD only checks an address and must not wake the workflow"


def test_no_two_routes_have_the_same_key() -> None:
    assert len({found["RouteKey"] for found in ROUTES.values()}) == len(ROUTES)


def test_flinks_itself_has_one_endpoint() -> None:
    behind = [found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "FlinksWebhook"]

    assert behind == ["POST /webhooks/flinks"]


@pytest.mark.parametrize(
    ("key", "function"),
    [("POST /sessions/{sessionId}/cancel", "CancelSession"), ("DELETE /logins/{loginId}", "EraseLogin")],
)
def test_cancelling_and_erasing_require_a_signature(key: str, function: str) -> None:
    (name,) = [name for name, route in ROUTES.items() if route["RouteKey"] == key]

    assert function_behind(name) == function
    assert ROUTES[name]["AuthorizationType"] == "AWS_IAM"


def test_paths_that_are_no_endpoints_have_a_low_limit() -> None:
    assert set(_STAGE["RouteSettings"][_OTHER].values()) == {20}


def test_signed_and_public_routes_have_limits_of_their_own() -> None:
    signed = {found["RouteKey"] for found in ROUTES.values() if found["AuthorizationType"] == "AWS_IAM"}
    limits = {key: {target(value) for value in found.values()} for key, found in _STAGE["RouteSettings"].items()}
    del limits[_OTHER]

    assert limits == {key: {"SignedRequestsPerSecond"} for key in signed}
    assert {target(value) for value in _STAGE["DefaultRouteSettings"].values()} == {"PublicRequestsPerSecond"}
    assert _STAGE["DefaultRouteSettings"].keys() == {"ThrottlingBurstLimit", "ThrottlingRateLimit"}


def test_the_stage_waits_for_the_routes_that_it_limits() -> None:
    # API Gateway refuses settings of a route that does not exist yet.
    limited = {name for name, found in ROUTES.items() if found["RouteKey"] in _STAGE["RouteSettings"]}

    assert set(RESOURCES["HttpApiStage"]["DependsOn"]) == limited


def test_the_public_limit_is_enough_for_600_open_pages() -> None:
    script = (ROOT / "layers/reconnect/reconnect/page/assets/connect_page.js").read_text()
    [seconds] = [int(each) / 1000 for each in re.findall(r"const POLL_MS = (\d+);", script)]
    limit = parameter_of("PublicRequestsPerSecond")

    assert limit["Default"] * seconds == 600
    assert "600 pages" in limit["Description"]


def test_the_access_log_holds_no_path_and_no_query() -> None:
    logged = set(re.findall(r"\$context\.([\w.]+)", _STAGE["AccessLogSettings"]["Format"]))

    assert logged == {
        *("requestId", "integration.requestId", "routeKey", "status", "responseLatency", "integrationErrorMessage"),
        *("identity.userArn", "identity.sourceIp"),
    }


def test_an_entry_of_the_access_log_is_json_on_one_line() -> None:
    entry = json.loads(re.sub(r"\$context\.[\w.]+", "value", _STAGE["AccessLogSettings"]["Format"]))

    assert {"caller", "sourceIp", "route", "status"} <= entry.keys()
    assert "\n" not in _STAGE["AccessLogSettings"]["Format"]
