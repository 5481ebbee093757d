"""A bank that takes its time: a number of 202 replies, a number of seconds, or both."""

from datetime import timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import LOGINS, Behaviour, Scenario
from flinks_simulator.webhooks import attach_webhooks
from tests.unit.simulator.support import Clock, Customer

NO_MFA = LOGINS["greatday_nomfa"]
POLLS, SECONDS = st.integers(0, 4), st.integers(0, 120)
# Below the idle minutes after which a RequestId dies.
GAPS = st.lists(st.integers(0, 60), min_size=1, max_size=8)


def expected(gaps: list[int], polls: int, seconds: int) -> list[int]:
    """The statuses of calls with these gaps before them."""
    moments = enumerate(accumulate(gaps))
    return [202 if number < polls or moment < seconds else 200 for number, moment in moments]


@given(polls=POLLS, seconds=SECONDS, gaps=GAPS)
def test_the_verdict_needs_its_polls_and_its_seconds(polls: int, seconds: int, gaps: list[int]) -> None:
    clock = Clock()
    customer = a_customer(clock, Settings(pending_polls=polls, pending_seconds=seconds))
    request_id = customer.start(NO_MFA).get_json()["RequestId"]

    statuses = []
    for gap in gaps:
        clock.advance(seconds=gap)
        statuses.append(customer.poll(request_id).status_code)

    assert statuses == expected(gaps, polls, seconds)


@given(polls=POLLS, seconds=SECONDS, gaps=GAPS)
def test_the_detail_needs_its_polls_and_its_seconds(polls: int, seconds: int, gaps: list[int]) -> None:
    clock = Clock()
    customer = a_customer(clock, Settings(detail_pending=polls, detail_pending_seconds=seconds))
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]

    statuses = []
    for gap in gaps:
        clock.advance(seconds=gap)
        statuses.append(customer.post("GetAccountsDetail", {"RequestId": request_id}).status_code)

    assert statuses == expected(gaps, polls, seconds)
    assert customer.post("GetAccountsSummary", {"RequestId": request_id}).status_code == 200


def test_a_scenario_can_take_its_own_seconds(clock: Clock) -> None:
    slow = Behaviour(polls=0, pending_seconds=30, data_pending_seconds=20)
    scenarios = {"slow": Scenario("slow", "A slow bank", slow)}
    customer = a_customer(clock, Settings(pending_seconds=5, detail_pending=0), scenarios)
    request_id = customer.start(customer.bank.login_id("slow")).get_json()["RequestId"]

    clock.advance(seconds=29)
    assert customer.poll(request_id).status_code == 202
    clock.advance(seconds=1)
    assert customer.poll(request_id).status_code == 200
    assert customer.post("GetAccountsSummary", {"RequestId": request_id}).status_code == 202
    clock.advance(seconds=20)
    assert customer.post("GetAccountsSummary", {"RequestId": request_id}).status_code == 200


def test_connect_and_the_synchronous_call_do_not_wait_for_the_bank(clock: Clock) -> None:
    customer = a_customer(clock, Settings(pending_seconds=60))

    assert customer.authorize(NO_MFA, cached=False).status_code == 200


def test_the_webhook_of_the_accounts_comes_when_their_seconds_are_over(clock: Clock) -> None:
    settings = Settings(webhook_url="https://receiver.test", detail_pending=0, detail_pending_seconds=20)
    customer = a_customer(clock, settings)
    outbox = attach_webhooks(customer.bank, lambda *_: 200)
    customer.authorize(NO_MFA, cached=False)
    began = clock.now

    outbox.deliver_due(began)

    assert [each.due_at - began for each in outbox.deliveries if not each.statuses] == [timedelta(seconds=20)]


def a_customer(clock: Clock, settings: Settings, scenarios: dict[str, Scenario] | None = None) -> Customer:
    bank = Bank(settings, clock, *([scenarios] if scenarios else []))
    return Customer(create_app(bank).test_client(), bank)
