"""A typed client of the Reconnect service's API, for backends."""

from reconnect_client.api import Api, ApiProblem, Misconfigured, NoAnswer
from reconnect_client.client import Client, StillWaiting
from reconnect_client.events import Event, NotOurEvent, parse_event
from reconnect_client.results import ResultProblem

__all__ = [
    "Api",
    "ApiProblem",
    "Client",
    "Event",
    "Misconfigured",
    "NoAnswer",
    "NotOurEvent",
    "ResultProblem",
    "StillWaiting",
    "parse_event",
]
