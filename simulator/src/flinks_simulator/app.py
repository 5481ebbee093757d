"""Builds the Flask application from the routes, the bank and the journal."""

import re
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from flask import Flask, Response, g, request

from flinks_simulator.bank import Bank
from flinks_simulator.banking import banking
from flinks_simulator.connect import bank_site, connect
from flinks_simulator.context import attach, damage, identified_call, met_faults, the_bank
from flinks_simulator.control import control
from flinks_simulator.journal import JournalEntry

_GUID = re.compile(r"([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_PARAMETER = re.compile(r"<(\w+)>")


def create_app(bank: Bank, *, stopping: Event | None = None, on_request: Callable[[str], None] | None = None) -> Flask:
    """Make the application over one bank; `on_request` receives one line per request."""
    app = Flask(__name__)
    attach(app, bank, stopping or Event())
    for blueprint in (banking, connect, bank_site, control):
        app.register_blueprint(blueprint)

    # Runs before all other hooks: a request for another customer is refused before any `before_request`.
    @app.url_value_preprocessor
    def begin(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        g.began = time.perf_counter()

    @app.after_request
    def record(response: Response) -> Response:
        if request.blueprint != control.name:
            the_bank().journal.append(_make_entry(response.status_code))
        if on_request:
            on_request(_describe_request(response.status_code))
        # Flinks' clock, which may be ahead or was advanced.
        response.date = the_bank().clock()
        damage(response)
        return response

    return app


def _describe_request(status: int) -> str:
    faults = ", ".join(fault.kind for fault in met_faults())
    short_path = _GUID.sub(r"\1…", request.path)
    return f"{request.method} {short_path} {status}{f' ({faults})' if faults else ''}"


def _make_entry(status: int) -> JournalEntry:
    action, login = identified_call()
    rule = request.url_rule.rule if request.url_rule else request.path
    return JournalEntry(
        method=request.method,
        path=_PARAMETER.sub(r"{\1}", rule),
        status=status,
        action=action,
        username=login.username if login else None,
        login_id=login.login_id if login else None,
        at=the_bank().clock(),
        fields=_name_fields(),
        headers=tuple(sorted({name.lower() for name, _ in request.headers})),
        seconds=time.perf_counter() - g.began,
    )


def _name_fields() -> tuple[str, ...]:
    body = request.get_json(silent=True)
    sent = body if isinstance(body, dict) else request.form
    return tuple(sorted({*sent, *request.args}))
