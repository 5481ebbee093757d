"""What the page shows of the API's answers: words for codes, and no address that is the user's."""

from collections.abc import Mapping
from typing import Any

from reconnect_cli.causes import describe
from reconnect_cli.display import bank_of, for_operators

# They let their holder act as the user, and an operator needs neither.
_OF_THE_USER = {"link", "connectUrl"}


def session_for_page(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return a session without its user's addresses, its texts in English."""
    return {
        **{name: value for name, value in session.items() if name not in _OF_THE_USER},
        "bank": bank_of(session),
        "sentence": for_operators(session["nextStep"]["sentence"]),
        "timeline": [{**entry, "text": describe(entry)} for entry in session["timeline"]],
    }


def batch_for_page(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a batch with the names of its banks."""
    return {**batch, "institutions": [{**each, "bank": bank_of(each)} for each in batch["institutions"]]}


def listed_for_page(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a list with the bank's name."""
    return {**session, "bank": bank_of(session)}


def login_for_page(login: Mapping[str, Any]) -> dict[str, Any]:
    """Return a login with its last sessions."""
    return {**login, "sessions": [listed_for_page(session) for session in login["sessions"]]}
