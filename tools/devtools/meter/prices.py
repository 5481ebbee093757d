"""AWS's prices by use: list prices in US dollars, us-east-1, without free tiers. All prices are in this module.

Fixed costs (secrets, alarms, the table's storage) are not part of a session's cost.
"""

from collections.abc import Callable
from dataclasses import dataclass

from devtools.meter.usage import Usage

_MILLION = 1_000_000
_GB = 1_000_000_000


@dataclass(frozen=True)
class Price:
    """The price of one unit, the amount it applies to, and the page that lists it."""

    name: str
    dollars: float
    amount: Callable[[Usage], float]
    page: str


PRICES = (
    Price("state transitions", 0.025 / 1000, lambda use: use.transitions, "AWS Step Functions Pricing, Standard"),
    Price("Lambda requests", 0.20 / _MILLION, lambda use: use.invocations, "AWS Lambda Pricing, Arm"),
    Price("Lambda GB-seconds", 0.0000133334, lambda use: use.gb_seconds, "AWS Lambda Pricing, Arm"),
    Price("log gigabytes", 0.50, lambda use: use.log_bytes / _GB, "Amazon CloudWatch Pricing, Logs"),
    Price(
        "DynamoDB write units",
        0.625 / _MILLION,
        lambda use: use.write_units + use.index_units + use.gathered_units,
        "Amazon DynamoDB Pricing, On-Demand",
    ),
    Price("DynamoDB read units", 0.125 / _MILLION, lambda use: use.read_units, "Amazon DynamoDB Pricing, On-Demand"),
    Price("HTTP API requests", 1.00 / _MILLION, lambda use: use.http_requests, "Amazon API Gateway Pricing, HTTP APIs"),
    Price("EventBridge events", 1.00 / _MILLION, lambda use: use.events, "Amazon EventBridge Pricing, Custom events"),
    Price("secret reads", 0.05 / 10_000, lambda use: use.secret_reads, "AWS Secrets Manager Pricing"),
    Price("S3 writes", 0.005 / 1000, lambda use: use.s3_puts, "Amazon S3 Pricing, Standard"),
    Price("S3 reads", 0.0004 / 1000, lambda use: use.s3_gets, "Amazon S3 Pricing, Standard"),
)


@dataclass(frozen=True)
class Cost:
    """One line of a bill: the amount used and its dollars."""

    name: str
    amount: float
    dollars: float


def cost_of(usage: Usage) -> list[Cost]:
    """Return the costs of a usage, one line for each price."""
    return [Cost(price.name, price.amount(usage), price.amount(usage) * price.dollars) for price in PRICES]
