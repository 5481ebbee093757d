"""The doors: who may knock, and that each one leads somewhere."""

import re

import pytest

from tests.template.template import ROUTES, function_behind, grants, of_type, target

_INTEGRATIONS = of_type("AWS::ApiGatewayV2::Integration")
_PERMISSIONS = of_type("AWS::Lambda::Permission")
_RULES = of_type("AWS::Events::Rule")
_SERVICE = ("/sessions", "/logins")
# A function of several doors: each door's name begins with the function's.
_PAGE = {
    "GET /connect/{link}",
    "HEAD /connect/{link}",
    "GET /connect/{link}/status",
    "POST /connect/{link}/attempts",
    "POST /connect/{link}/events",
}
(_STAGE,) = of_type("AWS::ApiGatewayV2::Stage").values()


@pytest.mark.parametrize("route", ROUTES)
def test_the_service_doors_are_signed_and_the_others_are_open_on_purpose(route: str) -> None:
    path = ROUTES[route]["RouteKey"].split()[1]

    assert ROUTES[route]["AuthorizationType"] == ("AWS_IAM" if path.startswith(_SERVICE) else "NONE")


@pytest.mark.parametrize("route", ROUTES)
def test_every_door_leads_to_the_function_of_its_name_with_the_payload_that_the_handlers_read(route: str) -> None:
    function = function_behind(route)
    integration = _INTEGRATIONS[f"{function}Integration"]

    assert route.startswith(function)
    assert ROUTES[route]["Target"] == {"Fn::Sub": f"integrations/${{{function}Integration}}"}
    assert target(integration["IntegrationUri"]) == function
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")


@pytest.mark.parametrize("integration", _INTEGRATIONS)
def test_every_integration_invokes_its_function_with_the_role_of_the_api(integration: str) -> None:
    assert target(_INTEGRATIONS[integration]["CredentialsArn"]) == "HttpApiRole"


def test_the_api_may_invoke_the_functions_behind_its_doors_and_nothing_else() -> None:
    assert grants("HttpApiRole") == {("lambda:InvokeFunction", function_behind(route)) for route in ROUTES}


def test_no_integration_is_without_a_door_and_only_rules_invoke_functions_besides() -> None:
    assert {f"{function_behind(route)}Integration" for route in ROUTES} == _INTEGRATIONS.keys()
    assert _PERMISSIONS.keys() == {f"{rule}Permission" for rule in _RULES}


def test_the_page_and_its_calls_are_one_function_so_that_one_link_opens_all_of_them() -> None:
    behind = {found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "ConnectPage"}

    assert behind == _PAGE


def test_only_the_browsers_own_request_is_evidence_of_a_redirect() -> None:
    behind = [found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "RedirectWebhook"]

    assert behind == ["GET /redirect/{state}"], "a HEAD checks an address and must wake nobody"


def test_no_two_doors_have_the_same_address() -> None:
    assert len({found["RouteKey"] for found in ROUTES.values()}) == len(ROUTES)


def test_flinks_itself_has_one_door() -> None:
    behind = [found["RouteKey"] for route, found in ROUTES.items() if function_behind(route) == "FlinksWebhook"]

    assert behind == ["POST /webhooks/flinks"]


@pytest.mark.parametrize(
    ("door", "function"),
    [("POST /sessions/{sessionId}/cancel", "CancelSession"), ("DELETE /logins/{loginId}", "EraseLogin")],
)
def test_whoever_ends_or_erases_something_must_sign_it(door: str, function: str) -> None:
    (name,) = [name for name, route in ROUTES.items() if route["RouteKey"] == door]

    assert function_behind(name) == function
    assert ROUTES[name]["AuthorizationType"] == "AWS_IAM"


def test_the_doors_are_throttled() -> None:
    assert _STAGE["DefaultRouteSettings"].keys() >= {"ThrottlingBurstLimit", "ThrottlingRateLimit"}


def test_no_path_and_no_query_reaches_the_access_log_because_they_hold_ids_and_states() -> None:
    logged = set(re.findall(r"\$context\.([\w.]+)", _STAGE["AccessLogSettings"]["Format"]))

    assert logged == {"requestId", "routeKey", "status", "responseLatency", "integrationErrorMessage"}
