"""Shows a session from now to its end, and the addresses for its user."""

from reconnect_cli.display import Display
from reconnect_cli.following import Snapshot, follow
from reconnect_client.api import Api

_PATIENCE_SECONDS = 3600.0

_ADDRESSES = {
    "link": "send this link to the user; it can be opened any number of times",
    "connectUrl": "Connect itself, for an integration that shows it on its own page; it loads once",
}


def watch_session(api: Api, display: Display, session_id: str) -> Snapshot:
    """Show the session until it ends and return its last state; raise StillWaiting after an hour."""
    session: Snapshot = {}
    shown: set[str] = set()
    for session in follow(
        api,
        session_id,
        patience=_PATIENCE_SECONDS,
        on_trouble=lambda trouble: display.note("no answer right now; trying again", trouble=trouble),
    ):
        if not shown:
            shown.add(session_id)
            display.about(session)
        display.session(session)
        show_addresses(display, session, shown)
    display.receipt(session)
    return session


def show_addresses(display: Display, session: Snapshot, shown: set[str]) -> None:
    """Show the addresses for a user who must act: the durable link, and Connect's URL, which loads once.

    Addresses in `shown` are not repeated; new ones are added to it.
    """
    for name, text in _ADDRESSES.items():
        address = session[name]
        if address and address not in shown and session["nextStep"]["owner"] == "user":
            shown.add(address)
            display.note(text, **{name: address})
