"""The real client against the simulator: every call, in every form."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.settings import Settings
from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import FlinksReplyUnreadable
from reconnect.model.flinks_options import AuthorizeMode, DataPoll, StatusCall
from reconnect.model.outcomes import FlinksReply
from tests.fakes.clock import Clock
from tests.fakes.flinks_wire import BASE_URL, ToSimulator, wired
from tests.fakes.keys import FakeFlinksKeys
from tests.unit.simulator.support import open_browser

BANK_SETTINGS = Settings(seed=7)


class World:
    """One simulated bank, and the real client connected to it."""

    def __init__(self, clock: Clock, settings: Settings = BANK_SETTINGS) -> None:
        self.bank = Bank(settings, clock)
        self._app = create_app(self.bank).test_client()
        self.counted: list[str] = []

    def client(self, **changes: Any) -> FlinksClient:
        settings = FlinksSettings(
            base_url=BASE_URL,
            customer_id=BANK_SETTINGS.customer_id,
            mode=changes.get("mode", AuthorizeMode.ASYNC),
            status_call=changes.get("status_call", StatusCall.POST),
            read_timeout=1,
            long_timeout=2,
            needs_status_token=changes.get("needs_status_token", False),
            data_poll=changes.get("data_poll", DataPoll.GET),
        )
        secret = changes.get("secret", BANK_SETTINGS.secret)
        self.keys = FakeFlinksKeys(FlinksCredentials(secret, "an-x-api-key"))
        return wired(FlinksClient(settings, lambda: self.keys, self.counted.append), ToSimulator(self._app))

    def start(self, client: FlinksClient, username: str) -> FlinksReply:
        token = client.generate_authorize_token()
        assert isinstance(token, str)
        return client.start_authorize(self.bank.login_id(username), token)

    @property
    def user(self) -> SimulatedUser:
        return open_browser(self._app)


@pytest.fixture
def world() -> World:
    return World(Clock())


def until_settled(client: FlinksClient, request_id: str | None) -> FlinksReply:
    assert request_id
    reply = client.read_authorize(request_id)
    while reply.status == 202:
        reply = client.read_authorize(request_id)
    return reply


def test_a_secret_gets_a_fresh_token_each_time(world: World) -> None:
    client = world.client()

    first, second = client.generate_authorize_token(), client.generate_authorize_token()

    assert isinstance(first, str) and isinstance(second, str)
    assert first and second and first != second


def test_a_wrong_secret_gets_no_token(world: World) -> None:
    refusal = world.client(secret="wrong").generate_authorize_token()

    assert isinstance(refusal, FlinksReply)
    assert (refusal.status, refusal.code) == (401, "ACCESS_DENIED")


@pytest.mark.parametrize("status_call", StatusCall)
@pytest.mark.parametrize("has_token", [False, True])
def test_an_attempt_is_followed_from_its_start_to_the_banks_question(status_call: StatusCall, has_token: bool) -> None:
    forms: dict[str, Any] = {"status_calls": frozenset({status_call.value}), "require_status_token": has_token}
    world = World(Clock(), replace(BANK_SETTINGS, **forms))
    client = world.client(status_call=status_call, needs_status_token=has_token)

    started = world.start(client, "Greatday")
    settled = until_settled(client, started.request_id)

    assert (started.status, started.code) == (202, "OPERATION_PENDING")
    assert settled.status == 203
    assert [entry.action for entry in world.bank.journal].count("start") == 1


def test_a_poll_whose_token_is_refused_is_a_refusal_of_the_key(world: World) -> None:
    refusal = world.client(secret="wrong", needs_status_token=True).read_authorize("a-request-id")

    assert (refusal.status, refusal.code) == (401, "ACCESS_DENIED")
    assert world.bank.journal.count("status") == 0


@pytest.mark.parametrize("data_poll", DataPoll)
def test_data_is_polled_by_the_configured_verb(data_poll: DataPoll) -> None:
    world = World(Clock(), replace(BANK_SETTINGS, data_polls=frozenset({data_poll.upper()})))
    client = world.client(data_poll=data_poll)

    assert client.get_accounts_detail_async("00000000-0000-4000-8000-000000000000").code == "SESSION_NONEXISTENT"


def test_an_attempt_without_a_question_is_followed_to_its_end(world: World) -> None:
    client = world.client()

    settled = until_settled(client, world.start(client, "greatday_nomfa").request_id)

    assert (settled.status, settled.institution_id) == (200, 14)


@pytest.mark.parametrize(("username", "status"), [("Greatday", 203), ("greatday_nomfa", 200)])
def test_an_attempt_may_be_started_with_one_call(world: World, username: str, status: int) -> None:
    assert world.start(world.client(mode=AuthorizeMode.SYNC), username).status == status


@pytest.mark.parametrize(
    ("username", "code"), [("test_disabled_account", "DISABLED_LOGIN"), ("test_service_unavailable", "RETRY_LATER")]
)
def test_a_refusal_of_the_bank_comes_with_its_code(world: World, username: str, code: str) -> None:
    client = world.client()

    assert until_settled(client, world.start(client, username).request_id).code == code


def test_a_login_that_flinks_does_not_know_is_refused(world: World) -> None:
    client = world.client()
    token = client.generate_authorize_token()

    assert client.start_authorize("00000000-0000-4000-8000-000000000000", str(token)).code == "INVALID_LOGIN"


def test_a_token_starts_only_one_attempt(world: World) -> None:
    client = world.client()
    token = client.generate_authorize_token()

    codes = [client.start_authorize(world.bank.login_id(name), str(token)).code for name in ("Greatday", "sim_stale")]

    assert codes == ["OPERATION_PENDING", "ACCESS_DENIED"]


def test_an_unknown_request_id_is_nonexistent(world: World) -> None:
    assert world.client().read_authorize("00000000-0000-4000-8000-000000000000").code == "SESSION_NONEXISTENT"


def test_the_cached_flow_shows_the_refresh_and_reads_the_accounts(world: World) -> None:
    client = world.client()
    until_settled(client, world.start(client, "greatday_nomfa").request_id)

    cached = client.cached_authorize(world.bank.login_id("greatday_nomfa"))
    assert cached.request_id
    summary = client.get_accounts_summary(cached.request_id)
    first = client.get_accounts_detail(cached.request_id)
    detail = client.get_accounts_detail_async(cached.request_id)
    while detail.status == 202:
        detail = client.get_accounts_detail_async(cached.request_id)

    assert cached.last_refresh == world.bank.clock()
    assert (summary.status, summary.institution_id) == (200, 14)
    assert (first.status, detail.status) == (202, 200)
    assert detail.accounts and sum(account.transaction_count or 0 for account in detail.accounts) > 100


def test_an_answer_in_connect_is_seen_by_the_status_call(world: World) -> None:
    client = world.client()
    started = world.start(client, "Greatday")
    until_settled(client, started.request_id)

    user = world.user
    user.open(f"http://connect.test/v2/?requestId={started.request_id}")
    user.answer_correctly()

    assert client.read_authorize(str(started.request_id)).status == 200


def test_a_cached_answer_repeats_an_open_question_and_proves_nothing(world: World) -> None:
    client = world.client()
    until_settled(client, world.start(client, "Greatday").request_id)

    cached = client.cached_authorize(world.bank.login_id("Greatday"))

    assert (cached.code, cached.last_refresh) == ("QUESTION_NOT_FOUND", None)


def test_a_cached_call_with_a_wrong_secret_costs_one_request(world: World) -> None:
    reply = world.client(secret="wrong").cached_authorize(world.bank.login_id("Greatday"))

    assert reply.code == "ACCESS_DENIED"
    assert [entry.action for entry in world.bank.journal] == ["token"]


def test_an_error_of_flinks_own_comes_with_its_code(world: World) -> None:
    reply = world.start(world.client(), "sim_server_error")

    assert (reply.status, reply.code) == (500, "AGGREGATION_ERROR")


def test_a_feature_that_is_not_activated_comes_with_its_code(world: World) -> None:
    assert world.start(world.client(), "sim_not_activated").code == "METHOD_NOT_AVAILABLE"


def test_a_page_of_html_is_unreadable(world: World) -> None:
    with pytest.raises(FlinksReplyUnreadable, match=r"AuthorizeAsync: HTTP 502, text/html"):
        world.start(world.client(), "sim_html")


def test_the_simulators_clock_is_read_as_utc(world: World) -> None:
    cached = world.client().cached_authorize(world.bank.login_id("greatday_nomfa"))

    assert cached.last_refresh == datetime(2026, 3, 13, 9, 26, 53, 589793, UTC)


def test_a_deleted_card_is_unknown_and_a_card_in_use_is_kept(world: World) -> None:
    client, login_id = world.client(), world.bank.login_id("Greatday")
    until_settled(client, world.start(client, "Greatday").request_id)

    refused = client.delete_card(login_id)
    world.bank.clock.advance(minutes=9)
    forgotten = client.delete_card(login_id)

    assert (refused.status, refused.code) == (400, "CARD_IN_USE")
    assert forgotten.status == 200
    assert client.cached_authorize(login_id).code == "INVALID_LOGIN"


def test_a_start_without_an_answer_has_begun_anyway(world: World) -> None:
    client = world.client()
    with pytest.raises(FlinksReplyUnreadable):
        world.start(client, "empty_reply")

    assert world.start(client, "empty_reply").code == "CONCURRENT_SESSION", "so a start is never sent again"


def test_a_refused_key_is_read_again_at_once_and_the_call_repeated(world: World) -> None:
    client = world.client(secret="the old key")
    world.keys.changed = FlinksCredentials(BANK_SETTINGS.secret, "an-x-api-key")

    assert isinstance(client.generate_authorize_token(), str)
    assert isinstance(client.generate_authorize_token(), str)
    assert world.keys.reads == 1


def test_a_cached_call_survives_a_change_of_the_key(world: World) -> None:
    client = world.client(secret="the old key")
    world.keys.changed = FlinksCredentials(BANK_SETTINGS.secret, "an-x-api-key")

    assert client.cached_authorize(world.bank.login_id("greatday_nomfa")).code != "ACCESS_DENIED"


def test_a_refused_start_is_not_sent_again(world: World) -> None:
    client = world.client()
    world.keys.changed = FlinksCredentials("another key", "an-x-api-key")

    reply = client.start_authorize(world.bank.login_id("Greatday"), "a token that Flinks refuses")

    assert (reply.status, world.keys.reads) == (401, 0)
