"""What the routes share: the bank, and the identity of each call for the journal and planned faults."""

from threading import Event
from typing import cast

from flask import Flask, Response, current_app, g

from flinks_simulator.bank import Bank
from flinks_simulator.faults import damage_reply, replace_call
from flinks_simulator.records import Login
from flinks_simulator.users import Fault

_BANK = "simulator.bank"
_STOPPING = "simulator.stopping"
_EVERYONE = ""


def attach(app: Flask, bank: Bank, stopping: Event) -> None:
    """Give an application its bank and the event that is set when the simulator stops."""
    app.extensions[_BANK] = bank
    app.extensions[_STOPPING] = stopping


def the_bank() -> Bank:
    """Return the bank that this application serves."""
    return cast(Bank, current_app.extensions[_BANK])


def identify_call_or_fail(action: str, login: Login | None = None) -> None:
    """Record which call this is, and whose once that is known; then let its planned faults happen.

    A fault may refuse, abort or hang the call. A fault that damages replies is kept for `damage`.
    """
    g.action = action
    g.login = login
    met: set[str] = g.setdefault("met", set())
    scopes = {_EVERYONE, login.login_id if login else _EVERYONE} - met
    met |= scopes
    faults = [fault for scope in sorted(scopes) for fault in the_bank().count_call(action, scope or None)]
    g.setdefault("faults", []).extend(faults)
    for fault in faults:
        replace_call(fault.kind, _stopping())


def identified_call() -> tuple[str, Login | None]:
    """Return the call's action and login; both are empty for a request that was not identified."""
    return g.get("action", ""), g.get("login")


def met_faults() -> list[Fault]:
    """Return the faults that this request has met."""
    return cast(list[Fault], g.get("faults", []))


def damage(response: Response) -> None:
    """Damage the reply if the request has met a fault that does so."""
    for fault in met_faults():
        damage_reply(response, fault, _stopping(), the_bank().settings.drip_pause_seconds)


def _stopping() -> Event:
    return cast(Event, current_app.extensions[_STOPPING])
