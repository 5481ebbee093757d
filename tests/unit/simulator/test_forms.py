"""The simulator's switches for what Flinks' pages leave open."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.command import main
from flinks_simulator.forms import FORMS, FormProblem, with_forms
from flinks_simulator.settings import Settings
from tests.unit.simulator.support import Customer

_ID = "11111111-2222-4333-8444-555555555555"
_STATUS_CALLS = {
    "post": ("POST", "AuthorizeAsync", {"RequestId": _ID}),
    "get": ("GET", f"AuthorizeAsync/{_ID}", None),
    "post-path": ("POST", f"AuthorizeAsync/{_ID}", {}),
    "get-query": ("GET", f"AuthorizeAsync?requestId={_ID}", None),
}


def a_client(*switches: str) -> tuple[FlaskClient, Bank, str]:
    bank = Bank(with_forms(Settings(seed=7), switches))
    return create_app(bank).test_client(), bank, f"/v3/{bank.settings.customer_id}/BankingServices/"


@pytest.mark.parametrize("form", _STATUS_CALLS)
def test_only_the_chosen_form_of_the_status_call_finds_an_attempt(form: str) -> None:
    client, _, base = a_client(f"status-call={form}")

    codes = {}
    for name, (method, path, body) in _STATUS_CALLS.items():
        answer = client.open(base + path, method=method, json=body)
        codes[name] = (answer.get_json(silent=True) or {}).get("FlinksCode")

    assert [name for name, code in codes.items() if code == "SESSION_NONEXISTENT"] == [form]


@pytest.mark.parametrize(("position", "status"), [("active", 400), ("refused", 401), ("absent", 404)])
def test_authorize_async_can_be_active_refused_or_absent(position: str, status: int) -> None:
    client, _, base = a_client(f"authorize-async={position}")

    assert client.post(base + "AuthorizeAsync", json={"RequestId": _ID}).status_code == status


def test_a_status_call_can_cost_a_token_of_its_own() -> None:
    client, bank, base = a_client("status-token=yes")
    token = bank.issue_token()

    codes = [
        client.get(f"{base}AuthorizeAsync/{_ID}", headers=headers).get_json()["FlinksCode"]
        for headers in ({}, {"flinks-auth-key": token}, {"flinks-auth-key": token})
    ]

    assert codes == ["ACCESS_DENIED", "SESSION_NONEXISTENT", "ACCESS_DENIED"]


def test_the_statuses_of_the_older_pages_come_with_the_same_codes() -> None:
    client, bank, _ = a_client("old-statuses=yes")
    body = {"LoginId": _ID, "MostRecentCached": True}

    answer = Customer(client, bank).post("Authorize", body, bank.issue_token())

    assert (answer.status_code, answer.get_json()["HttpStatusCode"]) == (400, 400)
    assert answer.get_json()["FlinksCode"] == "INVALID_LOGIN"


def test_the_status_line_can_say_200_whatever_the_body_says() -> None:
    client, _, base = a_client("status-line=no")

    answer = client.post(base + "AuthorizeAsync", json={"RequestId": _ID})

    assert (answer.status_code, answer.get_json()["HttpStatusCode"]) == (200, 400)


def test_connect_can_be_at_one_path_of_one_host() -> None:
    client, _, _ = a_client("connect-path=/v2/", "connect-host=connect.test")

    found = {
        (host, path): client.get(path, base_url=f"http://{host}:4600").status_code
        for host in ("connect.test", "api.test")
        for path in ("/v2/", "/")
    }

    assert [where for where, status in found.items() if status == 200] == [("connect.test", "/v2/")]


def test_connect_can_name_the_sites_that_may_frame_it() -> None:
    client, _, _ = a_client("connect-frame=https://app.test")

    assert client.get("/v2/").headers["Content-Security-Policy"] == "frame-ancestors https://app.test"


def test_data_can_be_polled_by_one_verb_only() -> None:
    client, _, base = a_client("data-poll=POST")
    path = f"{base}GetAccountsDetailAsync/{_ID}"

    assert (client.get(path).status_code, client.post(path).status_code) == (405, 400)


@pytest.mark.parametrize(("position", "names"), [("listed", {2, 14}), ("unlisted", {2})])
def test_the_directory_lists_the_test_bank_only_where_there_is_one(position: str, names: set[int]) -> None:
    client, _, base = a_client(f"institutions={position}")

    listed = client.get(base + "Institutions").get_json()

    assert {each["Id"] for each in listed["Data"]} == names
    assert listed["Count"] == len(names)


def test_the_directory_can_be_absent_and_is_read_in_pages() -> None:
    assert a_client("institutions=absent")[0].get(a_client()[2] + "Institutions").status_code == 404
    client, _, base = a_client()
    pages = [client.get(f"{base}Institutions?skip={skip}&take=1").get_json()["Data"] for skip in (0, 1, 2)]
    assert [[each["Id"] for each in page] for page in pages] == [[2], [14], []]


def test_flinks_clock_can_be_ahead_in_its_header_and_in_its_dates() -> None:
    client, bank, base = a_client("clock-ahead=3600")

    said = client.get(base + "Institutions").date

    assert said is not None
    assert 3500 < (said - datetime.now(UTC)).total_seconds() < 3700
    assert abs((bank.clock() - said).total_seconds()) < 60


@pytest.mark.parametrize("switch", ["status-call=put", "status-call", "no-such=1", "clock-ahead=noon"])
def test_a_switch_that_cannot_be_set_is_named(switch: str) -> None:
    with pytest.raises(FormProblem, match=switch.partition("=")[0]):
        with_forms(Settings(), [switch])

    ran = CliRunner().invoke(main, ["--form", switch])
    assert ran.exit_code == 1
    assert switch.partition("=")[0] in ran.output


def test_each_switch_is_a_setting_whose_default_is_one_of_its_positions() -> None:
    for form in FORMS:
        assert hasattr(Settings(), form.setting)
        for position in form.positions:
            changed = with_forms(Settings(), [f"{form.name}={position}"])
            assert changed == replace(Settings(), **{form.setting: getattr(changed, form.setting)})
    listed = CliRunner().invoke(main, ["--forms"]).output
    assert all(form.name in listed for form in FORMS)
