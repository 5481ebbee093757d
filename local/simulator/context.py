"""What the routes share: the bank they serve, and the note they leave for the journal."""

from threading import Event
from typing import cast

from flask import Flask, current_app, g

from local.simulator.bank import Bank
from local.simulator.records import Login

_BANK = "simulator.bank"
_STOPPING = "simulator.stopping"


def attach(app: Flask, bank: Bank, stopping: Event) -> None:
    """Give an application its bank and the event that is set when the simulator stops."""
    app.extensions[_BANK] = bank
    app.extensions[_STOPPING] = stopping


def the_bank() -> Bank:
    """Find the bank this application serves."""
    return cast(Bank, current_app.extensions[_BANK])


def wait_for_stop() -> None:
    """Keep the caller waiting until the simulator stops."""
    cast(Event, current_app.extensions[_STOPPING]).wait()


def note(action: str, login: Login | None = None) -> None:
    """Tell the journal what this request is, and whose."""
    g.action = action
    g.login = login


def noted() -> tuple[str, Login | None]:
    """Read the note back; a request nobody noted has no action and no login."""
    return g.get("action", ""), g.get("login")
