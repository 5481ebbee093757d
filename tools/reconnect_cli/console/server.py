"""The sockets of the console: HTTP on 127.0.0.1, which other machines cannot reach."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from reconnect_cli.console.guard import Guard
from reconnect_cli.console.messages import HEADERS, Reply, Request, refusal
from reconnect_cli.console.routes import Console
from reconnect_client.api import Api

_HOST = "127.0.0.1"
_LONGEST_BODY = 4096
# A connection that the browser opened in advance and does not use.
_IDLE_SECONDS = 60
# How soon it notices that it shall stop.
_POLL_SECONDS = 0.05


class Server(ThreadingHTTPServer):
    """The console's server; `address` is where to open it."""

    daemon_threads = True
    # Ctrl-C does not wait for a call that is under way; it reads only, or the service has it already.
    block_on_close = False

    def __init__(self, api: Api, port: int, *, allows_actions: bool) -> None:
        super().__init__((_HOST, port), _Handler)
        guard = Guard(f"{_HOST}:{self.server_address[1]}")
        self.address, self.answer = guard.address, Console(api, guard, allows_actions=allows_actions).answer

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a browser that closes its connection is no error."""


@contextmanager
def serving(api: Api, port: int = 0, *, allows_actions: bool) -> Iterator[Server]:
    """Run a server on a port of 127.0.0.1, a free one by default, during the block; raise OSError if it is taken."""
    server = Server(api, port, allows_actions=allows_actions)
    thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="console", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Reads a request and writes its reply; nothing is logged."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The library looks for do_GET and so on; all methods are judged in one place.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdecimal()):
            reply = refusal(HTTPStatus.LENGTH_REQUIRED, "console_length", "The length of the body must be given.")
        elif len(length) > len(str(_LONGEST_BODY)) or int(length) > _LONGEST_BODY:
            reply = refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "console_length", "The body is too long.")
        else:
            body = self.rfile.read(int(length))
            self._send(self.server.answer(Request(self.command, self.path, headers, body)))
            return
        # The body was not read, so no other request can follow.
        self.close_connection = True
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in {**HEADERS, **reply.headers, "Content-Type": reply.content_type}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a path may hold the token."""
