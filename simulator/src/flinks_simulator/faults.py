"""Injects faults: replaces a call with a failure, or damages the reply of one that worked."""

import json
import os
import socket
import struct
from collections.abc import Iterator
from threading import Event
from typing import Any

from flask import Response, abort, jsonify, request

from flinks_simulator import replies
from flinks_simulator.errors import BankError
from flinks_simulator.users import Fault, FaultKind

_CODES = {
    FaultKind.ACCESS_DENIED: "ACCESS_DENIED",
    FaultKind.SERVER_ERROR: "AGGREGATION_ERROR",
    FaultKind.THROTTLED: "TOO_MANY_REQUESTS",
    FaultKind.UNKNOWN_CODE: "CODE_OF_A_LATER_VERSION",
}
_PIECES = 8
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def replace_call(kind: FaultKind, stopping: Event) -> None:
    """End the call now if this fault replaces it; a fault that damages replies lets it continue."""
    match kind:
        case FaultKind.HTML_502:
            abort(Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, mimetype="text/html"))
        case FaultKind.HANG:
            stopping.wait()
            abort(Response(status=503))
        case FaultKind.NOT_ACTIVATED:
            # Only the asynchronous operation has to be activated by Flinks [D AASYNC].
            if request.path.endswith("/AuthorizeAsync"):
                abort(_refuse("METHOD_NOT_AVAILABLE"))
        case _ if kind in _CODES:
            abort(_refuse(_CODES[kind]))


def damage_reply(response: Response, fault: Fault, stopping: Event, pause: float) -> None:
    """Damage an outgoing reply; a fault that replaced the call does not change its reply."""
    whole = response.get_data()
    match fault.kind:
        case FaultKind.ACCOUNTS_TWICE if "Accounts" in (body := response.get_json(silent=True) or {}):
            response.set_data(json.dumps(body | {"Accounts": body["Accounts"] * 2}))
        case FaultKind.NO_BODY:
            response.set_data(b"")
        case FaultKind.TRUNCATED_JSON:
            response.set_data(whole[: len(whole) // 2])
        case FaultKind.OTHER_CASE if response.is_json:
            response.set_data(json.dumps(_rename(response.get_json())))
        case FaultKind.REMOVE | FaultKind.REPLACE if response.is_json:
            body = response.get_json()
            change_fields(body, fault)
            response.set_data(json.dumps(body))
        case FaultKind.RESET:
            _send(response, _break_off(whole, request.environ.get("werkzeug.socket")), len(whole))
        case FaultKind.SLOW_DRIP:
            _send(response, _drip(whole, stopping, pause), len(whole))


def change_fields(body: Any, fault: Fault) -> None:
    """Remove the fields at the fault's path from a reply, or set them to its value; `*` matches every key or index."""
    *way, last = fault.path.split(".")
    records = [body]
    for name in way:
        records = [record[key] for record in records for key in _keys_in(record, name)]
    for record in records:
        for key in reversed(_keys_in(record, last)):
            if fault.kind is FaultKind.REMOVE:
                del record[key]
            else:
                record[key] = fault.value


def _keys_in(record: Any, name: str) -> list[Any]:
    match record:
        case dict():
            return [key for key in record if name in {key, "*"}]
        case list():
            return [index for index in range(len(record)) if name in {str(index), "*"}]
    return []


def _refuse(code: str) -> Response:
    refusal = BankError(code)
    response = jsonify(replies.error(refusal))
    response.status_code = refusal.http_status
    return response


def _rename(value: Any) -> Any:
    match value:
        case dict():
            return {name[:1].lower() + name[1:]: _rename(each) for name, each in value.items()}
        case list():
            return [_rename(each) for each in value]
        case _:
            return value


def _send(response: Response, pieces: Iterator[bytes], length: int) -> None:
    response.response = pieces
    response.headers["Content-Length"] = str(length)


def _break_off(whole: bytes, connection: socket.socket | None) -> Iterator[bytes]:
    yield whole[: len(whole) // 2]
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # The server would shut down the connection cleanly; closing its descriptor makes the kernel send a reset.
        os.close(connection.detach())
    raise ConnectionResetError("broken off on purpose")


def _drip(whole: bytes, stopping: Event, pause: float) -> Iterator[bytes]:
    size = -(-len(whole) // _PIECES) or 1
    for start in range(0, len(whole), size):
        if start and stopping.wait(pause):
            raise ConnectionAbortedError("the simulator stops")
        yield whole[start : start + size]
