"""Showing a session from now to its end, and where its user is brought to."""

from reconnect_cli.api import Api
from reconnect_cli.display import Display
from reconnect_cli.following import Snapshot, follow

_PATIENCE_SECONDS = 3600.0

_WAYS = {
    "link": "send this link to the user; it can be opened any number of times",
    "connectUrl": "open Connect to answer the bank",
}


def watch_session(api: Api, display: Display, session_id: str) -> Snapshot:
    """Show the session as it goes on, and return how it ended; raise StillWaiting after an hour."""
    session: Snapshot = {}
    told: set[str] = set()
    for session in follow(
        api,
        session_id,
        patience=_PATIENCE_SECONDS,
        on_trouble=lambda trouble: display.note("no answer right now; trying again", trouble=trouble),
    ):
        if not told:
            told.add(session_id)
            display.about(session)
        display.session(session)
        tell_ways(display, session, told)
    display.receipt(session)
    return session


def tell_ways(display: Display, session: Snapshot, told: set[str]) -> None:
    """Where the user is brought to, while they are needed: the link that lasts, and Connect's own address for one load.

    What was `told` before is not repeated.
    """
    for name, text in _WAYS.items():
        address = session[name]
        if address and address not in told and session["nextStep"]["owner"] == "user":
            told.add(address)
            display.note(text, **{name: address})
