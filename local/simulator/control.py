"""The simulator's own doors, for tests and tools in another process."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from local.simulator.context import the_bank
from local.simulator.errors import BankError

control = Blueprint("control", __name__, url_prefix="/simulator")


@control.get("/logins")
def list_logins() -> Response:
    """List every login with its username."""
    return jsonify([{"username": each.username, "LoginId": each.login_id} for each in the_bank().logins()])


@control.post("/logins")
def add_login() -> tuple[Response, int]:
    """Make another login that behaves like the named user."""
    body = request.get_json(silent=True)
    username = body.get("username") if isinstance(body, dict) else None
    if not isinstance(username, str):
        return jsonify({"message": 'Send {"username": "..."}'}), 400
    try:
        login = the_bank().find_login(the_bank().add_login(username))
    except BankError as refusal:
        return jsonify({"message": f"There is no user {username!r} to copy", "code": refusal.code}), 400
    return jsonify({"username": login.username, "LoginId": login.login_id}), 201


@control.get("/journal")
def read_journal() -> Response:
    """List the requests served so far, oldest first."""
    return jsonify([asdict(entry) | {"at": entry.at.isoformat()} for entry in the_bank().journal])
