"""When Flinks last refreshed a login is read wherever it may be given."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.usecases.refresh_dates import RefreshDates
from tests.fakes.builders import LOGIN_ID, a_data_reply, a_refreshed_reply, a_reply, an_attempt
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks

AUTHORIZE, SUMMARY = "cached_authorize", "get_accounts_summary"
OTHER_LOGIN = "0" * 8 + LOGIN_ID[8:]
UNDATED = a_reply(200, request_id="a-request")
IN_SUMMARY = NOW - timedelta(hours=1)
failures = pytest.mark.parametrize("failure", [FlinksUnavailable("down"), FlinksReplyUnreadable("HTML")])


def ask(flinks: FakeFlinks, **how: bool) -> datetime | None:
    """The LastRefresh that is found for the login."""
    return RefreshDates(flinks=flinks, clock=Clock(), clock_skew=timedelta(minutes=1), count=print)(
        LOGIN_ID, **how
    ).last_refresh


def dated(**script: Any) -> FakeFlinks:
    """Flinks whose Authorize says no date, and whose Summary says one."""
    usual = {AUTHORIZE: UNDATED, SUMMARY: a_data_reply(last_refresh=IN_SUMMARY)}
    return FakeFlinks(**{**usual, **script})


@pytest.mark.parametrize(
    ("undated", "date", "calls"),
    [
        ({AUTHORIZE: a_refreshed_reply(NOW)}, NOW, [AUTHORIZE]),
        ({}, IN_SUMMARY, [AUTHORIZE, SUMMARY]),
        ({SUMMARY: a_data_reply()}, None, [AUTHORIZE, SUMMARY]),
    ],
    ids=["authorize", "summary", "nowhere"],
)
def test_the_date_is_taken_from_the_first_reply_that_says_it(
    undated: dict[str, Any], date: datetime | None, calls: list[str]
) -> None:
    flinks = dated(**undated)

    assert ask(flinks) == date
    assert flinks.calls == calls


@pytest.mark.parametrize(("login_id", "date"), [(OTHER_LOGIN, None), (LOGIN_ID.upper(), IN_SUMMARY)])
def test_another_logins_date_is_not_taken(login_id: str, date: datetime | None) -> None:
    assert ask(dated(**{SUMMARY: a_data_reply(last_refresh=IN_SUMMARY, login_id=login_id)})) == date


@failures
def test_a_summary_that_fails_leaves_the_date_unknown(failure: Exception) -> None:
    assert ask(dated(**{SUMMARY: failure})) is None


@failures
def test_a_first_call_that_fails_is_reported(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        ask(dated(**{AUTHORIZE: failure}))


@pytest.mark.parametrize(
    "reply",
    [
        a_reply(202, "OPERATION_PENDING", request_id="r"),
        a_reply(401, "TOO_MANY_REQUESTS", request_id="r"),
        a_reply(200),
    ],
    ids=["at_work", "throttled", "without_a_request_id"],
)
def test_a_reply_that_opens_no_data_is_asked_no_further(reply: Any) -> None:
    flinks = dated(**{AUTHORIZE: reply})

    assert ask(flinks) is None
    assert flinks.calls == [AUTHORIZE]


@pytest.mark.parametrize("code", ["QUESTION_NOT_FOUND", "INVALID_PASSWORD", "UNAUTHORIZED", "SOME_NEW_CODE"])
def test_a_repeated_refusal_opens_the_data_all_the_same_if_it_is_asked(code: str) -> None:
    refusal = {AUTHORIZE: a_reply(401, code, request_id="r")}

    assert ask(dated(**refusal)) == IN_SUMMARY
    assert ask(dated(**refusal), refusals_too=False) is None


@pytest.mark.parametrize(
    ("last_refresh", "is_proved", "counts"),
    [
        (NOW, True, []),
        (NOW - timedelta(days=2), False, []),
        (None, False, []),
        (NOW + timedelta(days=1), False, ["LastRefreshInFuture"]),
    ],
    ids=["newer", "older", "undated", "in_the_future"],
)
def test_a_date_in_the_future_is_counted_for_a_clock_is_wrong(
    counted: list[str], last_refresh: datetime | None, is_proved: bool, counts: list[str]
) -> None:
    dates = RefreshDates(flinks=FakeFlinks(), clock=Clock(), clock_skew=timedelta(minutes=1), count=counted.append)
    attempt = an_attempt(refreshed_before=NOW - timedelta(days=1))

    assert dates.prove(last_refresh, attempt) is is_proved
    assert counted == counts
