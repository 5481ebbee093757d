"""The shipped scenarios of the bank: what it asks, how long it takes, and how it decides."""

import re
from pathlib import Path

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.scenarios import SHIPPED, SHIPPED_FOLDER
from flinks_simulator.users import USERS
from tests.unit.simulator.support import Clock, Customer, scenario

CREDENTIALS = "http://connect.test/v2/Credential/14?redirectUrl=https://app.test/back"


def test_every_shipped_scenario_has_a_test() -> None:
    sources = "".join(each.read_text() for each in Path(__file__).parent.glob("test_*.py"))

    played = set(re.findall(r'@scenario\("(\w+)"\)', sources))

    assert SHIPPED.keys() - USERS.keys() == played


def test_every_shipped_scenario_has_its_files_name_and_a_description() -> None:
    files = {each.stem for each in SHIPPED_FOLDER.glob("*.yaml")}

    assert files == SHIPPED.keys() - USERS.keys()
    assert len({each.description for each in SHIPPED.values()}) == len(SHIPPED)


@scenario("no_mfa")
def test_without_a_question_202_becomes_200(customer: Customer, login_id: str) -> None:
    request_id = customer.start(login_id).get_json()["RequestId"]

    assert [customer.poll(request_id).status_code for _ in range(2)] == [202, 200]


@scenario("mfa")
def test_a_wrong_answer_may_be_tried_again(customer: Customer, user: SimulatedUser, login_id: str) -> None:
    request_id = customer.start_until_asked(login_id)
    user.open(customer.connect_url(request_id))

    for _ in range(3):
        user.answer("Atlantis")
        assert (user.screen, customer.poll(request_id).status_code) == ("question", 203)
    user.answer_correctly()

    assert customer.poll(request_id).status_code == 200


@scenario("slow_mfa")
def test_many_202s_precede_the_question_and_the_answer_leads_to_200(
    customer: Customer, user: SimulatedUser, login_id: str
) -> None:
    request_id = customer.start(login_id).get_json()["RequestId"]

    assert [customer.poll(request_id).status_code for _ in range(7)] == [202] * 6 + [203]

    user.open(customer.connect_url(request_id))
    user.answer_correctly()
    assert customer.poll(request_id).status_code == 200


@scenario("mfa_choices")
def test_the_bank_offers_choices_and_one_of_them_is_right(
    customer: Customer, user: SimulatedUser, login_id: str
) -> None:
    request_id = customer.start_until_asked(login_id)
    user.open(customer.connect_url(request_id))

    user.choose(user.choices[0])
    assert user.screen == "question"
    user.choose(user.choices[1])

    assert customer.poll(request_id).status_code == 200


@scenario("wrong_answers_end_it")
def test_the_second_wrong_answer_ends_the_attempt(customer: Customer, user: SimulatedUser, login_id: str) -> None:
    request_id = customer.start_until_asked(login_id)
    user.open(customer.connect_url(request_id))

    user.answer("Atlantis")
    assert user.screen == "question"
    user.answer("Avalon")

    assert user.screen == "failed"
    assert customer.poll(request_id).get_json()["FlinksCode"] == "INVALID_SECURITY_RESPONSE"
    assert customer.authorize(login_id, cached=True).get_json()["FlinksCode"] == "INVALID_SECURITY_RESPONSE"


@scenario("user_never_answers")
def test_an_unanswered_question_expires_after_eight_idle_minutes(
    customer: Customer, user: SimulatedUser, clock: Clock, login_id: str
) -> None:
    before = customer.read_last_refresh(login_id)
    request_id = customer.start_until_asked(login_id)
    clock.advance(minutes=8)

    assert customer.poll(request_id).get_json()["FlinksCode"] == "SESSION_NONEXISTENT"
    assert user.open(customer.connect_url(request_id)) == "expired"
    assert customer.authorize(login_id, cached=True).get_json()["FlinksCode"] == "QUESTION_NOT_FOUND"
    assert customer.read_last_refresh(login_id) == before


@scenario("expires_while_authorizing")
def test_polling_keeps_an_attempt_open_until_eight_idle_minutes(
    customer: Customer, clock: Clock, login_id: str
) -> None:
    request_id = customer.start(login_id).get_json()["RequestId"]
    for _ in range(20):
        clock.advance(minutes=7)
        assert customer.poll(request_id).status_code == 202
    clock.advance(minutes=8)

    assert customer.poll(request_id).get_json()["FlinksCode"] == "SESSION_NONEXISTENT"


@scenario("expires_while_processing")
def test_data_in_preparation_expires_after_thirty_idle_minutes(customer: Customer, clock: Clock, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]
    clock.advance(minutes=29)
    assert customer.post("GetAccountsDetail", {"RequestId": request_id}).status_code == 202
    clock.advance(minutes=30)

    assert customer.get(f"GetAccountsDetailAsync/{request_id}").get_json()["FlinksCode"] == "SESSION_NONEXISTENT"


