"""The simulator's own doors, for tests and tools in another process: logins, faults, clock, journal, reset."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from flinks_simulator.context import the_bank
from flinks_simulator.errors import BankError
from flinks_simulator.scenarios import read_fault

control = Blueprint("control", __name__, url_prefix="/simulator")

_LONGEST_ADVANCE_SECONDS = 366 * 24 * 3600

Refusal = tuple[Response, int]


@control.get("/scenarios")
def list_scenarios() -> Response:
    """List what a login can behave like."""
    return jsonify([{"name": each.name, "description": each.description} for each in the_bank().scenarios.values()])


@control.get("/logins")
def list_logins() -> Response:
    """List every login with its username."""
    return jsonify([{"username": each.username, "LoginId": each.login_id} for each in the_bank().logins()])


@control.post("/logins")
def add_login() -> tuple[Response, int]:
    """Make another login that behaves like the named user or scenario."""
    username = _body().get("username")
    if not isinstance(username, str):
        return _refuse('Send {"username": "..."}')
    try:
        login = the_bank().find_login(the_bank().add_login(username))
    except BankError:
        return _refuse(f"There is no user {username!r} to copy; GET /simulator/scenarios lists them")
    return jsonify({"username": login.username, "LoginId": login.login_id}), 201


@control.post("/faults")
def plan_fault() -> tuple[Response, int]:
    """Let the next calls of one kind go wrong, whoever makes them."""
    try:
        fault = read_fault(request.get_data(as_text=True))
    except ValueError as wrong:
        return _refuse(str(wrong))
    the_bank().plan_fault(fault)
    return jsonify(asdict(fault)), 201


@control.get("/clock")
def read_clock() -> Response:
    """Tell the simulator's time, and how far it was turned ahead of the real one."""
    clock = the_bank().clock
    return jsonify({"now": clock().isoformat(), "ahead_seconds": clock.ahead.total_seconds()})


@control.post("/clock")
def advance_clock() -> Response | Refusal:
    """Turn the clock ahead; what is due by then has run when this answers."""
    seconds: Any = _body().get("advance_seconds")
    if type(seconds) not in {int, float} or not 0 <= seconds <= _LONGEST_ADVANCE_SECONDS:
        return _refuse(f'Send {{"advance_seconds": n}}, n from 0 to {_LONGEST_ADVANCE_SECONDS}')
    the_bank().clock.advance(seconds=seconds)
    return read_clock()


@control.post("/reset")
def reset() -> tuple[str, int]:
    """Go back to the beginning of the run."""
    the_bank().reset()
    return "", 204


@control.get("/journal")
def read_journal() -> Response:
    """List the requests served so far, oldest first; of one login when `login_id` names it."""
    journal = the_bank().journal
    login_id = request.args.get("login_id")
    entries = journal if login_id is None else journal.of(login_id)
    return jsonify([asdict(each) | {"at": each.at.isoformat()} for each in entries])


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _refuse(message: str) -> Refusal:
    return jsonify({"message": message}), 400
