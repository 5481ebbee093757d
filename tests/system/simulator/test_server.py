"""The simulator over real sockets: broken connections, slow replies, and a stop that leaves nothing behind."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from flinks_simulator import Fault, FaultKind, PortTaken, Settings, Simulator


class Customer:
    """A Flinks customer over HTTP."""

    def __init__(self, simulator: Simulator) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._simulator = simulator
        self.base = f"{simulator.url}/v3/{simulator.bank.settings.customer_id}/BankingServices"

    def start(self, login_id: str) -> requests.Response:
        body = {"LoginId": login_id, "MostRecentCached": False, "Save": True}
        return self.post("AuthorizeAsync", body, {"flinks-auth-key": self._simulator.bank.issue_token()})

    def post(self, operation: str, body: object, headers: dict[str, str] | None = None) -> requests.Response:
        return self._session.post(f"{self.base}/{operation}", json=body, headers=headers, timeout=30)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(settings=Settings(seed=1, drip_pause_seconds=600)) as simulator:
        yield simulator


@pytest.fixture
def customer(simulator: Simulator) -> Customer:
    return Customer(simulator)


def test_a_connection_is_reset_in_the_middle_of_a_reply(simulator: Simulator, customer: Customer) -> None:
    login_id = simulator.bank.add_login("connection_reset")

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError), match=r"reset by peer"):
        customer.start(login_id)

    assert customer.start(login_id).json()["FlinksCode"] == "CONCURRENT_SESSION"


def test_a_damaged_reply_has_its_stated_length(simulator: Simulator, customer: Customer) -> None:
    login_id = simulator.bank.login_id("no_mfa")
    simulator.bank.plan_fault(Fault("start", FaultKind.TRUNCATED_JSON), login_id)

    reply = customer.start(login_id)

    assert int(reply.headers["Content-Length"]) == len(reply.content)
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.SLOW_DRIP])
def test_a_hanging_call_ends_when_the_simulator_stops(kind: FaultKind) -> None:
    ended: list[object] = []

    with Simulator(settings=Settings(drip_pause_seconds=600)) as simulator:
        login_id = simulator.bank.login_id("no_mfa")
        simulator.bank.plan_fault(Fault("start", kind), login_id)
        customer = Customer(simulator)
        call = threading.Thread(target=lambda: ended.append(outcome_of(customer, login_id)))
        call.start()
        call.join(timeout=0.2)
        assert call.is_alive()
    call.join(timeout=10)

    assert ended in ([503], ["broken off"], ["no answer"])


def outcome_of(customer: Customer, login_id: str) -> object:
    try:
        return customer.start(login_id).status_code
    except requests.exceptions.ChunkedEncodingError:
        return "broken off"
    except requests.ConnectionError:
        return "no answer"


def test_nothing_answers_once_the_simulator_has_stopped() -> None:
    with Simulator() as simulator:
        customer = Customer(simulator)
        assert customer.start(simulator.bank.login_id("no_mfa")).status_code == 202

    with pytest.raises(requests.ConnectionError):
        customer.start(simulator.bank.login_id("no_mfa"))


def test_a_taken_port_is_refused_with_a_sentence(simulator: Simulator) -> None:
    port = int(simulator.url.rsplit(":", 1)[1])

    with pytest.raises(PortTaken, match=f"Port {port} is taken"):
        Simulator(port)


def test_advancing_the_clock_expires_idle_attempts(simulator: Simulator, customer: Customer) -> None:
    request_id = customer.start(simulator.bank.login_id("Greatday")).json()["RequestId"]

    simulator.clock.advance(minutes=8)

    assert customer.post("AuthorizeAsync", {"RequestId": request_id}).json()["FlinksCode"] == "SESSION_NONEXISTENT"
    assert simulator.journal.count("status") == 1


class Refusing(BaseHTTPRequestHandler):
    """Receives webhooks and accepts none."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as receiver:
        serving = threading.Thread(target=receiver.serve_forever, args=(0.05,))
        serving.start()
        yield f"http://127.0.0.1:{receiver.server_port}/hook"
        receiver.shutdown()
        serving.join()


def test_an_unanswered_webhook_is_sent_ten_times_in_five_virtual_hours(receiver_url: str) -> None:
    with Simulator(settings=Settings(seed=1, webhook_url=receiver_url)) as simulator:
        attempt = simulator.bank.start_attempt(simulator.bank.login_id("no_mfa"))
        simulator.bank.settle_attempt(attempt.request_id)

        simulator.clock.advance(hours=5)

        statuses = {each.response_type: each.statuses for each in simulator.outbox.deliveries}
        assert statuses == {"KYC": [503] * 10, "GetAccountsDetail": [503] * 10}
