"""A domain of the deployer's own: built when it is given, and then the address of all links."""

from typing import Any

import pytest

from tests.template.template import GLOBALS, RESOURCES, TEMPLATE, target

NONE: dict[str, str] = {
    "BatchSchedule": "",
    "PublicBaseUrl": "",
    "DomainName": "",
    "DomainCertificateArn": "",
    "DomainHostedZoneId": "",
}
DOMAIN = {
    "DomainName": "link.example.ca",
    "DomainCertificateArn": "arn:aws:acm:ca-central-1:123456789012:certificate/1",
}
ZONE = {"DomainHostedZoneId": "Z0123456789ABC"}


def value_of(node: Any, given: dict[str, str]) -> Any:  # noqa: PLR0911 - one for each intrinsic
    """Evaluate an expression of the template, as CloudFormation does, for these parameters."""
    if not isinstance(node, dict):
        return node
    ((intrinsic, inner),) = node.items()
    match intrinsic:
        case "Ref":
            return given[inner]
        case "Condition":
            return value_of(TEMPLATE["Conditions"][inner], given)
        case "Fn::Equals":
            return value_of(inner[0], given) == value_of(inner[1], given)
        case "Fn::Not":
            return not value_of(inner[0], given)
        case "Fn::And":
            return all(value_of(each, given) for each in inner)
        case "Fn::If":
            return value_of(inner[1 if value_of({"Condition": inner[0]}, given) else 2], given)
        case "Fn::Sub":
            return inner.replace("${DomainName}", given["DomainName"])
    return target(node)


def built(given: dict[str, str]) -> set[str]:
    conditional = {name: found["Condition"] for name, found in RESOURCES.items() if "Condition" in found}
    return {name for name, condition in conditional.items() if value_of({"Condition": condition}, NONE | given)}


def public_url(given: dict[str, str]) -> str:
    return str(value_of(GLOBALS["Environment"]["Variables"]["PUBLIC_BASE_URL"], NONE | given))


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({}, set()),
        (DOMAIN, {"HttpApiDomain", "HttpApiMapping"}),
        (DOMAIN | ZONE, {"HttpApiDomain", "HttpApiMapping", "HttpApiRecord"}),
        (ZONE, set()),
    ],
)
def test_a_domain_is_built_only_if_it_is_given(given: dict[str, str], parts: set[str]) -> None:
    assert built({"EventArchiveDays": "30", "BatchSchedule": "", **given}) - {"EventArchive"} == parts


def test_links_follow_the_domain_unless_a_public_address_is_given() -> None:
    assert public_url({}) == "HttpApi.ApiEndpoint"
    assert public_url(DOMAIN) == "https://link.example.ca"
    assert public_url(DOMAIN | {"PublicBaseUrl": "https://front.example.ca"}) == "https://front.example.ca"


def test_the_output_with_the_apis_address_is_that_of_the_links() -> None:
    for given in ({}, DOMAIN):
        assert value_of(TEMPLATE["Outputs"]["ApiUrl"]["Value"], NONE | given) == public_url(given)


def test_a_domain_takes_modern_tls_only_and_its_own_certificate() -> None:
    [configuration] = RESOURCES["HttpApiDomain"]["Properties"]["DomainNameConfigurations"]

    assert (configuration["SecurityPolicy"], configuration["EndpointType"]) == ("TLS_1_2", "REGIONAL")
    assert value_of(configuration["CertificateArn"], NONE | DOMAIN) == DOMAIN["DomainCertificateArn"]
