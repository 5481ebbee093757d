"""Flinks' JSON, in every shape, read into the domain's types."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.adapters.flinks.replies import parse_reply, read_token
from reconnect.model.errors import FlinksReplyUnreadable
from reconnect.model.outcomes import FlinksReply
from tests.fakes.builders import REQUEST_ID

ACCOUNT = {
    "Id": "an-account",
    "Title": "Chequing CAD",
    "Category": "Operations",
    "Type": "Chequing",
    "Currency": "CAD",
    "Balance": {"Available": None, "Current": "1234.50", "Limit": None},
    "Transactions": [{"Id": "1", "Date": "2026-01-05"}, {"Id": "2", "Date": "2026-01-06"}],
    "Holder": {"Name": "Jane Doe"},
    "AccountNumber": "1234567",
}
KNOWN = [
    "HttpStatusCode",
    "FlinksCode",
    "RequestId",
    "Login",
    "LastRefresh",
    "InstitutionId",
    "Accounts",
    "SecurityChallenges",
    "Id",
    "Balance",
    "Current",
    "Transactions",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(datetime.isoformat),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=12,
)


@pytest.mark.fuzz
@given(status=st.integers(100, 599), body=json_values)
@example(200, {"Login": {"LastRefresh": "9999-12-31T23:59:59-10:00"}})
@example(200, {"Accounts": [{"Id": "a", "Balance": {"Current": float("nan")}}]})
@example(200, {"Accounts": [{"Id": "a", "Balance": {"Current": [1]}}]})
@example(200, {"RequestId": "../../admin"})
def test_any_object_is_a_reply(status: int, body: Any) -> None:
    if not isinstance(body, dict):
        return
    reply = parse_reply(status, body)

    assert isinstance(reply, FlinksReply)
    assert reply.last_refresh is None or reply.last_refresh.tzinfo is UTC


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, lambda name: name[0].lower() + name[1:]])
def test_field_names_are_read_in_any_letter_case(spell: Any) -> None:
    body = {
        "HttpStatusCode": 200,
        "RequestId": REQUEST_ID,
        "InstitutionId": 14,
        "Login": {"LastRefresh": "2026-01-21T20:47:47.145999"},
        "Accounts": [ACCOUNT],
    }

    def respell(value: Any) -> Any:
        if isinstance(value, dict):
            return {spell(name): respell(inner) for name, inner in value.items()}
        return [respell(inner) for inner in value] if isinstance(value, list) else value

    assert parse_reply(200, respell(body)) == parse_reply(200, body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-21T20:47:47.145999", datetime(2026, 1, 21, 20, 47, 47, 145999, UTC)),
        ("2026-01-21T20:47:47", datetime(2026, 1, 21, 20, 47, 47, 0, UTC)),
        ("2026-01-21T20:47:47.1459990", datetime(2026, 1, 21, 20, 47, 47, 145999, UTC)),
        ("2026-01-21T20:47:47Z", datetime(2026, 1, 21, 20, 47, 47, 0, UTC)),
        ("2026-01-21T15:47:47-05:00", datetime(2026, 1, 21, 20, 47, 47, 0, UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_the_last_refresh_is_a_time_in_utc_or_never(text: str | None, expected: datetime | None) -> None:
    assert parse_reply(200, {"Login": {"LastRefresh": text}}).last_refresh == expected


@pytest.mark.parametrize("odd", ["yesterday", "2026-13-01T00:00:00", "9999-12-31T23:59:59-10:00", 7, [], {}, True])
def test_an_invalid_refresh_time_leaves_the_reply_undated_and_is_counted(odd: Any) -> None:
    reply = parse_reply(200, {"Login": {"Id": "a-login", "LastRefresh": odd}, "RequestId": REQUEST_ID})

    assert (reply.last_refresh, reply.login_id, reply.request_id) == (None, "a-login", REQUEST_ID)
    assert reply.warnings == {"login_unreadable": 1}


@pytest.mark.parametrize("login", ["a-login", [], 7])
def test_a_login_other_than_an_object_is_ignored_and_counted(login: Any) -> None:
    reply = parse_reply(200, {"Login": login})

    assert (reply.login_id, reply.last_refresh, reply.warnings) == (None, None, {"login_unreadable": 1})


@pytest.mark.parametrize("status", [99, 600, 10**40, -1, 0, True, "200", None, [200]])
def test_an_invalid_status_in_the_body_yields_to_the_status_line(status: Any) -> None:
    assert parse_reply(202, {"HttpStatusCode": status}).status == 202


@pytest.mark.parametrize("number", [10**40, -1, "14", 14.5, True, None])
def test_an_institution_id_that_no_record_could_hold_is_ignored(number: Any) -> None:
    assert parse_reply(200, {"InstitutionId": number}).institution_id is None


def test_the_status_in_the_body_wins_over_the_status_line() -> None:
    assert parse_reply(200, {"HttpStatusCode": 401}).status == 401
    assert parse_reply(401, {}).status == 401
    assert parse_reply(401, {"HttpStatusCode": "200"}).status == 401


@pytest.mark.parametrize("status", [200, 202, 401])
def test_a_challenge_is_recognised_under_any_status(status: int) -> None:
    body = {"HttpStatusCode": status, "SecurityChallenges": [{"Type": "QuestionAndAnswer", "Prompt": "City?"}]}

    assert parse_reply(status, body).status == 203
    assert parse_reply(status, {**body, "SecurityChallenges": []}).status == status


def test_an_error_is_read_with_its_code_and_request_id() -> None:
    body = {"HttpStatusCode": 401, "FlinksCode": "QUESTION_NOT_FOUND", "Message": "no", "RequestId": REQUEST_ID}

    assert parse_reply(401, body) == FlinksReply(401, 401, "QUESTION_NOT_FOUND", REQUEST_ID)


@pytest.mark.parametrize("value", ["../../admin", "a/b", "a b", "x" * 65, "--", "a?b", "é", "a\n"])
def test_a_request_id_that_is_unsafe_in_a_url_is_ignored(value: str) -> None:
    assert parse_reply(200, {"RequestId": value}).request_id is None


def test_missing_accounts_differ_from_an_empty_list() -> None:
    assert parse_reply(200, {}).accounts is None
    assert parse_reply(200, {"Accounts": []}).accounts == ()
    assert not parse_reply(200, {}).has_accounts
    assert parse_reply(200, {"Accounts": []}).has_accounts
    assert parse_reply(200, {"accounts": []}).has_accounts


@pytest.mark.parametrize("accounts", [None, {}, {"Id": "a"}, "text", 7])
def test_accounts_that_are_not_a_list_are_unreadable(accounts: Any) -> None:
    reply = parse_reply(200, {"Accounts": accounts})

    assert (reply.accounts, reply.has_accounts, reply.warnings) == (None, True, {"accounts_unreadable": 1})


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z"])
def test_accounts_of_a_login_that_was_never_refreshed_are_undated(never: str) -> None:
    reply = parse_reply(200, {"Accounts": [], "Login": {"LastRefresh": never}})

    assert (reply.is_never_refreshed, reply.last_refresh, reply.warnings) == (True, None, {})


def test_the_oddities_of_accounts_are_counted() -> None:
    odd = {**ACCOUNT, "Transactions": [{"Id": "1", "Date": None}, {"Id": "2", "Date": ""}, None]}

    assert parse_reply(200, {"Accounts": [odd, None]}).warnings == {
        "account_unreadable": 1,
        "date_unreadable": 2,
        "transaction_unreadable": 1,
    }


@pytest.mark.parametrize("login", [{}, {"Id": "a-login"}, {"LastRefresh": None}, None, "a-login", []])
def test_data_may_lack_its_refresh_time(login: Any) -> None:
    assert parse_reply(200, {"Accounts": [], "Login": login}).accounts == ()


def test_a_reply_names_its_login() -> None:
    assert parse_reply(200, {"login": {"id": "A-Login"}}).login_id == "A-Login"
    assert parse_reply(200, {"Login": {}}).login_id is None


def test_a_reply_may_name_its_login_in_several_places() -> None:
    reply = parse_reply(200, {"Login": {"Id": "one", "LoginId": "two"}, "loginId": "three"})

    assert (reply.login_id, reply.other_login_ids) == ("one", ("two", "three"))
    assert parse_reply(200, {"Login": {"Id": "one", "LoginId": "one"}}).other_login_ids == ()


def test_the_accounts_of_a_refusal_are_not_data() -> None:
    assert parse_reply(401, {"Accounts": [{"nonsense": 1}]}).accounts is None


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_json_other_than_an_object_is_unreadable(body: Any) -> None:
    with pytest.raises(FlinksReplyUnreadable):
        parse_reply(200, body)


@pytest.mark.parametrize(
    ("body", "token"),
    [({"Token": "t"}, "t"), ({"token": "t"}, "t"), ({}, None), ({"Token": ""}, None), ({"Token": 7}, None), ([], None)],
)
def test_a_token_is_text_or_missing(body: Any, token: str | None) -> None:
    assert read_token(body) == token


@pytest.mark.parametrize(
    ("spelt", "code"),
    [
        ("BANK MAINTENANCE_RETRY_LATER", "BANK_MAINTENANCE_RETRY_LATER"),
        ("BANK_MAINTENENACE_RETRY_LATER", "BANK_MAINTENENACE_RETRY_LATER"),
        ("INVALID_SECURITY_RESPONSE ", "INVALID_SECURITY_RESPONSE"),
    ],
)
def test_a_code_is_known_in_every_spelling_of_flinks_documents(spelt: str, code: str) -> None:
    assert parse_reply(401, {"FlinksCode": spelt}).code == code


def test_accounts_are_read_from_a_201_as_from_a_200() -> None:
    reply = parse_reply(201, {"HttpStatusCode": 201, "Accounts": []})

    assert reply.accounts == parse_reply(200, {"HttpStatusCode": 200, "Accounts": []}).accounts == ()


@pytest.mark.parametrize("code", ["<script>", "A CODE", "x" * 65, "INVALID_LOGIN\n", "lower_case"])
def test_text_that_is_not_a_code_is_dropped_and_stays_out_of_logs(code: str) -> None:
    assert parse_reply(401, {"FlinksCode": code}).code == ""


@pytest.mark.parametrize(
    ("body", "institution"),
    [
        ({}, None),
        ({"Institution": "FlinksCapital"}, "FlinksCapital"),
        ({"institution": "FlinksCapital"}, "FlinksCapital"),
        ({"Institution": "A", "InstitutionName": "B"}, "B"),
        ({"Institution": ""}, None),
        ({"Institution": 14}, None),
        ({"Institution": {"Id": 999999999, "Name": "A"}}, "A"),
        ({"Institution": {"Id": 999999999}}, None),
        ({"Institution": ["A"]}, None),
        ({"Institution": "\ud800 bank"}, "? bank"),
        ({"Institution": "x" * 500}, "x" * 80),
    ],
)
def test_a_bank_name_is_short_or_ignored(body: dict[str, Any], institution: str | None) -> None:
    assert parse_reply(203, body).institution == institution
