"""Kept connections that die while a function is frozen: what is repeated, what is not, and on which connection.

The peer is a TCP server on loopback that plays each request's fate, as load balancers and NAT gateways do.
"""

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.flinks import connections
from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from tests.fakes.builders import AUTHORIZE_TOKEN, LOGIN_ID, REQUEST_ID
from tests.fakes.keys import FakeFlinksKeys

_REPLY = b'{"HttpStatusCode": 200, "Token": "a-token", "RequestId": "r1"}'
_REFUSAL = b'{"HttpStatusCode": 401, "FlinksCode": "ACCESS_DENIED"}'
# No reply at all, the connection closed or reset at the request's bytes, or reset within the reply's first line.
_DEATHS = ("reset", "close", "cut")

_REPEATABLE: dict[str, Callable[[FlinksClient], Any]] = {
    "token": lambda client: client.generate_authorize_token(),
    "status": lambda client: client.read_authorize(REQUEST_ID),
    "cached": lambda client: client.cached_authorize(LOGIN_ID),
    "summary": lambda client: client.get_accounts_summary(REQUEST_ID),
    "detail": lambda client: client.get_accounts_detail(REQUEST_ID),
    "detail_async": lambda client: client.get_accounts_detail_async(REQUEST_ID),
}
_ONCE: dict[str, Callable[[FlinksClient], Any]] = {
    "start": lambda client: client.start_authorize(LOGIN_ID, AUTHORIZE_TOKEN),
    "delete": lambda client: client.delete_card(LOGIN_ID),
}


class Peer:
    """A server that gives the n-th request the n-th fate, and answers once there are no more."""

    def __init__(self) -> None:
        self.fates: list[str] = []
        # One connection's number and first line for each request that arrived.
        self.requests: list[tuple[int, str]] = []
        self._connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._connections += 1
                Thread(target=self._serve, args=(connection, self._connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            while head := _read_request(connection):
                self.requests.append((number, head))
                fate = self.fates.pop(0) if self.fates else "answer"
                if fate == "silent":
                    connection.recv(1)
                    return
                if fate in _DEATHS:
                    _die(connection, fate)
                    return
                body = _REFUSAL if fate == "refuse" else _REPLY
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def _read_request(connection: socket.socket) -> str:
    """Read one request, and return its first line; "" if the client has closed the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65_536)):
            return ""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
    while missing > 0:
        missing -= len(connection.recv(missing))
    return head.partition(b"\r\n")[0].decode()


def _die(connection: socket.socket, fate: str) -> None:
    if fate == "cut":
        connection.sendall(b"HTTP/1.1 20")
    if fate != "close":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("NO_PROXY", "*")
    made = Peer()
    yield made
    made.close()


def a_client(peer: Peer, read_timeout: float = 20) -> FlinksClient:
    settings = FlinksSettings(peer.url, "a-customer", AuthorizeMode.ASYNC, StatusCall.POST, read_timeout, 215)
    return FlinksClient(settings, lambda: FakeFlinksKeys(FlinksCredentials("a-secret-key")), lambda _: None)


def warm(peer: Peer, **settings: Any) -> FlinksClient:
    """A client with a connection that has carried a reply."""
    client = a_client(peer, **settings)
    client.generate_authorize_token()
    peer.requests.clear()
    return client


@pytest.mark.parametrize("death", ["reset", "close"])
@pytest.mark.parametrize("call", _REPEATABLE)
def test_a_call_that_may_be_repeated_survives_a_dead_connection(peer: Peer, call: str, death: str) -> None:
    client = warm(peer)
    peer.fates = [death]

    _REPEATABLE[call](client)

    (dead, first), (fresh, second), *_ = peer.requests
    assert (first, fresh != dead) == (second, True)


def test_a_peer_that_drops_every_second_request_costs_no_call(peer: Peer) -> None:
    client = warm(peer)
    peer.fates = ["reset", "answer"] * 6

    assert [client.generate_authorize_token() for _ in range(6)] == ["a-token"] * 6
    assert client.cached_authorize(LOGIN_ID).request_id == "r1"


@pytest.mark.parametrize("death", _DEATHS)
@pytest.mark.parametrize("call", _ONCE)
def test_a_start_and_a_deletion_are_never_sent_twice(peer: Peer, call: str, death: str) -> None:
    client = warm(peer)
    peer.fates = [death]

    with pytest.raises(FlinksUnavailable):
        _ONCE[call](client)

    assert len(peer.requests) == 1


def test_a_connection_that_never_worked_is_no_reason_to_repeat(peer: Peer) -> None:
    client = a_client(peer)
    peer.fates = ["reset"]

    with pytest.raises(FlinksUnavailable):
        client.generate_authorize_token()

    assert len(peer.requests) == 1


def test_a_repeated_call_that_fails_too_is_not_sent_a_third_time(peer: Peer) -> None:
    client = warm(peer)
    peer.fates = ["reset", "reset", "answer"]

    with pytest.raises(FlinksUnavailable):
        client.read_authorize(REQUEST_ID)

    assert len(peer.requests) == 2


def test_after_a_long_pause_a_silent_connection_is_not_used(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = warm(peer)
    thawed_at = time.time() + connections.LONGEST_IDLE_SECONDS
    monkeypatch.setattr(time, "time", lambda: thawed_at)

    for call in (*_REPEATABLE.values(), *_ONCE.values()):
        call(client)

    assert {number for number, _ in peer.requests} == {2}


def test_within_a_few_seconds_a_connection_is_kept(peer: Peer) -> None:
    client = warm(peer)

    client.read_authorize(REQUEST_ID)

    assert {number for number, _ in peer.requests} == {1}


def test_a_silent_peer_costs_one_time_out_and_is_not_asked_again(peer: Peer) -> None:
    client = warm(peer, read_timeout=0.05)
    peer.fates = ["silent"]

    with pytest.raises(FlinksUnavailable, match="ReadTimeout"):
        client.read_authorize(REQUEST_ID)

    assert len(peer.requests) == 1


def test_a_refusal_of_a_repeated_cached_call_does_not_blame_our_keys(peer: Peer) -> None:
    client = warm(peer)
    peer.fates = ["answer", "reset", "refuse"]

    with pytest.raises(FlinksUnavailable):
        client.cached_authorize(LOGIN_ID)


@given(
    calls=st.lists(st.sampled_from([*_REPEATABLE, *_ONCE]), min_size=1, max_size=6),
    fates=st.lists(st.sampled_from(["answer", "refuse", *_DEATHS]), max_size=12),
)
def test_whatever_dies_only_repeatable_calls_are_sent_twice(calls: list[str], fates: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(Peer()) as peer:
        patch.setenv("NO_PROXY", "*")
        client, peer.fates = a_client(peer), fates
        answered: set[int] = set()
        for name in calls:
            played = [*peer.fates]
            before = len(peer.requests)
            with contextlib.suppress(FlinksUnavailable):
                {**_REPEATABLE, **_ONCE}[name](client)
            arrived = peer.requests[before:]
            lines = [line for _, line in arrived]

            assert all(lines.count(line) <= (1 if name in _ONCE else 2) for line in lines)
            for (number, line), fate, later in zip(
                arrived, [*played, *["answer"] * 12], [*lines[1:], ""], strict=False
            ):
                # Only a connection that had worked is worth a second try.
                assert later != line or number in answered
                if fate in {"answer", "refuse"}:
                    answered.add(number)
