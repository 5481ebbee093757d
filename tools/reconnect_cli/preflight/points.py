"""The points that preflight settles, and what it finds out about each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Point(StrEnum):
    """One question about a Flinks instance, in the order in which they are shown."""

    CUSTOMER_ID = "customer_id"
    SECRET_KEY = "secret_key"  # noqa: S105 - a name
    X_API_KEY = "x_api_key"
    CLOCK = "clock"
    AUTHORIZE_TOKEN = "authorize_token"  # noqa: S105 - a name
    AUTHORIZE_ASYNC = "authorize_async"
    STATUS_CALL = "status_call"
    STATUS_TOKEN = "status_token"  # noqa: S105 - a name
    DATA_POLL = "data_poll"
    ERROR_STATUS = "error_status"
    STATUS_LINE = "status_line"
    CONNECT = "connect"
    CONNECT_TOKEN = "connect_token"  # noqa: S105 - a name
    CONNECT_FRAME = "connect_frame"
    TEST_BANK = "test_bank"
    WEBHOOK = "webhook"
    # Not one of those that safe calls tell: asked only on request.
    LIVE_ATTEMPT = "live_attempt"


QUESTIONS: Mapping[Point, str] = {
    Point.CUSTOMER_ID: "Does Flinks know the customer id?",
    Point.SECRET_KEY: "Does Flinks accept the secret key?",
    Point.X_API_KEY: "Do data calls need an x-api-key, and is yours right?",
    Point.CLOCK: "How far is Flinks' clock from this machine's?",
    Point.AUTHORIZE_TOKEN: "Does /Authorize need an authorize token?",
    Point.AUTHORIZE_ASYNC: "Is /AuthorizeAsync activated?",
    Point.STATUS_CALL: "How is /AuthorizeAsync polled?",
    Point.STATUS_TOKEN: "Does each of these polls need a token of its own?",
    Point.DATA_POLL: "By which verb is data polled?",
    Point.ERROR_STATUS: "With which status does an unknown LoginId come?",
    Point.STATUS_LINE: "Is HTTP's status that of the body?",
    Point.CONNECT: "Where is Connect?",
    Point.CONNECT_TOKEN: "Does Connect need a token with a requestId?",
    Point.CONNECT_FRAME: "Which sites may frame Connect?",
    Point.TEST_BANK: "Does the instance have the test bank FlinksCapital?",
    Point.WEBHOOK: "Which header signs a webhook, and does the secret fit?",
}

# What no safe call can tell; docs/flinks-contract.md has the sources.
LEFT_OPEN = (
    "how long an authorize token lives: that takes half an hour",
    "whether a poll renews a RequestId: that takes eight minutes with an open question",
    "what Connect shows for an expired requestId, and the names of its newer events: that takes a browser",
    "whether OAuth banks can be reconnected: that takes a login at one",
    "which code a refresh gets once the credentials are gone: that takes a month",
    "how many requests a second Flinks takes: that would take too many",
)


@dataclass(frozen=True)
class Finding:
    """What is known about one point: a stable word and a sentence. Without a value it could not be told.

    `is_fault`: the service does not work before it is mended. `parameters` are those to deploy with.
    """

    point: Point
    value: str | None
    sentence: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_fault: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the point is settled."""
        return self.value is not None


def untold(point: Point, why: str) -> Finding:
    """A point that could not be told, and why."""
    return Finding(point, None, why)


def fault(point: Point, value: str | None, sentence: str, **parameters: str) -> Finding:
    """A point that must be mended before the service works."""
    return Finding(point, value, sentence, parameters, is_fault=True)
