"""Runs the simulator on a loopback port, in a thread of its own."""

import errno
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from werkzeug.serving import WSGIRequestHandler, make_server

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.clock import VirtualClock, utc_now
from flinks_simulator.journal import Journal
from flinks_simulator.scenarios import SHIPPED
from flinks_simulator.settings import Settings
from flinks_simulator.users import Scenario
from flinks_simulator.webhooks import attach_webhooks, keep_delivering

HOST = "127.0.0.1"
_STOP_CHECK_SECONDS = 0.05


class PortTaken(OSError):
    """Another program listens on the requested port."""

    def __init__(self, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"Port {port} is taken by another program; choose another port, or 0.")

    def __str__(self) -> str:
        return str(self.strerror)


class _QuietHandler(WSGIRequestHandler):
    # One request per connection, so that nothing answers once the simulator has stopped.
    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: object) -> None:
        """Log nothing; requests are reported to `on_request`."""


class Simulator:
    """A simulated Flinks on this machine while the `with` block lasts; `outbox` holds the webhooks it sent."""

    def __init__(
        self,
        port: int = 0,
        *,
        settings: Settings | None = None,
        clock: Callable[[], datetime] = utc_now,
        scenarios: Mapping[str, Scenario] = SHIPPED,
        on_request: Callable[[str], None] | None = None,
    ) -> None:
        self.bank = Bank(settings, clock, scenarios)
        self.outbox = attach_webhooks(self.bank)
        self._stopping = threading.Event()
        app = create_app(self.bank, stopping=self._stopping, on_request=on_request)
        with _listen(port) as listener:
            self._server = make_server(
                HOST, port, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno()
            )
        self._serving = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_CHECK_SECONDS,), name="flinks-simulator", daemon=True
        )
        self._delivering = threading.Thread(
            target=keep_delivering,
            args=(self.outbox, self.clock, self._stopping),
            name="flinks-webhooks",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Where the simulator listens, without a trailing slash."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def clock(self) -> VirtualClock:
        """The clock, which can be advanced: `clock.advance(minutes=8)`."""
        return self.bank.clock

    @property
    def journal(self) -> Journal:
        """Every request served so far."""
        return self.bank.journal

    def reset(self) -> None:
        """Restart the run."""
        self.bank.reset()

    def __enter__(self) -> Self:
        self._serving.start()
        if self.bank.settings.webhook_url:
            self._delivering.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def wait(self) -> None:
        """Block until the simulator stops or the caller is interrupted."""
        self._stopping.wait()


def serve_forever(
    port: int,
    *,
    settings: Settings | None = None,
    scenarios: Mapping[str, Scenario] = SHIPPED,
    on_ready: Callable[[str], None] | None = None,
    on_request: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `on_ready` receives the URL, `on_request` one line per request."""
    with Simulator(port, settings=settings, scenarios=scenarios, on_request=on_request) as simulator:
        if on_ready:
            on_ready(simulator.url)
        simulator.wait()


def _listen(port: int) -> socket.socket:
    # Werkzeug ends the whole process when a port is taken, so the socket is opened here.
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as refusal:
        if refusal.errno == errno.EADDRINUSE:
            raise PortTaken(port) from refusal
        raise