@scenario("concurrent_session")
def test_an_attempt_from_elsewhere_holds_the_login_for_eight_minutes(
    customer: Customer, clock: Clock, login_id: str
) -> None:
    first = customer.start(login_id)
    clock.advance(minutes=7, seconds=59)
    second = customer.start(login_id)
    clock.advance(seconds=1)

    assert [each.get_json()["FlinksCode"] for each in (first, second)] == ["CONCURRENT_SESSION"] * 2
    assert customer.start_until_verdict(login_id).status_code == 200


@scenario("dispatched")
def test_data_that_takes_longer_than_210_seconds_is_dispatched(customer: Customer, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]

    first = customer.post("GetAccountsSummary", {"RequestId": request_id})
    later = [customer.get(f"GetAccountsSummaryAsync/{request_id}").status_code for _ in range(2)]

    assert (first.status_code, first.get_json()["FlinksCode"]) == (202, "OPERATION_DISPATCHED")
    assert later == [202, 200]


@scenario("credentials_gone")
def test_without_credentials_only_old_data_is_read_until_the_user_signs_in(
    customer: Customer, user: SimulatedUser, bank: Bank, login_id: str
) -> None:
    assert customer.start(login_id).get_json()["FlinksCode"] == "INVALID_LOGIN"
    assert customer.authorize(login_id, cached=True).status_code == 200

    user.open(CREDENTIALS)
    user.sign_in(bank.find_login(login_id).username)

    assert customer.start_until_verdict(login_id).status_code == 200


@scenario("new_login_id")
def test_signing_in_again_can_make_another_login_id(
    customer: Customer, user: SimulatedUser, bank: Bank, login_id: str
) -> None:
    user.open(CREDENTIALS)
    url = user.sign_in(bank.find_login(login_id).username) or ""

    new_login_id = bank.logins()[-1].login_id
    assert new_login_id != login_id
    assert f"loginId={new_login_id}" in url
    assert customer.start_until_verdict(new_login_id).status_code == 200
    assert customer.start(login_id).get_json()["FlinksCode"] == "INVALID_LOGIN"


@scenario("sim_credentials")
def test_a_refused_password_is_cured_by_signing_in(
    customer: Customer, user: SimulatedUser, bank: Bank, login_id: str
) -> None:
    assert customer.start_until_verdict(login_id).get_json()["FlinksCode"] == "INVALID_PASSWORD"

    user.open(CREDENTIALS)
    user.sign_in(bank.find_login(login_id).username)

    assert customer.start_until_verdict(login_id).status_code == 200


@scenario("sim_stale")
def test_a_stale_login_succeeds_but_its_last_refresh_never_changes(
    customer: Customer, clock: Clock, login_id: str
) -> None:
    before = customer.read_last_refresh(login_id)
    clock.advance(hours=1)

    assert customer.start_until_verdict(login_id).status_code == 200
    assert customer.read_last_refresh(login_id) == before


class TestTheRedirect:
    BACK = "https://app.test/back?session=17"

    @pytest.fixture
    def url(self, customer: Customer, user: SimulatedUser, login_id: str) -> str | None:
        request_id = customer.start_until_asked(login_id)
        user.open(customer.connect_url(request_id, redirectUrl=self.BACK))
        url = user.answer_correctly()
        assert customer.poll(request_id).status_code == 200
        return url

    @scenario("redirect_lost")
    def test_a_lost_redirect_has_no_url(self, user: SimulatedUser, url: str | None) -> None:
        assert (user.screen, url) == ("success", None)

    @scenario("redirect_late")
    def test_a_late_redirect_comes_fifteen_minutes_after_the_answer(
        self, user: SimulatedUser, clock: Clock, login_id: str, url: str | None
    ) -> None:
        assert url is None
        clock.advance(minutes=14, seconds=59)
        assert user.check_again() is None
        clock.advance(seconds=1)

        assert user.check_again() == f"{self.BACK}&loginId={login_id}&institution=FlinksCapital"

    @scenario("redirect_twice")
    def test_a_doubled_redirect_goes_to_the_same_place_twice(self, user: SimulatedUser, url: str | None) -> None:
        assert list(user.page.navigations) == [url, url]

    @scenario("redirect_forged")
    def test_a_forged_redirect_carries_a_foreign_login_id(self, login_id: str, url: str | None) -> None:
        assert url is not None
        assert url.startswith(f"{self.BACK}&loginId=")
        assert login_id not in url


@scenario("many_transactions")
def test_a_year_of_more_than_20_000_transactions_fits_in_one_reply(customer: Customer, login_id: str) -> None:
    request_id = customer.start_until_verdict(login_id).get_json()["RequestId"]
    reply = customer.post("GetAccountsDetail", {"RequestId": request_id, "DaysOfTransactions": "Days365"})
    while reply.status_code == 202:
        reply = customer.get(f"GetAccountsDetailAsync/{request_id}")

    assert sum(len(account["Transactions"]) for account in reply.get_json()["Accounts"]) > 20_000
