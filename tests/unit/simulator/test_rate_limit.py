"""A bank that takes only so many requests a second refuses the rest as Flinks does."""

from flinks_simulator import Settings
from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from tests.fakes.clock import Clock

_SECRET = Settings().secret
_PATH = f"/v3/{Settings().customer_id}/BankingServices/GenerateAuthorizeToken"


def _ask(bank: Bank, times: int) -> list[tuple[int, str]]:
    client = create_app(bank).test_client()
    replies = [client.post(_PATH, headers={"flinks-auth-key": _SECRET}) for _ in range(times)]
    return [(reply.status_code, reply.get_json().get("FlinksCode", "")) for reply in replies]


def test_what_is_more_than_the_rate_is_throttled_until_time_passes() -> None:
    clock = Clock()
    bank = Bank(Settings(requests_per_second=2), clock)
    taken, refused = (200, ""), (401, "TOO_MANY_REQUESTS")

    assert _ask(bank, 4) == [taken, taken, refused, refused]
    clock.turn(seconds=0.5)
    assert _ask(bank, 2) == [taken, refused]
    clock.turn(seconds=60)
    assert _ask(bank, 3) == [taken, taken, refused]


def test_without_a_rate_any_number_is_taken() -> None:
    assert {status for status, _ in _ask(Bank(Settings(), Clock()), 50)} == {200}
