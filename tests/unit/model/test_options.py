"""The options of a session: which data it reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import InvalidRequest
from reconnect.model.open_request import OpenRequest
from reconnect.model.options import DaysOfTransactions, ReadOptions
from tests.fakes.builders import LOGIN_ID

ACCOUNT_ID = "a4b1c2d3-1111-4222-8333-444455556666"
ANOTHER_ID = "a4b1c2d3-1111-4222-8333-444455557777"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["summaryOnly", "daysOfTransactions", "withIdentity", "accounts", "colour"])


def parsed(options: object) -> ReadOptions:
    return OpenRequest.parse({"loginId": LOGIN_ID, "options": options}).options


def faults(options: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as refused:
        parsed(options)
    return refused.value.errors


@pytest.mark.parametrize("options", [None, {}, {"summaryOnly": None, "accounts": None}, {"summaryOnly": False}])
def test_the_default_is_90_days_of_every_account_without_identity(options: object) -> None:
    assert parsed(options) == ReadOptions(False, DaysOfTransactions.DAYS_90, False, ())
    assert OpenRequest.parse({"loginId": LOGIN_ID}).options == ReadOptions()


def test_a_caller_may_ask_for_a_year_for_identity_and_for_some_accounts() -> None:
    asked = {"daysOfTransactions": "Days365", "withIdentity": True, "accounts": [ACCOUNT_ID, ANOTHER_ID]}

    assert parsed(asked) == ReadOptions(
        days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=(ACCOUNT_ID, ANOTHER_ID)
    )


def test_a_caller_may_ask_for_the_summary_only() -> None:
    assert parsed({"summaryOnly": True, "withIdentity": True}) == ReadOptions(summary_only=True, with_identity=True)


@pytest.mark.parametrize("options", [[], "Days365", 7, True])
def test_options_other_than_an_object_are_refused(options: object) -> None:
    assert faults(options).keys() == {"options"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("summaryOnly", "yes"),
        ("summaryOnly", 1),
        ("withIdentity", "true"),
        ("daysOfTransactions", "Days360"),
        ("daysOfTransactions", 365),
        ("daysOfTransactions", ["Days365"]),
        ("accounts", ACCOUNT_ID),
        ("accounts", []),
        ("accounts", ["../x"]),
        ("accounts", [7]),
        ("accounts", [ACCOUNT_ID, ACCOUNT_ID]),
        ("accounts", [f"{number:08}-1111-4222-8333-444455556666" for number in range(51)]),
        ("colour", "red"),
    ],
)
def test_an_invalid_option_is_named_with_its_path(name: str, value: object) -> None:
    assert faults({name: value}).keys() == {f"options.{name}"}


def test_all_invalid_fields_are_named_at_once_inside_options_and_outside() -> None:
    body = {"language": "de", "options": {"withIdentity": 1, "accounts": [], "colour": "red"}}

    with pytest.raises(InvalidRequest) as refused:
        OpenRequest.parse(body)

    assert refused.value.errors.keys() == {
        "loginId",
        "language",
        "options.withIdentity",
        "options.accounts",
        "options.colour",
    }


def test_days_without_transactions_are_refused() -> None:
    errors = faults({"summaryOnly": True, "daysOfTransactions": "Days365", "accounts": [ACCOUNT_ID]})

    assert errors == {"options.daysOfTransactions": "cannot be combined with summaryOnly"}


def test_an_account_is_the_same_in_either_letter_case() -> None:
    assert parsed({"accounts": [ACCOUNT_ID.upper(), ACCOUNT_ID.lower()]}).accounts == (ACCOUNT_ID.lower(),)


@given(options=json_values | st.dictionaries(names, json_values))
def test_any_options_are_accepted_or_explained(options: Any) -> None:
    try:
        taken = parsed(options)
    except InvalidRequest as refused:
        assert all(name.startswith("options") and sentence for name, sentence in refused.errors.items())
    else:
        assert isinstance(taken, ReadOptions)
