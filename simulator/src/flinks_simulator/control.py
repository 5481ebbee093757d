"""The simulator's own endpoints, for tests and tools in another process: logins, faults, clock, journal, reset."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from flinks_simulator.context import the_bank
from flinks_simulator.errors import ERRORS, BankError
from flinks_simulator.scenarios import read_fault
from flinks_simulator.users import INSTITUTION_ID, INSTITUTIONS

control = Blueprint("control", __name__, url_prefix="/simulator")

_LONGEST_ADVANCE_SECONDS = 366 * 24 * 3600

_NUMBERS = f"institutions are {', '.join(map(str, INSTITUTIONS))}"

Refusal = tuple[Response, int]


@control.get("/scenarios")
def list_scenarios() -> Response:
    """List the scenarios that a login can follow."""
    return jsonify([{"name": each.name, "description": each.description} for each in the_bank().scenarios.values()])


@control.get("/logins")
def list_logins() -> Response:
    """List every login with its username."""
    return jsonify([{"username": each.username, "LoginId": each.login_id} for each in the_bank().logins()])


@control.post("/logins")
def add_login() -> tuple[Response, int]:
    """Add a login with the behaviour of the named user or scenario, at FlinksCapital or another bank."""
    username, institution_id = _body().get("username"), _body().get("institutionId", INSTITUTION_ID)
    if not isinstance(username, str) or institution_id not in INSTITUTIONS:
        return _refuse(f'Send {{"username": "...", "institutionId": {INSTITUTION_ID}}}; {_NUMBERS}')
    try:
        login = the_bank().find_login(the_bank().add_login(username, institution_id))
    except BankError:
        return _refuse(f"There is no user {username!r} to copy; GET /simulator/scenarios lists them")
    return jsonify({"username": login.username, "LoginId": login.login_id}), 201


@control.get("/institutions")
def list_institutions() -> Response:
    """List the banks, each with the code with which it refuses every live attempt."""
    return jsonify(
        [{"id": each, "name": name, "refusal": the_bank().refusal_of(each)} for each, name in INSTITUTIONS.items()]
    )


@control.post("/institutions/<int:institution_id>")
def switch_institution(institution_id: int) -> Response | Refusal:
    """Let a bank refuse every live attempt, or work again."""
    refusal = _body().get("refusal", "")
    if institution_id not in INSTITUTIONS or not (refusal is None or refusal in ERRORS):
        return _refuse(f'Send {{"refusal": "RETRY_LATER"}} or {{"refusal": null}}; {_NUMBERS}')
    the_bank().refuse_all(institution_id, refusal)
    return list_institutions()


@control.post("/faults")
def plan_fault() -> tuple[Response, int]:
    """Plan a fault for the next calls of one kind, from any login."""
    try:
        fault = read_fault(request.get_data(as_text=True))
    except ValueError as wrong:
        return _refuse(str(wrong))
    the_bank().plan_fault(fault)
    return jsonify(asdict(fault)), 201


@control.get("/clock")
def read_clock() -> Response:
    """Return the simulator's time and how far it is ahead of real time."""
    clock = the_bank().clock
    return jsonify({"now": clock().isoformat(), "ahead_seconds": clock.ahead.total_seconds()})


@control.post("/clock")
def advance_clock() -> Response | Refusal:
    """Advance the clock; everything due by then has run when this replies."""
    seconds: Any = _body().get("advance_seconds")
    if type(seconds) not in {int, float} or not 0 <= seconds <= _LONGEST_ADVANCE_SECONDS:
        return _refuse(f'Send {{"advance_seconds": n}}, n from 0 to {_LONGEST_ADVANCE_SECONDS}')
    the_bank().clock.advance(seconds=seconds)
    return read_clock()


@control.post("/reset")
def reset() -> tuple[str, int]:
    """Restart the run."""
    the_bank().reset()
    return "", 204


@control.get("/journal")
def read_journal() -> Response:
    """List the requests served so far, oldest first; with `login_id`, only those of one login."""
    journal = the_bank().journal
    login_id = request.args.get("login_id")
    entries = journal if login_id is None else journal.of(login_id)
    return jsonify([asdict(each) | {"at": each.at.isoformat()} for each in entries])


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _refuse(message: str) -> Refusal:
    return jsonify({"message": message}), 400
